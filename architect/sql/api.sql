-- name: act_as
-- Until the end of the transaction: who is asking, and for how long the answer may be worked on.
select set_config('role', 'authenticated', true),
       set_config('request.jwt.claims', %(claims)s, true),
       set_config('statement_timeout', %(timeout_ms)s, true)

-- name: act_as_nobody
-- What a connection may do outside of a caller's transaction: nothing that a row would be seen by.
reset all; set role authenticated

-- name: ready
-- Fails when the migrations are not there yet.
select count(*) from public.build_sessions where run_wanted_at is not null and false

-- name: tenants
select t.id, t.name, m.role
  from public.tenant_members m join public.tenants t on t.id = m.tenant_id
 where m.user_id = (select auth.uid())
 order by t.name, t.id

-- name: create
insert into public.build_sessions
  (tenant_id, owner_id, kind, status, template, vibe_text, options, idempotency_key, request_digest, run_wanted_at)
values (%(tenant_id)s, (select auth.uid()), 'build', 'queued', %(template)s, %(vibe_text)s, %(options)s,
        %(idempotency_key)s, %(request_digest)s, clock_timestamp())
on conflict (tenant_id, owner_id, idempotency_key) where idempotency_key is not null do nothing
returning id, status, attempt

-- name: requested
select id, status, attempt, request_digest from public.build_sessions
 where tenant_id = %(tenant_id)s and owner_id = (select auth.uid()) and idempotency_key = %(idempotency_key)s

-- name: list
-- A session is called by the first line of its spec.
select id, status, template, created_at, started_at, finished_at, environment ->> 'url' as url,
       case when status = 'running' then approval ->> 'state' end as approval,
       left(btrim(substring(left(vibe_text, 4000) from '[^[:space:]#][^\n]*')), 120) as title
  from public.build_sessions
 where kind = 'build'
   and (%(before)s::uuid is null or (created_at, id) <
        (select b.created_at, b.id from public.build_sessions b where b.id = %(before)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s

-- name: exists
select id from public.build_sessions where id = %(session_id)s and kind = 'build'

-- name: session
select * from public.build_sessions where id = %(session_id)s and kind = 'build'

-- name: plan
select plan from public.build_sessions where id = %(session_id)s and kind = 'build'

-- name: access_matrix
select outputs -> 'accessMatrix' as matrix from public.build_sessions
 where id = %(session_id)s and kind = 'build'

-- name: analytics
select id, (outputs ? 'analytics') as attached from public.build_sessions
 where id = %(session_id)s and kind = 'build'

-- name: tool_calls
select * from public.build_tool_calls
 where session_id = %(session_id)s and n > %(after)s
 order by n
 limit %(limit)s

-- name: cancel
select * from private.cancel_session(%(session_id)s)

-- name: retry
select * from private.retry_session(%(session_id)s)

-- name: decide_plan
select * from private.decide_plan(%(session_id)s, %(verdict)s, %(plan_hash)s, %(note)s)
