-- Facts of roles, settings, publications and event triggers. Roles belong to all databases of a server.

-- name: role
select 'role', '', r.rolname::text, json_build_object(
    'superuser', r.rolsuper, 'bypass_rls', r.rolbypassrls, 'inherit', r.rolinherit, 'login', r.rolcanlogin,
    'create_role', r.rolcreaterole, 'create_db', r.rolcreatedb, 'replication', r.rolreplication,
    'connection_limit', r.rolconnlimit, 'valid_until', r.rolvaliduntil)
from pg_catalog.pg_roles r where r.rolname !~ '^pg_'

-- name: membership
-- One role may be a member by the word of several others.
select 'membership', '', pg_catalog.format('%s.%s', m.member, m.role), json_build_object(
    'member', m.member, 'role', m.role, 'admin', bool_or(m.admin_option),
    'inherit', bool_or(m.inherit), 'set', bool_or(m.set))
from (
  select u.rolname::text as member, pg_catalog.pg_get_userbyid(a.roleid)::text as role, a.admin_option,
         coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, u.rolinherit) as inherit,
         coalesce((to_jsonb(a) ->> 'set_option')::boolean, true) as set
  from pg_catalog.pg_auth_members a join pg_catalog.pg_roles u on u.oid = a.member) m
where m.member !~ '^pg_' or m.role !~ '^pg_'
group by m.member, m.role

-- name: setting
-- The database's own name is left out: a clone has another one. What looks like a secret is only hashed.
select case s.setrole when 0 then 'database_setting' else 'role_setting' end, '',
       case s.setrole when 0 then o.name else pg_catalog.format('%s.%s%s', pg_catalog.pg_get_userbyid(s.setrole), o.name,
         case s.setdatabase when 0 then '' else ' in this database' end) end,
       json_build_object(
         'role', case s.setrole when 0 then null else pg_catalog.pg_get_userbyid(s.setrole) end, 'setting', o.name,
         'here', s.setdatabase <> 0,
         'secret', o.secret, 'value', case when o.secret
           then 'sha256 ' || left(encode(sha256(convert_to(o.value, 'UTF8')), 'hex'), 16) else o.value end)
from pg_catalog.pg_db_role_setting s
  cross join lateral (
    select split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value,
           split_part(c, '=', 1) ~* '(secret|password|passwd|token|key|credential)' as secret
    from unnest(s.setconfig) as c) o
where (s.setdatabase = 0
   or s.setdatabase = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
  -- What a database searches by default is no fact: everything here is read, and should be written, without it.
  and not (s.setrole = 0 and o.name = 'search_path')

-- name: database
select 'database', '', 'this database', json_build_object(
    'owner', pg_catalog.pg_get_userbyid(d.datdba), 'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
    'allow_connections', d.datallowconn, 'connection_limit', d.datconnlimit)
from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()

-- name: event_trigger
select 'event_trigger', '', e.evtname::text, json_build_object(
    'event', e.evtevent, 'function', e.evtfoid::regprocedure::text, 'enabled', e.evtenabled,
    'tags', (select json_agg(t order by t collate "C") from unnest(e.evttags) as t),
    'owner', pg_catalog.pg_get_userbyid(e.evtowner))
from pg_catalog.pg_event_trigger e
where not exists (select from members m where m.classid = 'pg_catalog.pg_event_trigger'::regclass and m.objid = e.oid)

-- name: publication
select 'publication', '', p.pubname::text, json_build_object(
    'owner', pg_catalog.pg_get_userbyid(p.pubowner), 'all_tables', p.puballtables, 'insert', p.pubinsert,
    'update', p.pubupdate, 'delete', p.pubdelete, 'truncate', p.pubtruncate, 'via_root', p.pubviaroot,
    'generated', nullif(to_jsonb(p) ->> 'pubgencols', 'n'),
    'all_sequences', coalesce((to_jsonb(p) ->> 'puballsequences')::boolean, false))
from pg_catalog.pg_publication p

-- name: publication_table
select 'publication_table', n.nspname::text, pg_catalog.format('%s.%s', p.pubname, c.relname), json_build_object(
    'publication', p.pubname, 'table', c.relname, 'filter', pg_catalog.pg_get_expr(r.prqual, r.prrelid),
    'columns', (select json_agg(a.attname order by a.attname) from pg_catalog.pg_attribute a
                where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)))
from pg_catalog.pg_publication_rel r
  join pg_catalog.pg_publication p on p.oid = r.prpubid
  join pg_catalog.pg_class c on c.oid = r.prrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace

-- name: publication_schema
select 'publication_schema', '', pg_catalog.format('%s.%s', p.pubname, n.nspname), json_build_object(
    'publication', p.pubname, 'schema', n.nspname)
from pg_catalog.pg_publication_namespace r
  join pg_catalog.pg_publication p on p.oid = r.pnpubid
  join pg_catalog.pg_namespace n on n.oid = r.pnnspid

-- name: subscription
-- Not its connection string, which holds a password.
select 'subscription', '', s.subname::text, json_build_object(
    'owner', pg_catalog.pg_get_userbyid(s.subowner), 'enabled', s.subenabled, 'publications', (
      select json_agg(p order by p collate "C") from unnest(s.subpublications) as p))
from pg_catalog.pg_subscription s
where s.subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())

-- name: graphql
-- Comments are words, but pg_graphql takes orders from them.
select 'graphql', '', pg_catalog.format('%s %s', i.type, i.identity), json_build_object(
    'object_type', i.type, 'identity', i.identity, 'comment', d.description)
from pg_catalog.pg_description d
  cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
where d.description like '%@graphql%'

-- name: security_label
select 'security_label', '', pg_catalog.format('%s %s: %s', i.type, i.identity, l.provider), json_build_object(
    'object_type', i.type, 'identity', i.identity, 'provider', l.provider, 'label', l.label)
from (
    select classoid, objoid, objsubid, provider, label from pg_catalog.pg_seclabel
    union all select classoid, objoid, 0, provider, label from pg_catalog.pg_shseclabel
    where classoid = 'pg_catalog.pg_authid'::regclass) l
  cross join lateral pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i
