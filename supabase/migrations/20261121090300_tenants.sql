create table public.tenants (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  plan text not null default 'free',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.tenants enable row level security;
create index tenants_plan_idx on public.tenants (plan);
create trigger touch before update on public.tenants
  for each row execute function private.touch_updated_at();

create table public.tenant_members (
  tenant_id uuid not null references public.tenants (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
alter table public.tenant_members enable row level security;
create index tenant_members_user_idx on public.tenant_members (user_id, tenant_id);

-- Runs as the owner: a policy of tenant_members that read tenant_members would recurse.
create function private.my_tenant_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select m.tenant_id from public.tenant_members m where m.user_id = (select auth.uid())
$$;
revoke all on function private.my_tenant_ids() from public, anon, authenticated, service_role;
grant execute on function private.my_tenant_ids() to authenticated;

create policy "members read their tenants" on public.tenants for select to authenticated
  using (id in (select private.my_tenant_ids()));
create policy "members read who else is in" on public.tenant_members for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.tenants, public.tenant_members to authenticated, service_role;
