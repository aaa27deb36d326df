-- name: act
-- The library names its tables without their schema.
reset all; set role service_role; set search_path = planner

-- name: forget
-- The checkpoints of one session.
with threads as (
  delete from planner.checkpoints where split_part(thread_id, ':', 1) = %(session_id)s
), blobs as (
  delete from planner.checkpoint_blobs where split_part(thread_id, ':', 1) = %(session_id)s
)
delete from planner.checkpoint_writes where split_part(thread_id, ':', 1) = %(session_id)s

-- name: forget_ended
-- The checkpoints of sessions that need them no more. One that failed is likely to be tried again.
with ended as (
  select distinct c.thread_id from planner.checkpoints c
    left join public.build_sessions s on s.id::text = split_part(c.thread_id, ':', 1)
   where s.id is null or s.status in ('succeeded', 'canceled')
      or (s.status = 'failed' and s.finished_at < now() - make_interval(secs => %(kept_s)s))
), blobs as (
  delete from planner.checkpoint_blobs where thread_id in (select thread_id from ended)
), writes as (
  delete from planner.checkpoint_writes where thread_id in (select thread_id from ended)
), threads as (
  delete from planner.checkpoints where thread_id in (select thread_id from ended) returning thread_id
)
select count(distinct thread_id) as threads from threads
