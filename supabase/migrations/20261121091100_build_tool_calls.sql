-- Every call of an MCP tool, redacted, in the order in which it was made; replaying them rebuilds the environment.
create table public.build_tool_calls (
  session_id uuid not null,
  tenant_id uuid not null,
  n integer not null check (n > 0),
  attempt integer,
  server text not null,
  tool text not null,
  arguments jsonb not null check (jsonb_typeof(arguments) = 'object'),
  started_at timestamptz not null default clock_timestamp(),
  -- All null while the call runs, and for ever when the process died in it.
  ms double precision check (ms >= 0),
  ok boolean,
  result_digest text,
  error text,
  -- The event whose payload tells of it.
  event_seq bigint,
  primary key (session_id, n),
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict
);
alter table public.build_tool_calls enable row level security;
create index build_tool_calls_tenant_idx on public.build_tool_calls (tenant_id, session_id);

create policy "members read their tool calls" on public.build_tool_calls for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.build_tool_calls to authenticated;
grant select, insert on public.build_tool_calls to service_role;
grant update (ms, ok, result_digest, error, event_seq) on public.build_tool_calls to service_role;
