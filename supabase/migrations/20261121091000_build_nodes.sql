-- What each node of a build did: the ledger from which a killed build goes on.
create table public.build_nodes (
  session_id uuid not null,
  tenant_id uuid not null,
  node text not null check (node ~ '^[a-z][a-z0-9_]{0,62}$'),
  generation integer not null check (generation >= 1),
  plan_hash text not null,
  status text not null default 'running'
    check (status in ('running', 'completed', 'failed', 'skipped', 'crashed', 'canceled')),
  -- How many times the node was started.
  attempt integer not null default 1 check (attempt >= 1),
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  result jsonb,
  primary key (session_id, generation, node),
  check ((status = 'running') = (finished_at is null)),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.build_nodes enable row level security;
create index build_nodes_tenant_idx on public.build_nodes (tenant_id, session_id);

create policy "members read their nodes" on public.build_nodes for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.build_nodes to authenticated;
grant select, insert, update on public.build_nodes to service_role;
