-- The empty shell of an environment, before Supabase Lite fills auth and storage.
create schema extensions authorization postgres;
create schema auth authorization supabase_auth_admin;
create schema storage authorization supabase_storage_admin;
create schema realtime authorization supabase_realtime_admin;
create schema supabase_migrations authorization postgres;

create extension vector with schema extensions;
create extension pg_trgm with schema extensions;
create extension btree_gist with schema extensions;
create extension citext with schema extensions;
create extension unaccent with schema extensions;

revoke all on schema public from public;
grant usage on schema public, extensions, auth, storage, realtime
  to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;

-- As the Supabase CLI makes them.
create table supabase_migrations.schema_migrations (
  version text primary key,
  statements text[],
  name text,
  created_by text,
  idempotency_key text unique,
  rollback text[]
);
create table supabase_migrations.seed_files (
  path text primary key,
  hash text not null
);
alter table supabase_migrations.schema_migrations owner to postgres;
alter table supabase_migrations.seed_files owner to postgres;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
