-- The event and its broadcast are one transaction: the log and the stream cannot disagree.
create function private.broadcast_event() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  body jsonb := jsonb_build_object(
    'id', new.id,
    'sessionId', new.session_id,
    'seq', new.seq,
    'ts', to_char(new.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'type', new.type,
    'message', new.message,
    'payload', new.payload
  );
begin
  -- Realtime drops what is larger than 256 KB; the client reads the rest from the log by its seq.
  if octet_length(body::text) > 200000 then
    body := body || '{"payload": {}, "truncated": true}';
  end if;
  perform realtime.send(body, new.type, 'build:' || new.session_id, true);
  return null;
end
$$;
revoke all on function private.broadcast_event() from public, anon, authenticated, service_role;
create trigger broadcast after insert on public.build_events
  for each row execute function private.broadcast_event();
