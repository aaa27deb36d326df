-- The watch over environments: expectations, states, alerts, requests.

-- name: record_expectation
insert into public.drift_expectations
  (session_id, tenant_id, version, generation, reason, agreed, server_version_num, facts, sha256, baseline, matrix,
   asked_for)
select s.id, s.tenant_id, coalesce((select max(e.version) from public.drift_expectations e where e.session_id = s.id), 0) + 1,
       s.generation, %(reason)s, %(agreed)s, %(server_version_num)s, %(facts)s, %(sha256)s, %(baseline)s, %(matrix)s,
       %(asked_for)s
  from public.build_sessions s
 where s.id = %(session_id)s and (%(attempt)s::integer is null or s.attempt = %(attempt)s)
returning id, session_id, version, generation, reason, agreed, recorded_at, server_version_num, facts, sha256

-- name: expectation
select id, session_id, version, generation, reason, agreed, recorded_at, server_version_num, facts, sha256
  from public.drift_expectations where session_id = %(session_id)s
 order by version desc limit 1

-- name: expectations
select id, session_id, version, generation, reason, agreed, recorded_at, server_version_num, facts, sha256
  from public.drift_expectations where session_id = %(session_id)s
 order by version

-- name: baseline
select version, baseline, matrix, asked_for from public.drift_expectations
 where session_id = %(session_id)s
 order by version desc limit 1

-- name: guarded
-- Environments to look at by now, or the one that was named. What could not be recorded is looked at, too: it is blind, not clear.
-- Sweeps come every five minutes: the nearest one counts, not the one after the interval is over.
select s.id, s.environment ->> 'ref' as ref, d.token, d.full_at, d.looked_at, d.probed_at, d.key_version,
       e.version as expectation,
       coalesce(d.full_at < clock_timestamp() - make_interval(secs => %(full_every_s)s), true) as full_due,
       %(probing)s and coalesce(d.probed_at < clock_timestamp() - make_interval(secs => %(probe_every_s)s), true)
         as probe_due
  from public.build_sessions s
  join public.drift_states d on d.session_id = s.id
  left join lateral (
    select version from public.drift_expectations e where e.session_id = s.id order by version desc limit 1
  ) e on true
 where s.kind = 'build' and s.status = 'succeeded' and s.environment is not null
   and coalesce((s.options ->> 'enableDriftSentinel')::boolean, true)
   and (%(session_id)s::uuid is null or s.id = %(session_id)s::uuid)
   and (%(session_id)s::uuid is not null or d.looked_at is null or d.looked_at < clock_timestamp() + interval '150 seconds'
        - make_interval(mins => coalesce((s.options ->> 'driftEveryMinutes')::integer, 5)))
 order by d.looked_at nulls first, s.id
 limit %(limit)s

-- name: state
select * from public.drift_states where session_id = %(session_id)s

-- name: begin_watch
insert into public.drift_states (session_id, tenant_id)
select id, tenant_id from public.build_sessions where id = %(session_id)s
on conflict (session_id) do nothing

-- name: hold_state
-- One writer at a time; the statement after this one sees what the one before committed.
select * from public.drift_states where session_id = %(session_id)s for update

-- name: looked
-- The same token again: what was found at the last full check is still what there is.
update public.drift_states set looked_at = clock_timestamp()
 where session_id = any(%(session_ids)s::uuid[])

-- name: checked
update public.drift_states
   set state = %(state)s, token = %(token)s, source = %(source)s, looked_at = clock_timestamp(),
       full_at = case when %(whole)s then clock_timestamp() else full_at end,
       probed_at = case when %(probed)s then clock_timestamp() else probed_at end,
       seconds = %(seconds)s, blind = %(blind)s, error = %(error)s
 where session_id = %(session_id)s
returning *

-- name: forget_token
-- Whatever the last look said, the next one is a full one.
update public.drift_states set token = null, full_at = null where session_id = %(session_id)s

-- name: set_key_version
update public.drift_states set key_version = %(key_version)s where session_id = %(session_id)s returning key_version

-- name: alerts
select * from public.drift_alerts
 where session_id = %(session_id)s and (not %(open_only)s or status in ('open', 'acknowledged'))
 order by array_position(array['critical', 'high', 'medium', 'low', 'info'], severity), first_seen_at, id
 limit %(limit)s

-- name: open_alerts_of_all
select a.* from public.drift_alerts a
 where a.status in ('open', 'acknowledged')
 order by array_position(array['critical', 'high', 'medium', 'low', 'info'], a.severity), a.first_seen_at, a.id
 limit %(limit)s

-- name: alert
-- By the beginning of its id, or of its fingerprint.
select * from public.drift_alerts
 where session_id = %(session_id)s
   and (starts_with(id::text, %(id)s) or starts_with(fingerprint, %(id)s))
 order by status in ('open', 'acknowledged') desc, first_seen_at desc
 limit 20

