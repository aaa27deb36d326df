create table public.spec_chunks (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  chunk_index integer not null check (chunk_index >= 0),
  content text not null,
  embedding extensions.vector(384) not null,
  -- Equal dimensions are not the same space: only vectors of one model are compared.
  model_id text not null check (model_id <> ''),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  created_at timestamptz not null default now(),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict,
  unique (session_id, chunk_index)
);
alter table public.spec_chunks enable row level security;
create index spec_chunks_tenant_idx on public.spec_chunks (tenant_id, session_id);
create index spec_chunks_embedding_idx on public.spec_chunks
  using hnsw (embedding extensions.vector_ip_ops) with (m = 16, ef_construction = 64);

create policy "members read their chunks" on public.spec_chunks for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.spec_chunks to authenticated;
grant select, insert, update, delete on public.spec_chunks to service_role;
