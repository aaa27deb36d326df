-- What Supabase Lite made becomes owned and granted as on hosted Supabase.
do $$
declare
  item record;
begin
  for item in
    select n.nspname, c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('auth', 'storage') and c.relkind in ('r', 'p')
  loop
    execute pg_catalog.format(
      'alter table %I.%I owner to %I', item.nspname, item.relname, 'supabase_' || item.nspname || '_admin');
    execute pg_catalog.format('alter table %I.%I enable row level security', item.nspname, item.relname);
  end loop;
  for item in
    select p.oid::pg_catalog.regprocedure as signature, n.nspname
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('auth', 'storage')
  loop
    execute pg_catalog.format(
      'alter function %s owner to %I', item.signature, 'supabase_' || item.nspname || '_admin');
  end loop;
end
$$;

-- Columns that hosted has and seeds written for it name.
alter table auth.users add column if not exists instance_id uuid;
alter table auth.users add column if not exists is_super_admin boolean;

revoke all on all tables in schema auth, storage from public;
revoke execute on all functions in schema auth, storage from public;
grant execute on all functions in schema auth, storage to postgres, anon, authenticated, service_role;
grant all on all tables in schema auth, storage to postgres with grant option;
-- Row level security decides; without a policy anon and authenticated see nothing.
grant select, insert, update, delete on storage.buckets, storage.objects
  to anon, authenticated, service_role;
