-- name: act_as_service_role
reset all; set role service_role

-- name: create
insert into public.build_sessions (tenant_id, owner_id, kind, status, template, vibe_text, file_keys, options)
values (%(tenant_id)s, %(owner_id)s, %(kind)s, case %(kind)s when 'lake' then 'pending' else 'queued' end,
        %(template)s, %(vibe_text)s, %(file_keys)s, %(options)s)
returning *

-- name: get
select * from public.build_sessions where id = %(session_id)s

-- name: list
-- The newest first; "before" is the id of the last session of the page before.
select * from public.build_sessions s
 where %(before)s::uuid is null
    or (s.created_at, s.id) < (select b.created_at, b.id from public.build_sessions b where b.id = %(before)s::uuid)
 order by s.created_at desc, s.id desc
 limit %(limit)s

-- name: attempt
select attempt from public.build_sessions where id = %(session_id)s

-- name: try_lock
select pg_try_advisory_lock(hashtextextended('architect:session:' || %(session_id)s::uuid, 0)) as locked

-- name: lock
select pg_advisory_lock(hashtextextended('architect:session:' || %(session_id)s::uuid, 0))

-- name: limit_wait
select set_config('lock_timeout', %(timeout_ms)s, false)

-- name: status
select status, (approval ->> 'attempt')::integer = attempt as parked
  from public.build_sessions where id = %(session_id)s

-- name: unlock
select pg_advisory_unlock(hashtextextended('architect:session:' || %(session_id)s::uuid, 0))

-- name: claim
update public.build_sessions set attempt = attempt + 1 where id = %(session_id)s returning *

-- name: set_status
update public.build_sessions set status = %(status)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning *

-- name: fail
update public.build_sessions set status = %(status)s, error = %(error)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning *

-- name: to_clean_up
-- What a build that ended badly has, as far as is known, left behind.
select id from public.build_sessions
 where clean_up_due and status in ('failed', 'canceled')
 order by updated_at
 limit %(limit)s

-- name: waiting_for_a_run
select * from public.build_sessions
 where status = 'queued' and run_wanted_at < clock_timestamp() - make_interval(secs => %(seconds)s)
 order by run_wanted_at
 limit %(limit)s

-- name: parked
-- Sessions whose run stepped aside to wait for a decision, and that no later run has taken up.
select * from public.build_sessions
 where status = 'running' and (approval ->> 'attempt')::integer = attempt
 order by updated_at
 limit %(limit)s

-- name: request_approval
select * from private.request_approval(%(session_id)s, %(attempt)s, %(plan_hash)s)

-- name: decide_plan
select * from private.decide_plan_as_operator(
  %(session_id)s, %(verdict)s, %(plan_hash)s, %(note)s, %(via)s, %(operator)s)

-- name: set_clean_up_due
update public.build_sessions set clean_up_due = %(due)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning id

-- name: save_plan
update public.build_sessions set plan = %(value)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning id

-- name: save_environment
update public.build_sessions set environment = %(value)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning id

-- name: drop_environment
-- What the nodes did to the old environment does not count for the next one.
update public.build_sessions set environment = null, generation = generation + 1
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning generation

-- name: save_outputs
update public.build_sessions set outputs = outputs || %(value)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning id

-- name: save_cursor
update public.build_sessions set last_cursor = %(value)s
 where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
returning id

-- name: node_start
with session as (
  select id, tenant_id from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for share
)
insert into public.build_nodes as n (session_id, tenant_id, node, generation, plan_hash)
select id, tenant_id, %(node)s, %(generation)s, %(plan_hash)s from session
on conflict (session_id, generation, node) do update
   set status = 'running', attempt = n.attempt + 1, plan_hash = excluded.plan_hash,
       started_at = clock_timestamp(), finished_at = null, result = null
returning *

-- name: node_finish
with session as (
  select id from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for share
)
update public.build_nodes n
   set status = %(status)s, finished_at = clock_timestamp(), result = %(result)s
  from session
 where n.session_id = session.id and n.node = %(node)s and n.generation = %(generation)s
returning n.*

-- name: close_nodes
with session as (
  select id from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for share
)
update public.build_nodes n set status = %(status)s, finished_at = clock_timestamp()
  from session
 where n.session_id = session.id and n.status = 'running'
returning n.*

-- name: nodes
select * from public.build_nodes
 where session_id = %(session_id)s
   and (%(generation)s::integer is null or generation = %(generation)s)
   and (%(node)s::text is null or node = %(node)s)
 order by generation, started_at, node

-- name: tool_call_start
with session as (
  update public.build_sessions set last_tool_call = last_tool_call + 1
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s)
  returning id, tenant_id, last_tool_call
)
insert into public.build_tool_calls (session_id, tenant_id, n, attempt, server, tool, arguments, replayable)
select id, tenant_id, last_tool_call, %(attempt)s::integer, %(server)s, %(tool)s, %(arguments)s, %(replayable)s
  from session
returning n

-- name: tool_call_finish
-- Not fenced: what was called was called, whoever is in charge by now.
update public.build_tool_calls
   set ok = %(ok)s, ms = %(ms)s, result_digest = %(result_digest)s, result_rule = %(rule)s, error = %(error)s
 where session_id = %(session_id)s and n = %(n)s and ok is null
returning n

-- name: tool_calls
select * from public.build_tool_calls where session_id = %(session_id)s order by n

-- name: resource_created
with session as (
  select id, tenant_id, generation from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for share
)
insert into public.environment_resources (session_id, tenant_id, generation, kind, ref, metadata)
select id, tenant_id, generation, %(kind)s, %(ref)s, %(metadata)s from session
on conflict (session_id, kind, ref) do update
   set removed_at = null, generation = excluded.generation, metadata = excluded.metadata
returning *

-- name: resource_removed
with session as (
  select id from public.build_sessions
   where id = %(session_id)s and (%(attempt)s::integer is null or attempt = %(attempt)s) for share
)
update public.environment_resources r set removed_at = coalesce(r.removed_at, clock_timestamp())
  from session
 where r.session_id = session.id and r.kind = %(kind)s and r.ref = %(ref)s
returning r.*

-- name: resources
-- The last created first: the order in which they are taken down.
select * from public.environment_resources
 where session_id = %(session_id)s and (%(removed)s or removed_at is null)
 order by created_at desc, id
