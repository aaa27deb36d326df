-- Tells the Realtime server of every message when it is committed. Idempotent: databases made before have it put
-- in when somebody listens. Rows without an event are questions put to the policies and are rolled back.
create or replace function realtime.announce() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('realtime_messages', new.id::pg_catalog.text);
  return null;
end
$$;

alter function realtime.announce() owner to supabase_realtime_admin;
revoke execute on function realtime.announce() from public;

create or replace trigger realtime_announce after insert on realtime.messages
  for each row when (new.event is not null) execute function realtime.announce();
