-- Rows that are configuration. Their tables belong to parts of the platform that a database may lack, or have with
-- other columns. What is told apart by its number only gets one.

-- name: states
-- What may be read: null where there is no such table, otherwise whether all its rows can be seen.
select pg_catalog.jsonb_object_agg(wanted, case when c.oid is not null then
         pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
         and not pg_catalog.row_security_active(c.oid) end) as states
from unnest(array['storage.buckets', 'cron.job', 'supabase_migrations.schema_migrations']) as wanted
  left join pg_catalog.pg_namespace n on n.nspname = split_part(wanted, '.', 1)
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = split_part(wanted, '.', 2)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')

-- name: bucket
select 'bucket', '', case when b.n = 1 then b.name else pg_catalog.format('%s #%s', b.name, b.n) end,
       (b.row - array['created_at', 'updated_at', 'owner', 'owner_id'] || case jsonb_typeof(b.row -> 'allowed_mime_types')
         when 'array' then jsonb_build_object('allowed_mime_types', (
           select jsonb_agg(t order by t #>> '{}' collate "C") from jsonb_array_elements(b.row -> 'allowed_mime_types') t))
         else '{}' end)::json
from (
  select b.row, b.name, row_number() over (partition by b.name order by b.row::text collate "C") as n
  from (select to_jsonb(b) as row, coalesce(to_jsonb(b) ->> 'id', to_jsonb(b) ->> 'name', 'without a name') as name
        from storage.buckets b) b
) b

-- name: cron_job
-- Job numbers and servers are the scheduler's own; a job without a name is known by its number.
select 'cron_job', '', case when j.n = 1 then j.name else pg_catalog.format('%s #%s', j.name, j.n) end,
       (j.row - array['jobid', 'nodename', 'nodeport', 'database'])::json
from (
  select j.row, j.name, row_number() over (partition by j.name order by (j.row ->> 'jobid')::numeric, j.row::text collate "C") as n
  from (select to_jsonb(j) as row, coalesce(to_jsonb(j) ->> 'jobname', 'job ' || (to_jsonb(j) ->> 'jobid'), 'without a name') as name
        from cron.job j) j
) j

-- name: migration
select 'migration', '', case when m.n = 1 then m.version else pg_catalog.format('%s #%s', m.version, m.n) end,
       json_build_object('name', m.row ->> 'name', 'statements', md5(coalesce(m.row ->> 'statements', '')))
from (
  select m.row, m.row ->> 'version' as version,
         row_number() over (partition by m.row ->> 'version' order by m.row::text collate "C") as n
  from (select to_jsonb(m) as row from supabase_migrations.schema_migrations m) m
) m
where m.version is not null
