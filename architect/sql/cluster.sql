-- The embedded cluster: databases and roles. {name}, {template}, {owner}, {role} and {roles} are identifiers.

-- name: create_database
create database {name} template {template} owner {owner};

-- name: drop_database
drop database if exists {name} with (force);

-- name: database_exists
select 1 from pg_catalog.pg_database where datname = %s;

-- name: terminate
select pg_catalog.pg_terminate_backend(pid, 5000)
from pg_catalog.pg_stat_activity
where datname = %s and pid <> pg_catalog.pg_backend_pid();

-- name: revoke_connect
revoke all on database {name} from public;

-- name: grant_connect
grant connect on database {name} to {roles};

-- name: set_search_path
alter database {name} set search_path to "$user", public, extensions;

-- name: set_password
alter role {role} login password {verifier};

-- name: roles_exist
select count(*) = %s from pg_catalog.pg_roles where rolname = any(%s);

-- name: template_version
select pg_catalog.shobj_description(oid, 'pg_database') from pg_catalog.pg_database where datname = %s;

-- name: set_template_version
comment on database {name} is {version};

-- name: rename_database
alter database {name} rename to {new_name};

-- name: open_template
alter database {name} with is_template false allow_connections true;

-- name: close_template
alter database {name} with is_template true allow_connections false;