-- name: open_alert
insert into public.drift_alerts
  (session_id, tenant_id, severity, type, resource, recommendation, fix_sql, fix_proof, spec_chunk_id, fingerprint,
   resource_kind, resource_schema, resource_name, direction, before, after, reason, witness, latent, blast_radius,
   people, spec_chunk, fix, source, keys, expectation)
select id, tenant_id, %(severity)s, %(type)s, %(resource)s, %(recommendation)s, %(fix_sql)s, %(fix_proof)s,
       %(spec_chunk_id)s, %(fingerprint)s, %(resource_kind)s, %(resource_schema)s, %(resource_name)s, %(direction)s,
       %(before)s, %(after)s, %(reason)s, %(witness)s, %(latent)s, %(blast_radius)s, %(people)s, %(spec_chunk)s,
       %(fix)s, %(source)s, %(keys)s, %(expectation)s
  from public.build_sessions where id = %(session_id)s
returning *

-- name: see_alert_again
-- What it is stays; how bad, shown by what and fixed how may have changed since.
update public.drift_alerts
   set severity = %(severity)s, recommendation = %(recommendation)s, fix_sql = %(fix_sql)s,
       fix_proof = %(fix_proof)s, direction = %(direction)s, before = %(before)s, after = %(after)s,
       reason = %(reason)s, witness = %(witness)s, latent = %(latent)s, blast_radius = %(blast_radius)s,
       fix = %(fix)s, source = %(source)s, keys = %(keys)s, expectation = %(expectation)s,
       last_seen_at = clock_timestamp()
 where id = %(id)s
returning *

-- name: close_alert
update public.drift_alerts
   set status = case %(how)s when 'accepted' then 'accepted' else 'resolved' end,
       resolved_at = case %(how)s when 'accepted' then null else clock_timestamp() end,
       accepted_at = case %(how)s when 'accepted' then clock_timestamp() end,
       closed_how = %(how)s, closed_by = %(by)s
 where id = %(id)s and status in ('open', 'acknowledged')
returning *

-- name: gone
-- Nothing can be wrong with an environment that is not there any more.
update public.drift_alerts a
   set status = 'resolved', resolved_at = clock_timestamp(), closed_how = 'gone'
  from public.build_sessions s
 where s.id = a.session_id and s.environment is null and a.status in ('open', 'acknowledged')
   and a.fingerprint is not null
returning a.*

-- name: request
insert into public.drift_requests (session_id, tenant_id, verb, alerts, note, via, operator)
select id, tenant_id, %(verb)s, %(alerts)s::uuid[], %(note)s, %(via)s, %(operator)s
  from public.build_sessions where id = %(session_id)s
returning *

-- name: request_by_id
select * from public.drift_requests where id = %(id)s

-- name: take_request
-- Whoever takes it up first; one that was taken up and never ended may be taken up again after a while.
update public.drift_requests
   set state = 'running', started_at = clock_timestamp()
 where id = %(id)s
   and (state = 'waiting' or (state = 'running' and started_at < clock_timestamp() - interval '15 minutes'))
returning *

-- name: end_request
update public.drift_requests
   set state = %(state)s, finished_at = clock_timestamp(), result = %(result)s, error = %(error)s
 where id = %(id)s
returning *

-- name: left_requests
-- Asked for, and nobody has taken it up, or whoever did has died.
select * from public.drift_requests
 where (state = 'waiting' and requested_at < clock_timestamp() - make_interval(secs => %(waited_s)s))
    or (state = 'running' and started_at < clock_timestamp() - interval '15 minutes')
 order by requested_at
 limit 50

-- name: try_lock
select pg_try_advisory_lock(hashtextextended('architect:drift:' || %(session_id)s::uuid, 0)) as locked

-- name: lock
select pg_advisory_lock(hashtextextended('architect:drift:' || %(session_id)s::uuid, 0))

-- name: limit_wait
select set_config('lock_timeout', %(timeout_ms)s, false)

-- name: unlock
select pg_advisory_unlock(hashtextextended('architect:drift:' || %(session_id)s::uuid, 0))


-- What a member sees, under row-level security.

-- name: member_alerts
select * from public.drift_alerts
 where session_id = %(session_id)s and (not %(open_only)s or status in ('open', 'acknowledged'))
 order by status in ('open', 'acknowledged') desc,
          array_position(array['critical', 'high', 'medium', 'low', 'info'], severity), first_seen_at desc, id
 limit 500

-- name: member_alert
select * from public.drift_alerts where session_id = %(session_id)s and id = %(alert_id)s

-- name: member_state
select * from public.drift_states where session_id = %(session_id)s

-- name: member_expectation
select id, session_id, version, generation, reason, agreed, recorded_at, server_version_num, facts, sha256
  from public.drift_expectations where session_id = %(session_id)s
 order by version desc limit 1

-- name: member_requests
select * from public.drift_requests where session_id = %(session_id)s order by requested_at desc, id limit 50

-- name: request_as_member
select * from private.request_drift(%(session_id)s, %(verb)s, %(alerts)s::uuid[], %(note)s)
