-- Logs of the environments: of the gateway, of functions and of the Management API's queries.

-- name: add
insert into logs (id, ref, at, source, message, severity, attributes)
select x.id, x.ref, x.at, x.source, x.message, x.severity, x.attributes
from jsonb_to_recordset(%(entries)s)
  as x (id uuid, ref text, at timestamptz, source text, message text, severity text, attributes jsonb)
where exists (select from environments e where e.ref = x.ref)
order by x.at;

-- name: trim
delete from logs l
using unnest(%(refs)s::text[]) r (ref)
where l.ref = r.ref
  and l.number <= (select number from logs where ref = r.ref order by number desc offset %(keep)s limit 1);

-- name: within
select id, at, source, message, severity, attributes
from logs
where ref = %(ref)s and at >= %(start)s and at < %(end)s
order by at, number;

-- name: runs
select id, updated_at, logs from action_runs
where (ref = %(ref)s or parent_ref = %(ref)s) and updated_at >= %(start)s and updated_at < %(end)s
order by updated_at;
