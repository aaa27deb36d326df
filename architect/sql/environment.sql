-- Queries the Management API runs inside an environment's own database.

-- name: user_tables
select n.nspname as schema, c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'supabase_migrations', 'extensions')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1, 2;

-- name: materialized_views
select schemaname as schema, matviewname as name from pg_matviews where ispopulated order by 1, 2;

-- name: service_tables
-- Referencing tables before referenced ones.
with recursive tables as (
  select c.oid, n.nspname, c.relname
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname in ('auth', 'storage', 'realtime')
    and c.relname not in ('schema_migrations', 'migrations', 'tenants', 'extensions')
), depth (oid, level) as (
  select oid, 0 from tables
  union
  select k.conrelid, d.level + 1
  from depth d join pg_constraint k on k.contype = 'f' and k.confrelid = d.oid and k.conrelid <> d.oid
  where d.level < 20
)
select t.nspname as schema, t.relname as name
from tables t join depth d using (oid)
group by t.nspname, t.relname
order by max(d.level) desc, 1, 2;

-- name: ledger_columns
select a.attname as name
from pg_attribute a
where a.attrelid = to_regclass('supabase_migrations.schema_migrations') and a.attnum > 0 and not a.attisdropped;

-- name: create_ledger
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key, statements text[], name text
);
alter table supabase_migrations.schema_migrations
  add column if not exists created_by text,
  add column if not exists idempotency_key text,
  add column if not exists rollback text[];

-- name: lock_ledger
lock table supabase_migrations.schema_migrations in share row exclusive mode;

-- name: ledger
select version, name from supabase_migrations.schema_migrations order by version;

-- name: ledger_full
select version, name, statements from supabase_migrations.schema_migrations order by version;

-- name: ledger_entry
select version, name, statements, created_by, idempotency_key, rollback
from supabase_migrations.schema_migrations where version = $1;

-- name: ledger_by_key
select version, name, statements, rollback from supabase_migrations.schema_migrations where idempotency_key = $1;

-- name: record_migration
insert into supabase_migrations.schema_migrations (version, name, statements, created_by, idempotency_key, rollback)
values ($1, $2, $3, $4, $5, $6);

-- name: replace_migration
update supabase_migrations.schema_migrations set name = $2, statements = $3, rollback = $4 where idempotency_key = $1;

-- name: patch_migration
update supabase_migrations.schema_migrations
set name = coalesce($2, name), rollback = coalesce($3, rollback)
where version = $1;

-- name: rollbacks_from
select version, name, rollback from supabase_migrations.schema_migrations where version >= $1 order by version desc;

-- name: delete_migrations_from
delete from supabase_migrations.schema_migrations where version >= $1;

-- name: transaction_id
select pg_current_xact_id()::text as id;

-- name: buckets
select id, name, coalesce(owner_id, owner::text, '') as owner, created_at, updated_at, public
from storage.buckets order by name;

-- name: insert_bucket
insert into storage.buckets (id, name, public) values ($1, $1, $2)
returning id, name, coalesce(owner_id, owner::text, '') as owner, created_at, updated_at, public;

-- name: alive
select 1 as ok;
