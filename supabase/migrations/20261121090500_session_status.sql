-- The status machine, where no client can go around it.
create function private.guard_session_status() returns trigger
language plpgsql set search_path = '' as $$
begin
  if (new.kind, old.status, new.status) not in (
    ('build', 'queued', 'running'), ('build', 'queued', 'failed'), ('build', 'queued', 'canceled'),
    ('build', 'running', 'succeeded'), ('build', 'running', 'failed'), ('build', 'running', 'canceled'),
    ('build', 'failed', 'running'), ('build', 'failed', 'queued'), ('build', 'canceled', 'queued'),
    ('lake', 'pending', 'parsing'), ('lake', 'parsing', 'inferring'), ('lake', 'inferring', 'generating_sql'),
    ('lake', 'generating_sql', 'executing_sql'), ('lake', 'executing_sql', 'completed'),
    ('lake', 'pending', 'failed'), ('lake', 'parsing', 'failed'), ('lake', 'inferring', 'failed'),
    ('lake', 'generating_sql', 'failed'), ('lake', 'executing_sql', 'failed'),
    ('lake', 'failed', 'parsing')
  ) then
    raise exception 'a % session that is % cannot become %', new.kind, old.status, new.status
      using errcode = 'VA001';
  end if;
  -- Else a run that was given up, and does not know it, could bring its session back to life.
  if new.status in ('running', 'parsing') and new.attempt <= old.closed_attempt then
    raise exception 'the run that ended cannot start the session again; a retry claims it first'
      using errcode = 'VA001';
  end if;
  if new.status in ('succeeded', 'failed', 'canceled', 'completed') then
    new.finished_at := clock_timestamp();
    new.closed_attempt := new.attempt;
  elsif new.status = 'queued' then
    new.finished_at := null;
  else
    new.started_at := coalesce(old.started_at, clock_timestamp());
    new.finished_at := null;
    new.error := null;
  end if;
  return new;
end
$$;
create trigger guard_status before update of status on public.build_sessions
  for each row when (old.status is distinct from new.status)
  execute function private.guard_session_status();

create function private.guard_new_session() returns trigger
language plpgsql set search_path = '' as $$
begin
  if (new.kind, new.status) not in (('build', 'queued'), ('lake', 'pending')) then
    raise exception 'a % session does not start as %', new.kind, new.status using errcode = 'VA001';
  end if;
  return new;
end
$$;
create trigger guard_new before insert on public.build_sessions
  for each row execute function private.guard_new_session();
