-- Roles are cluster-wide, as in every Supabase project. Passwords are set by the caller afterwards.
-- Idempotent: it runs again after an upgrade.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin',
    'supabase_realtime_admin', 'supabase_read_only_user', 'lite_admin', 'postgres', 'control_plane',
    'platform', 'prefect'
  ] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute pg_catalog.format('create role %I', wanted);
    end if;
  end loop;
end
$$;

alter role anon nologin noinherit;
alter role authenticated nologin noinherit;
alter role service_role nologin noinherit bypassrls;
alter role supabase_auth_admin nologin noinherit;
alter role supabase_storage_admin nologin noinherit;
alter role supabase_realtime_admin nologin noinherit;
alter role authenticator login noinherit;
alter role lite_admin login;
alter role postgres login createrole bypassrls;
alter role control_plane login;
alter role platform login;
alter role prefect login;

-- Sees every row, writes nothing, becomes nobody else.
alter role supabase_read_only_user login bypassrls;
alter role supabase_read_only_user set default_transaction_read_only = on;
grant pg_read_all_data to supabase_read_only_user;

grant anon, authenticated, service_role to authenticator with inherit false, set true;
grant anon, authenticated, service_role to lite_admin with inherit false, set true;
grant supabase_auth_admin, supabase_storage_admin to lite_admin with inherit true, set true;
-- Lite reads the catalog through information_schema, which shows only what the asking role may read. Without
-- this a table granted to nobody would look missing instead of forbidden. Rows under RLS stay hidden.
grant pg_read_all_data to lite_admin with inherit true;

-- Acts for the API roles without having their rights by itself, as hosted has it.
grant anon, authenticated, service_role to postgres with inherit true, set true;
-- Hosted lets postgres make policies on storage.objects and realtime.messages through an extension that is
-- not available here; membership in the owning roles gives the same.
grant supabase_storage_admin, supabase_realtime_admin to postgres with inherit true, set true;

-- The control plane's owner may do in its database what postgres may do in an environment's.
grant postgres to control_plane with inherit true, set true;

revoke all on database postgres from public;
revoke all on database template1 from public;
