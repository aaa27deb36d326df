-- Keys handed out for a session's environment: what they may do and until when, never the keys themselves.
create table public.session_keys (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  ref text not null check (ref <> ''),
  -- The platform's id of the key and how it begins; both null until the platform has answered.
  platform_id text check (platform_id <> ''),
  purpose text not null check (purpose in ('frontend', 'agent')),
  name text not null,
  role text not null check (role in ('anon', 'authenticated')),
  subject uuid,
  services text[],
  read_only boolean not null default false,
  prefix text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  unique (ref, platform_id),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.session_keys enable row level security;
create index session_keys_tenant_idx on public.session_keys (tenant_id, session_id);
create index session_keys_live_idx on public.session_keys (expires_at) where revoked_at is null;

create policy "members read their keys" on public.session_keys for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.session_keys to authenticated;
grant select, insert on public.session_keys to service_role;
grant update (platform_id, prefix, revoked_at) on public.session_keys to service_role;
