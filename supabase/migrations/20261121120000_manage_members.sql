-- An operator invites, promotes and removes members, with the rights of the service role.
grant insert (tenant_id, user_id, role), update (role), delete on public.tenant_members to service_role;
