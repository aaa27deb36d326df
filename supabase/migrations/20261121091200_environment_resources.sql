-- What a build created outside of this database; an explicit teardown removes exactly this.
create table public.environment_resources (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  generation integer not null check (generation >= 1),
  kind text not null check (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
  ref text not null check (ref <> ''),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  unique (session_id, kind, ref),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.environment_resources enable row level security;
create index environment_resources_tenant_idx on public.environment_resources (tenant_id, session_id);

create policy "members read their resources" on public.environment_resources for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.environment_resources to authenticated;
grant select, insert on public.environment_resources to service_role;
grant update (generation, metadata, created_at, removed_at) on public.environment_resources to service_role;
