-- name: append
-- seq, tenant, time, the check of the attempt and the look at dedupe_key are the table's own trigger's.
insert into public.build_events (session_id, type, message, payload, dedupe_key, attempt)
values (%(session_id)s, %(type)s, %(message)s, %(payload)s, %(dedupe_key)s, %(attempt)s)
returning seq

-- name: lock
-- The statement after this one sees what the holder before committed.
select id from public.build_sessions where id = %(session_id)s for no key update

-- name: append_with_tool_calls
with calls as (
  select n, jsonb_build_object(
           'n', n, 'server', server, 'tool', tool, 'arguments', arguments,
           'started_at', to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           'ms', ms, 'ok', ok, 'result_digest', result_digest, 'error', error) as call
    from public.build_tool_calls
   where session_id = %(session_id)s and ok is not null and event_seq is null
), event as (
  insert into public.build_events (session_id, type, message, payload, dedupe_key, attempt)
  select %(session_id)s, %(type)s, %(message)s,
         %(payload)s::jsonb || coalesce(
           (select jsonb_build_object('tool_calls', jsonb_agg(call order by n)) from calls having count(*) > 0), '{}'),
         %(dedupe_key)s, %(attempt)s::integer
  returning seq
), told as (
  update public.build_tool_calls c set event_seq = event.seq
    from event, calls
   where c.session_id = %(session_id)s and c.n = calls.n
)
select seq from event

-- name: after
select * from public.build_events
 where session_id = %(session_id)s and seq > %(after)s
 order by seq
 limit %(limit)s
