-- Clones of guarded databases on the scratch server. Names in braces are identifiers.

-- name: create_database
create database {name} template {template};

-- name: drop_database
drop database if exists {name} with (force);

-- name: session
-- A clone holds functions that somebody else wrote: nothing here is to call them.
set event_triggers = off;
set allow_system_table_mods = on;
set session_replication_role = replica;
set check_function_bodies = off;
set statement_timeout = '60s';
set client_min_messages = error;
set search_path = '';

-- name: give_extension
with owners as (
  select e.oid as extension, r.oid as owner from pg_catalog.pg_extension e, pg_catalog.pg_roles r
  where e.extname = %(name)s and r.rolname = %(owner)s
), given as (
  update pg_catalog.pg_extension e set extowner = o.owner from owners o where e.oid = o.extension
), languages as (
  update pg_catalog.pg_language l set lanowner = o.owner from owners o, pg_catalog.pg_depend d
  where d.refobjid = o.extension and d.classid = 'pg_catalog.pg_language'::regclass and d.objid = l.oid and d.deptype = 'e'
)
update pg_catalog.pg_proc p set proowner = o.owner from owners o, pg_catalog.pg_depend d
where d.refobjid = o.extension and d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e';

-- name: roles
select md5(concat(
  (select string_agg(r.row::text, '' order by r.row::text collate "C")
   from (select to_jsonb(r) - array['oid', 'rolpassword', 'rolconfig'] as row from pg_catalog.pg_roles r) r
   where r.row ->> 'rolname' !~ '^vibe_scratch'),
  (select string_agg(m.row::text, '' order by m.row::text collate "C")
   from (select (to_jsonb(m) - array['oid', 'grantor']) as row from pg_catalog.pg_auth_members m
           join pg_catalog.pg_roles u on u.oid = m.member join pg_catalog.pg_roles g on g.oid = m.roleid
         where u.rolname !~ '^vibe_scratch' and g.rolname !~ '^vibe_scratch') m),
  (select string_agg(concat(s.setrole, s.setconfig), '' order by s.setrole) from pg_catalog.pg_db_role_setting s
   where s.setdatabase = 0)));

-- name: note
comment on database {name} is {note};

-- name: noted
select pg_catalog.shobj_description(oid, 'pg_database') from pg_catalog.pg_database
where datname = pg_catalog.current_database();
