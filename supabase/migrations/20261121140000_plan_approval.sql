-- A build may wait for somebody to agree to its plan. What was asked and what was decided stands here and
-- nowhere else; the engine's suspended run only follows.
alter table public.build_sessions
  -- {id, state, planHash, attempt, requestedAt} and, once decided, {decidedAt, via, by | operator, note}. The
  -- run that put the question and stepped aside is the attempt: as long as no newer one took the session up, it
  -- is parked. Only the functions below write it.
  add column approval jsonb check (
    jsonb_typeof(approval) = 'object'
    and approval ->> 'state' in ('waiting', 'approved', 'rejected')
    and approval ->> 'planHash' ~ '^[0-9a-f]{64}$'
    and jsonb_typeof(approval -> 'attempt') = 'number'
  );
create index build_sessions_parked_idx on public.build_sessions (updated_at)
  where status = 'running' and approval is not null;

-- Ask for agreement to the plan with this hash, on behalf of the run that holds the session. A decision on this
-- very plan stands; a rejected plan is asked about again, since somebody had to put the session in line for that.
create function private.request_approval(wanted uuid, run integer, plan_hash text)
returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  select s.* into session from public.build_sessions s where s.id = wanted for no key update;
  if not found or session.attempt <> run then
    return;
  end if;
  if session.status <> 'running' then
    raise exception 'a session that is % asks for nothing', session.status using errcode = 'VA001';
  end if;
  if session.approval ->> 'planHash' = plan_hash and session.approval ->> 'state' = 'approved' then
    return next session;
    return;
  end if;
  if session.approval ->> 'planHash' = plan_hash and session.approval ->> 'state' = 'waiting' then
    return query
      update public.build_sessions s set approval = s.approval || jsonb_build_object('attempt', run)
       where s.id = wanted returning s.*;
    return;
  end if;
  update public.build_sessions s
     set approval = jsonb_build_object(
           'id', gen_random_uuid(), 'state', 'waiting', 'planHash', plan_hash, 'attempt', run,
           'requestedAt', clock_timestamp())
   where s.id = wanted returning s.* into session;
  insert into public.build_events (session_id, type, message, payload, dedupe_key, attempt)
  values (wanted, 'approval_requested', 'The plan waits for approval; nothing is built until then',
          jsonb_build_object('planHash', plan_hash, 'changed', exists (
            select from public.build_events e where e.session_id = wanted and e.type = 'approval_requested')),
          'approval_requested:' || (session.approval ->> 'id'), run);
  return query select s.* from public.build_sessions s where s.id = wanted;
end
$$;
revoke all on function private.request_approval(uuid, integer, text)
  from public, anon, authenticated, service_role;
grant execute on function private.request_approval(uuid, integer, text) to service_role;
grant usage on schema private to service_role;

-- What both ways to decide share. The same decision once more is fine, another one is not, and none counts that
-- was made on another plan. Rejecting ends the session as canceling does, and fences its run.
create function private.record_decision(session public.build_sessions, verdict text, on_plan text, said jsonb)
returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  now_decided jsonb;
  reason jsonb;
