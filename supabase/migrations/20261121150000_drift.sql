-- The drift sentinel: what an environment was like when it was last agreed to, what was found since, and what
-- people asked to be done about it. Rows are written by our own processes; a member reads those of the tenant
-- and asks through request_drift.

-- What is true of an environment's catalog and settings by agreement. Never changed: a newer one takes its place.
create table public.drift_expectations (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  version integer not null check (version >= 1),
  generation integer not null check (generation >= 1),
  reason text not null check (reason in ('built', 'accepted', 'restored')),
  -- {via, by | operator, note}; empty for a build. What a restore leaves in the ledger is agreed to with it.
  agreed jsonb not null default '{}' check (jsonb_typeof(agreed) = 'object'),
  recorded_at timestamptz not null default clock_timestamp(),
  server_version_num integer not null,
  facts integer not null check (facts >= 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  -- As `architect drift baseline` writes it. Text, since its digest is over these very bytes.
  baseline text not null,
  -- The access matrix that was measured then; null when none was.
  matrix jsonb check (jsonb_typeof(matrix) = 'object'),
  -- Which part of the spec asks for what: {"table public.orders": [{chunkIndex, quote}]}.
  asked_for jsonb not null default '{}' check (jsonb_typeof(asked_for) = 'object'),
  unique (session_id, version),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.drift_expectations enable row level security;
create index drift_expectations_tenant_idx on public.drift_expectations (tenant_id, session_id);
create trigger append_only before update or delete on public.drift_expectations
  for each row execute function private.refuse_change();
create trigger append_only_truncate before truncate on public.drift_expectations
  for each statement execute function private.refuse_change();

create policy "members read their expectations" on public.drift_expectations for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

-- The baseline quotes function bodies whole; people are shown what concerns an alert.
grant select (id, session_id, tenant_id, version, generation, reason, agreed, recorded_at, server_version_num,
              facts, sha256, asked_for)
  on public.drift_expectations to authenticated;
grant select on public.drift_expectations to service_role;
grant insert (session_id, tenant_id, version, generation, reason, agreed, server_version_num, facts, sha256,
              baseline, matrix, asked_for)
  on public.drift_expectations to service_role;

-- How far the watch over an environment is.
create table public.drift_states (
  session_id uuid primary key,
  tenant_id uuid not null,
  -- blind: the last look failed or did not see everything; nothing is known about drift until one succeeds.
  state text not null default 'unknown' check (state in ('unknown', 'clear', 'drift', 'blind')),
  -- Of the catalog at the last full check; the same token later means that nothing has changed since.
  token text,
  -- Digest of all facts at the last full check: a fix is proven for this state and no other.
  source text,
  -- The last look of any kind, the last full comparison, the last comparison of behaviour.
  looked_at timestamptz,
  full_at timestamptz,
  probed_at timestamptz,
  seconds double precision check (seconds >= 0),
  -- What could not be looked at: [{what, why}].
  blind jsonb not null default '[]' check (jsonb_typeof(blind) = 'array'),
  error jsonb check (jsonb_typeof(error) = 'object'),
  -- Counts the keys given to the environment's drift_check; 0 is none.
  key_version integer not null default 0 check (key_version >= 0),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.drift_states enable row level security;
create index drift_states_tenant_idx on public.drift_states (tenant_id, session_id);

create policy "members read how their environments are watched" on public.drift_states for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.drift_states to authenticated;
grant select, insert on public.drift_states to service_role;
grant update (state, token, source, looked_at, full_at, probed_at, seconds, blind, error, key_version)
  on public.drift_states to service_role;

alter table public.drift_alerts
  -- The same for the same drift found again. Null for alerts of before.
  add column fingerprint text check (fingerprint <> ''),
  add column resource_kind text,
  add column resource_schema text,
  add column resource_name text,
  add column direction text check (direction in ('weaker', 'stronger', 'equal', 'both')),
  add column before text,
  add column after text,
  add column reason text,
  add column witness jsonb check (jsonb_typeof(witness) = 'object'),
  add column latent boolean not null default false,
  add column blast_radius jsonb not null default '[]' check (jsonb_typeof(blast_radius) = 'array'),
  -- Whom it affects, in words.
  add column people text[] not null default '{}',
  -- {chunkIndex, heading, excerpt, quote | similarity, how: plan | embedding}
  add column spec_chunk jsonb check (jsonb_typeof(spec_chunk) = 'object'),
  -- {hazards, proven, automatic, digest}; the digest is over the SQL as it would be run, secrets included.
  add column fix jsonb check (jsonb_typeof(fix) = 'object'),
  -- The state of the environment that this was found in, see drift_states.source.
  add column source text,
  -- The facts it speaks of: [[kind, schema, name]].
  add column keys jsonb not null default '[]' check (jsonb_typeof(keys) = 'array'),
  -- The version of the expectation that it was held against.
  add column expectation integer,
  add column accepted_at timestamptz,
  -- converged: it went away by itself; superseded: the same thing drifted further.
  add column closed_how text check (closed_how in ('converged', 'superseded', 'restored', 'accepted', 'gone')),
  -- {via, by | operator, note} of whoever restored or accepted it.
  add column closed_by jsonb check (jsonb_typeof(closed_by) = 'object'),
  drop constraint drift_alerts_status_check,
  add constraint drift_alerts_status_check
    check (status in ('open', 'acknowledged', 'resolved', 'accepted', 'dismissed')),
  add constraint drift_alerts_accepted_check check ((status = 'accepted') = (accepted_at is not null));

-- Two drifts of one thing, such as two grants lost, are two alerts; the same one is never doubled.
drop index public.drift_alerts_open_uidx;
create unique index drift_alerts_open_uidx
  on public.drift_alerts (session_id, coalesce(fingerprint, type || ' ' || resource))
  where status in ('open', 'acknowledged');

-- What somebody wants done about drift, and what came of it: the decision stands here, a run of the engine
-- only carries it out.
create table public.drift_requests (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  verb text not null check (verb in ('check', 'restore', 'accept')),
  -- Null: every open alert that the verb can be done to without a second thought.
  alerts uuid[],
  note text check (length(note) <= 1000),
  via text not null check (via in ('api', 'cli', 'prefect')),
  requested_by uuid references auth.users (id) on delete set null,
  operator text,
  requested_at timestamptz not null default clock_timestamp(),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  started_at timestamptz,
  finished_at timestamptz,
  result jsonb check (jsonb_typeof(result) = 'object'),
  error jsonb check (jsonb_typeof(error) = 'object'),
  check ((state in ('done', 'failed')) = (finished_at is not null)),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.drift_requests enable row level security;
create index drift_requests_tenant_idx on public.drift_requests (tenant_id, session_id, requested_at desc);
create index drift_requests_open_idx on public.drift_requests (requested_at)
  where state in ('waiting', 'running');
create index drift_requests_by_idx on public.drift_requests (requested_by);

create policy "members read what was asked" on public.drift_requests for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.drift_requests to authenticated;
grant select on public.drift_requests to service_role;
grant insert (session_id, tenant_id, verb, alerts, note, via, operator) on public.drift_requests to service_role;
grant update (state, started_at, finished_at, result, error) on public.drift_requests to service_role;

-- As a member of the tenant who may change things; no row when the caller may not even see the session.
create function private.request_drift(wanted uuid, verb text, alerts uuid[], note text)
returns setof public.drift_requests
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  select * into session from private.session_to_change(wanted);
  if not found then
    return;
  end if;
  if session.status <> 'succeeded' or session.environment is null then
    raise exception 'a session that is % has no environment to watch', session.status using errcode = 'VA001';
  end if;
  if exists (
    select from unnest(request_drift.alerts) as given (id)
     where not exists (
       select from public.drift_alerts a
        where a.id = given.id and a.session_id = wanted and a.status in ('open', 'acknowledged'))
  ) then
    raise exception 'the session has no such open alert' using errcode = 'VA001';
  end if;
  return query
    insert into public.drift_requests (session_id, tenant_id, verb, alerts, note, via, requested_by)
    values (wanted, session.tenant_id, request_drift.verb, request_drift.alerts,
            nullif(btrim(request_drift.note), ''), 'api', (select auth.uid()))
    returning *;
end
$$;
revoke all on function private.request_drift(uuid, text, uuid[], text)
  from public, anon, authenticated, service_role;
grant execute on function private.request_drift(uuid, text, uuid[], text) to authenticated;

-- One option more that a person may choose; REST takes a row without asking our API.
create or replace function private.is_build_request(template text, options jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select template in ('marketplace', 'saas', 'blank') and not exists (
    select from jsonb_each(options) given
     where not case
       when given.key = 'environmentMode' then given.value in ('"branch"', '"project"')
       when given.key = 'driftEveryMinutes'
         then jsonb_typeof(given.value) = 'number' and given.value::text ~ '^[0-9]{1,4}$'
              and given.value::numeric between 5 and 1440
       when given.key in ('enableAnalytics', 'enableDriftSentinel', 'specGate', 'keepOnFailure',
                          'requireApproval')
         then jsonb_typeof(given.value) = 'boolean'
       else false
     end
  )
$$;
