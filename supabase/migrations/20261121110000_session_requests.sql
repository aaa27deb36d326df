-- Sessions that people ask for by themselves, through the HTTP API, each as who they are.
alter table public.build_sessions
  -- The same key of the same person is the same session; the digest tells whether the same was asked for.
  add column idempotency_key text check (length(idempotency_key) between 1 and 200),
  add column request_digest text check (request_digest ~ '^[0-9a-f]{64}$'),
  -- Since when a run of the engine is wanted; null for a session whose maker runs it, such as the command line.
  add column run_wanted_at timestamptz;

create unique index build_sessions_idempotency_uidx on public.build_sessions (tenant_id, owner_id, idempotency_key)
  where idempotency_key is not null;
create index build_sessions_run_wanted_idx on public.build_sessions (run_wanted_at)
  where status = 'queued' and run_wanted_at is not null;

-- Tenants in which the caller may begin and stop things: a viewer only looks.
create function private.my_writable_tenant_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select m.tenant_id from public.tenant_members m
   where m.user_id = (select auth.uid()) and m.role in ('owner', 'admin', 'member')
$$;
revoke all on function private.my_writable_tenant_ids() from public, anon, authenticated, service_role;
grant execute on function private.my_writable_tenant_ids() to authenticated;

-- What a person may write there: REST takes a row without asking our API, and a run must be able to read it.
create function private.is_build_request(template text, options jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select template in ('marketplace', 'saas', 'blank') and not exists (
    select from jsonb_each(options) given
     where not case
       when given.key = 'environmentMode' then given.value in ('"branch"', '"project"')
       when given.key in ('enableAnalytics', 'enableDriftSentinel', 'specGate', 'keepOnFailure')
         then jsonb_typeof(given.value) = 'boolean'
       else false
     end
  )
$$;
revoke all on function private.is_build_request(text, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.is_build_request(text, jsonb) to authenticated;

create policy "members begin builds of their own" on public.build_sessions for insert to authenticated
  with check (
    tenant_id in (select private.my_writable_tenant_ids())
    and owner_id = (select auth.uid())
    and kind = 'build'
    and status = 'queued'
    and private.is_build_request(template, options)
  );
grant insert (tenant_id, owner_id, kind, status, template, vibe_text, options, idempotency_key, request_digest,
              run_wanted_at)
  on public.build_sessions to authenticated;
