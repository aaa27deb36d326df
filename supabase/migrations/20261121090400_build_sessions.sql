create table public.build_sessions (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants (id) on delete restrict,
  owner_id uuid references auth.users (id) on delete set null,
  kind text not null default 'build',
  status text not null,
  template text,
  vibe_text text,
  file_keys text[] not null default '{}',
  options jsonb not null default '{}' check (jsonb_typeof(options) = 'object'),
  plan jsonb check (jsonb_typeof(plan) = 'object'),
  environment jsonb check (jsonb_typeof(environment) = 'object'),
  outputs jsonb not null default '{}' check (jsonb_typeof(outputs) = 'object'),
  error text,
  -- Counts the runs of this session; a write of an older run is refused.
  attempt integer not null default 0 check (attempt >= 0),
  -- The run that was at work when the session ended; a retry needs a newer one.
  closed_attempt integer,
  -- Counts the environments made for this session; finished nodes of an older one do not count.
  generation integer not null default 1 check (generation >= 1),
  last_seq bigint not null default 0,
  last_tool_call integer not null default 0,
  -- Where the architect's cursor stands, for those who join late.
  last_cursor jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (tenant_id, id),
  constraint build_sessions_kind_status check (
    (kind = 'build' and status in ('queued', 'running', 'succeeded', 'failed', 'canceled'))
    or (kind = 'lake' and status in ('pending', 'parsing', 'inferring', 'generating_sql', 'executing_sql',
                                     'completed', 'failed'))
  ),
  constraint build_sessions_has_a_spec check (kind <> 'build' or (template is not null and vibe_text is not null)),
  constraint build_sessions_vibe_text_size check (octet_length(vibe_text) <= 1200000)
);
alter table public.build_sessions enable row level security;
create index build_sessions_tenant_idx on public.build_sessions (tenant_id, created_at desc, id desc);
create index build_sessions_created_idx on public.build_sessions (created_at desc, id desc);
create index build_sessions_owner_idx on public.build_sessions (owner_id);
create index build_sessions_open_idx on public.build_sessions (status)
  where status not in ('succeeded', 'failed', 'canceled', 'completed');
create trigger touch before update on public.build_sessions
  for each row execute function private.touch_updated_at();

create policy "members read their sessions" on public.build_sessions for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.build_sessions to authenticated, service_role;
grant insert (tenant_id, owner_id, kind, status, template, vibe_text, file_keys, options)
  on public.build_sessions to service_role;
grant update (status, plan, environment, outputs, error, attempt, generation, last_tool_call, last_cursor)
  on public.build_sessions to service_role;
