create table public.drift_alerts (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  ts timestamptz not null default now(),
  severity text not null check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  type text not null check (type <> ''),
  resource text not null check (resource <> ''),
  spec_chunk_id uuid references public.spec_chunks (id) on delete set null,
  recommendation text not null,
  status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved', 'dismissed')),
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  resolved_at timestamptz,
  fix_sql text,
  -- What showed that the fix works: where it ran and what the comparison said afterwards.
  fix_proof jsonb check (jsonb_typeof(fix_proof) = 'object'),
  evidence jsonb not null default '{}' check (jsonb_typeof(evidence) = 'object'),
  check (last_seen_at >= first_seen_at),
  check ((status = 'resolved') = (resolved_at is not null)),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.drift_alerts enable row level security;
create index drift_alerts_tenant_idx on public.drift_alerts (tenant_id, session_id, ts desc);
create index drift_alerts_session_idx on public.drift_alerts (session_id, ts desc);
create index drift_alerts_chunk_idx on public.drift_alerts (spec_chunk_id);
-- Seen again, an open alert is brought up to date, not doubled.
create unique index drift_alerts_open_uidx on public.drift_alerts (session_id, type, resource)
  where status in ('open', 'acknowledged');

create policy "members read their alerts" on public.drift_alerts for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.drift_alerts to authenticated;
grant select, insert, update on public.drift_alerts to service_role;
