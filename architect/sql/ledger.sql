-- The migration ledger of an environment, as read through MCP execute_sql.

-- name: entries
-- One row holding a list, so that an empty ledger, too, is an answer.
select coalesce(jsonb_agg(jsonb_build_array(version, name, to_jsonb(statements)) order by version), '[]') as entries
from supabase_migrations.schema_migrations;

-- name: called
-- The newest entry of a name.
select coalesce(jsonb_agg(jsonb_build_array(version, name, to_jsonb(statements)) order by version), '[]') as entries
from (
  select * from supabase_migrations.schema_migrations where name = {name} order by version desc limit 1
) as newest;

-- name: exists
select to_regclass('supabase_migrations.schema_migrations') is not null as there;

-- name: facts
-- In one simple query, which is one transaction: the empty path holds for the question behind it.
set local search_path = '';
select coalesce(jsonb_agg(jsonb_build_array(kind, identity, fact)), '[]') as facts from (
/*facts*/
) as facts;

-- name: scratches
-- Databases that a comparison left behind when it was killed: their names tell when they were made.
select datname from pg_catalog.pg_database where datname ~ '^scratch_\d+_[0-9a-f]+$';
