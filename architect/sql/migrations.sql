-- name: lock
-- Two pushes must not run the same file; the second waits and finds it done.
select pg_advisory_lock(hashtextextended('architect:migrations', 0))

-- name: unlock
select pg_advisory_unlock(hashtextextended('architect:migrations', 0))

-- name: ledgers
select to_regnamespace('supabase_migrations') is not null as schema,
       to_regclass('supabase_migrations.schema_migrations') is not null as migrations,
       to_regclass('supabase_migrations.seed_files') is not null as seeds

-- name: create_schema
create schema if not exists supabase_migrations

-- name: create_migrations
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key, statements text[], name text
)

-- name: create_seeds
create table if not exists supabase_migrations.seed_files (path text not null primary key, hash text not null)

-- name: applied
select version, statements, name from supabase_migrations.schema_migrations order by version

-- name: seeded
select path, hash from supabase_migrations.seed_files

-- name: record_migration
insert into supabase_migrations.schema_migrations (version, statements, name)
values (%(version)s, %(statements)s, %(name)s)

-- name: record_seed
insert into supabase_migrations.seed_files (path, hash) values (%(path)s, %(hash)s)
on conflict (path) do update set hash = excluded.hash

-- name: begin_file
-- Rather fail than wait for ever behind somebody's lock.
set local lock_timeout = '10s'

-- name: end_file
-- What a file set holds neither for the ledger nor for the next file.
reset role; reset all
