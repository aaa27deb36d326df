-- Who may listen on the private channel build:{session id}: the members of the session's tenant. Nobody but
-- the service role sends on it.
create function private.may_listen(channel text) returns boolean
language sql stable security definer set search_path = '' as $$
  select case
    when channel ~ '^build:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then exists (
      select from public.build_sessions s
       where s.id = substr(channel, 7)::uuid and s.tenant_id in (select private.my_tenant_ids())
    )
    else false
  end
$$;
revoke all on function private.may_listen(text) from public, anon, authenticated, service_role;
grant execute on function private.may_listen(text) to authenticated;

create policy "members listen to their builds" on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.may_listen((select realtime.topic()))));
