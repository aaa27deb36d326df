create table public.build_events (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  tenant_id uuid not null,
  seq bigint not null check (seq > 0),
  ts timestamptz not null default clock_timestamp(),
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,62}$'),
  message text not null,
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  -- Names what happened, such as a (task run, state) of the engine: the same thing is written once.
  dedupe_key text,
  -- The run that wrote it; null for writers outside of a run.
  attempt integer,
  foreign key (tenant_id, session_id) references public.build_sessions (tenant_id, id) on delete restrict,
  unique (session_id, seq),
  unique (session_id, dedupe_key)
);
alter table public.build_events enable row level security;
create index build_events_tenant_idx on public.build_events (tenant_id, session_id, ts desc);

-- Numbers events under the lock of the session row: no gap, no double, whoever writes. Runs as the owner
-- because nobody else may move last_seq.
create function private.number_event() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  current_attempt integer;
begin
  select s.attempt into current_attempt
    from public.build_sessions s where s.id = new.session_id for no key update;
  if not found then
    raise exception 'there is no session %', new.session_id using errcode = 'foreign_key_violation';
  end if;
  if new.attempt <> current_attempt then
    raise exception 'run % of the session has been superseded by run %', new.attempt, current_attempt
      using errcode = 'VA002';
  end if;
  if new.dedupe_key is not null and exists (
    select from public.build_events e
     where e.session_id = new.session_id and e.dedupe_key = new.dedupe_key
  ) then
    return null;
  end if;
  update public.build_sessions s set last_seq = s.last_seq + 1
   where s.id = new.session_id returning s.last_seq, s.tenant_id into new.seq, new.tenant_id;
  new.ts := clock_timestamp();
  return new;
end
$$;
revoke all on function private.number_event() from public, anon, authenticated, service_role;
create trigger number before insert on public.build_events
  for each row execute function private.number_event();

create trigger append_only before update or delete on public.build_events
  for each row execute function private.refuse_change();
create trigger append_only_truncate before truncate on public.build_events
  for each statement execute function private.refuse_change();

create policy "members read their events" on public.build_events for select to authenticated
  using (tenant_id in (select private.my_tenant_ids()));

grant select on public.build_events to authenticated, service_role;
grant insert (session_id, type, message, payload, dedupe_key, attempt) on public.build_events to service_role;
