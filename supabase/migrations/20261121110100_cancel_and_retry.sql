-- A person may stop a build and put it in line again, and nothing else of a session that exists: therefore
-- functions that run as the owner and ask who is calling, not a right to update.

-- The session, locked; no row when the caller may not even see it.
create function private.session_to_change(wanted uuid) returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  select s.* into session from public.build_sessions s
   where s.id = wanted and s.tenant_id in (select private.my_tenant_ids()) for no key update;
  if not found then
    return;
  end if;
  if session.tenant_id not in (select private.my_writable_tenant_ids()) then
    raise exception 'your role in this tenant may only look' using errcode = 'insufficient_privilege';
  end if;
  if session.kind <> 'build' then
    raise exception 'only a build can be canceled or tried again' using errcode = 'VA001';
  end if;
  return next session;
end
$$;
revoke all on function private.session_to_change(uuid) from public, anon, authenticated, service_role;

-- Counting the attempt up fences the run that is at work: its next write is refused. Its environment stays, so
-- that a retry goes on there.
create function private.cancel_session(wanted uuid) returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
  reason jsonb := jsonb_build_object(
    'code', 'canceled', 'message', 'canceled by a member of the tenant',
    'hint', 'Retry it to go on where it stopped.', 'details', jsonb_build_object('by', auth.uid()));
begin
  select * into session from private.session_to_change(wanted);
  if not found then
    return;
  end if;
  if session.status not in ('queued', 'running') then
    raise exception 'a session that is % cannot be canceled', session.status using errcode = 'VA001';
  end if;
  update public.build_sessions s
     set attempt = s.attempt + 1, status = 'canceled', error = reason::text, run_wanted_at = null
   where s.id = wanted returning s.* into session;
  update public.build_nodes n set status = 'canceled', finished_at = clock_timestamp()
   where n.session_id = wanted and n.status = 'running';
  insert into public.build_events (session_id, type, message, payload, dedupe_key, attempt)
  values (wanted, 'build_failed', 'Build canceled: canceled by a member of the tenant',
          jsonb_build_object('error', reason), 'build_failed:' || session.attempt, session.attempt);
  return query select s.* from public.build_sessions s where s.id = wanted;
end
$$;
revoke all on function private.cancel_session(uuid) from public, anon, authenticated, service_role;
grant execute on function private.cancel_session(uuid) to authenticated;

create function private.retry_session(wanted uuid) returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  select * into session from private.session_to_change(wanted);
  if not found then
    return;
  end if;
  if session.status not in ('failed', 'canceled') then
    raise exception 'a session that is % cannot be tried again', session.status using errcode = 'VA001';
  end if;
  return query
    update public.build_sessions s set status = 'queued', error = null, run_wanted_at = clock_timestamp()
     where s.id = wanted returning s.*;
end
$$;
revoke all on function private.retry_session(uuid) from public, anon, authenticated, service_role;
grant execute on function private.retry_session(uuid) to authenticated;