begin
  if session.approval is null then
    raise exception 'the session has no plan that waits for approval' using errcode = 'VA001';
  end if;
  if session.approval ->> 'planHash' <> on_plan then
    raise exception 'the plan has changed since' using errcode = 'VA003';
  end if;
  if session.approval ->> 'state' = verdict then
    return next session;
    return;
  end if;
  if session.approval ->> 'state' <> 'waiting' or session.status <> 'running' then
    raise exception 'the plan of a session that is % is already %', session.status, session.approval ->> 'state'
      using errcode = 'VA001';
  end if;
  now_decided := session.approval || said
    || jsonb_build_object('state', verdict, 'decidedAt', clock_timestamp());
  if verdict = 'approved' then
    update public.build_sessions s set approval = now_decided where s.id = session.id;
  else
    reason := jsonb_build_object(
      'code', 'plan_rejected',
      'message', 'the plan was rejected' || coalesce(': ' || (said ->> 'note'), ''),
      'hint', 'Change the spec and build it anew; a retry asks about the same plan again.',
      'details', said);
    update public.build_sessions s
       set attempt = s.attempt + 1, status = 'canceled', error = reason::text, run_wanted_at = null,
           approval = now_decided
     where s.id = session.id;
    update public.build_nodes n set status = 'canceled', finished_at = clock_timestamp()
     where n.session_id = session.id and n.status = 'running';
  end if;
  insert into public.build_events (session_id, type, message, payload, dedupe_key)
  values (session.id, 'plan_' || verdict, 'The plan was ' || verdict || coalesce(': ' || (said ->> 'note'), ''),
          said || jsonb_build_object('planHash', on_plan),
          'plan_' || verdict || ':' || (session.approval ->> 'id'));
  if verdict = 'rejected' then
    insert into public.build_events (session_id, type, message, payload, dedupe_key)
    values (session.id, 'build_failed', 'Build canceled: ' || (reason ->> 'message'),
            jsonb_build_object('error', reason), 'build_failed:' || (session.attempt + 1));
  end if;
  return query select s.* from public.build_sessions s where s.id = session.id;
end
$$;
revoke all on function private.record_decision(public.build_sessions, text, text, jsonb)
  from public, anon, authenticated, service_role;

create function private.check_decision(verdict text, note text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if verdict is null or verdict not in ('approved', 'rejected') or length(note) > 1000 then
    raise exception 'a plan is approved or rejected, with a note of at most 1000 characters'
      using errcode = 'check_violation';
  end if;
end
$$;
revoke all on function private.check_decision(text, text) from public, anon, authenticated, service_role;

-- As a member of the tenant; no row when the caller may not even see the session.
create function private.decide_plan(wanted uuid, verdict text, on_plan text, note text)
returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  perform private.check_decision(verdict, note);
  select * into session from private.session_to_change(wanted);
  if found then
    return query select * from private.record_decision(
      session, verdict, on_plan,
      jsonb_strip_nulls(jsonb_build_object('via', 'api', 'by', auth.uid(), 'note', nullif(btrim(note), ''))));
  end if;
end
$$;
revoke all on function private.decide_plan(uuid, text, text, text) from public, anon, authenticated, service_role;
grant execute on function private.decide_plan(uuid, text, text, text) to authenticated;

-- As whoever operates the machine: the command line, the form of the engine's own page, upkeep.
create function private.decide_plan_as_operator(
  wanted uuid, verdict text, on_plan text, note text, via text, operator text
)
returns setof public.build_sessions
language plpgsql security definer set search_path = '' as $$
declare
  session public.build_sessions;
begin
  perform private.check_decision(verdict, note);
  select s.* into session from public.build_sessions s where s.id = wanted for no key update;
  if found then
    return query select * from private.record_decision(
      session, verdict, on_plan,
      jsonb_strip_nulls(jsonb_build_object(
        'via', via, 'operator', nullif(btrim(operator), ''), 'note', nullif(btrim(note), ''))));
  end if;
end
$$;
revoke all on function private.decide_plan_as_operator(uuid, text, text, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.decide_plan_as_operator(uuid, text, text, text, text, text) to service_role;

-- One option more that a person may choose; REST takes a row without asking our API.
create or replace function private.is_build_request(template text, options jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select template in ('marketplace', 'saas', 'blank') and not exists (
    select from jsonb_each(options) given
     where not case
       when given.key = 'environmentMode' then given.value in ('"branch"', '"project"')
       when given.key in ('enableAnalytics', 'enableDriftSentinel', 'specGate', 'keepOnFailure',
                          'requireApproval')
         then jsonb_typeof(given.value) = 'boolean'
       else false
     end
  )
$$;
