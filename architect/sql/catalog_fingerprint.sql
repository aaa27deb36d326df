-- One definition of "the same catalog". `facts` lists what is true of a database, one row per fact; `digest` hashes
-- those rows whatever their order. Run under search_path = '', so that every deparsed name carries its schema.
-- Left out on purpose: oids, the database's name, column order, comments, statistics, members of extensions, and the
-- schemas the platform itself owns and upgrades, but for the policies people write on Storage and Realtime.

-- name: facts
with
members as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
),
schemas as (
  select oid, nspname::text as name, nspowner, nspacl from pg_catalog.pg_namespace
  where nspname !~ '^pg_' and nspname <> all (array[
      'information_schema', 'auth', 'storage', 'realtime', '_realtime', 'extensions', 'supabase_migrations',
      'supabase_functions', 'graphql', 'graphql_public', 'vault', 'cron', 'net', 'pgbouncer', 'pgsodium',
      'pgsodium_masks', 'pgmq', 'pgtle', 'tiger', 'tiger_data', 'topology'])
    and not exists (select from members m where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = oid)
),
relations as (
  select c.*, s.name as schema, format('%s.%s', s.name, c.relname) as path
  from pg_catalog.pg_class c join schemas s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not c.relispartition
    and not exists (select from members m where m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
),
-- Policies and the lock of the tables that Storage and Realtime guard by them.
guarded as (
  select oid, path, relrowsecurity, relforcerowsecurity from relations where relkind in ('r', 'p')
  union all
  select c.oid, format('%s.%s', n.nspname, c.relname), c.relrowsecurity, c.relforcerowsecurity
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where (n.nspname, c.relname) in (('storage', 'objects'), ('storage', 'buckets'), ('realtime', 'messages'))
),
routines as (
  select p.*, format('%s.%s(%s)', s.name, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as path
  from pg_catalog.pg_proc p join schemas s on s.oid = p.pronamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid)
),
types as (
  select t.*, format('%s.%s', s.name, t.typname) as path
  from pg_catalog.pg_type t join schemas s on s.oid = t.typnamespace
  where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and exists (
      select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
    and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid)
),
-- Access lists, with what a null list stands for written out.
lists as (
  select 'schema' as kind, name as path, coalesce(nspacl, acldefault('n', nspowner)) as acl from schemas
  union all
  select 'relation', path, coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
  from relations
  union all
  select 'column', format('%s.%s', r.path, a.attname), a.attacl
  from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
  where a.attnum > 0 and not a.attisdropped and a.attacl is not null
  union all
  select 'function', path, coalesce(proacl, acldefault('f', proowner)) from routines
  union all
  select 'type', path, coalesce(typacl, acldefault('T', typowner)) from types
  union all
  select 'default', format('%s in %s for %s', d.defaclobjtype, coalesce(s.name, 'every schema'), d.defaclrole::regrole),
         d.defaclacl
  from pg_catalog.pg_default_acl d left join schemas s on s.oid = d.defaclnamespace
  where d.defaclnamespace = 0 or s.oid is not null
)
select 'schema' as kind, name as identity, jsonb_build_object('owner', nspowner::regrole::text) as fact from schemas
union all
select 'relation', path, jsonb_build_object(
    'kind', relkind, 'owner', relowner::regrole::text, 'persistence', relpersistence,
    'options', (select array_agg(o order by o) from unnest(reloptions) as o),
    'view', case when relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(oid) end)
from relations
union all
select 'row_security', path, jsonb_build_object('enabled', relrowsecurity, 'forced', relforcerowsecurity) from guarded
union all
select 'column', format('%s.%s', r.path, a.attname), jsonb_build_object(
    'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
    'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', nullif(a.attcollation, t.typcollation)::regcollation::text)
from pg_catalog.pg_attribute a
  join relations r on r.oid = a.attrelid
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
union all
-- Not-null constraints are left to the columns: their names are made up by the server.
select 'constraint', format('%s.%s', r.path, c.conname), jsonb_build_object(
    'definition', pg_catalog.pg_get_constraintdef(c.oid), 'validated', c.convalidated)
from pg_catalog.pg_constraint c join relations r on r.oid = c.conrelid
where c.contype in ('c', 'f', 'p', 'u', 'x')
union all
select 'index', format('%s.%s', r.path, x.relname), jsonb_build_object(
    'definition', pg_catalog.pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid)
from pg_catalog.pg_index i join relations r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid
union all
select 'policy', format('%s.%s', g.path, p.polname), jsonb_build_object(
    'command', p.polcmd, 'permissive', p.polpermissive,
    'roles', (select array_agg(case o when 0 then 'public' else o::regrole::text end order by 1)
              from unnest(p.polroles) as o),
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
from pg_catalog.pg_policy p join guarded g on g.oid = p.polrelid
union all
select 'trigger', format('%s.%s', r.path, t.tgname), jsonb_build_object(
    'definition', pg_catalog.pg_get_triggerdef(t.oid), 'enabled', t.tgenabled)
from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal
union all
select 'rule', format('%s.%s', r.path, w.rulename), jsonb_build_object(
    'definition', pg_catalog.pg_get_ruledef(w.oid), 'enabled', w.ev_enabled)
from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'
union all
select 'function', p.path, jsonb_build_object(
    'kind', p.prokind, 'owner', p.proowner::regrole::text, 'language', l.lanname,
    'arguments', pg_catalog.pg_get_function_arguments(p.oid), 'returns', pg_catalog.pg_get_function_result(p.oid),
    'body', coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc), 'definer', p.prosecdef,
    'volatility', p.provolatile, 'leakproof', p.proleakproof, 'strict', p.proisstrict, 'parallel', p.proparallel,
    'config', (select array_agg(o order by o) from unnest(p.proconfig) as o))
from routines p join pg_catalog.pg_language l on l.oid = p.prolang
union all
select 'type', path, jsonb_build_object(
    'kind', typtype, 'owner', typowner::regrole::text, 'not_null', typnotnull, 'default', typdefault,
    'base', case when typtype = 'd' then format_type(typbasetype, typtypmod) end,
    'labels', (select array_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
               where e.enumtypid = types.oid),
    'fields', (select array_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum)
               from pg_catalog.pg_attribute a
               where a.attrelid = types.typrelid and a.attnum > 0 and not a.attisdropped),
    'checks', (select array_agg(pg_catalog.pg_get_constraintdef(c.oid) order by 1) from pg_catalog.pg_constraint c
               where c.contypid = types.oid and c.contype = 'c'))
from types
union all
-- What Realtime sends out to whoever may read the row.
select 'publication', p.pubname, jsonb_build_object(
    'all_tables', p.puballtables,
    'operations', array[p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate], 'via_root', p.pubviaroot,
    'tables', (select jsonb_agg(jsonb_build_array(t.schemaname, t.tablename, t.rowfilter,
                                  (select array_agg(a order by a) from unnest(t.attnames) as a))
                                order by t.schemaname, t.tablename)
               from pg_catalog.pg_publication_tables t join schemas s on s.name = t.schemaname
               where t.pubname = p.pubname))
from pg_catalog.pg_publication p where p.pubname not like 'supabase_realtime_messages%'
union all
select 'extension', e.extname, jsonb_build_object('schema', e.extnamespace::regnamespace::text)
from pg_catalog.pg_extension e
union all
-- Who granted does not matter, who holds does.
select 'grant', format('%s %s to %s', l.kind, l.path, case a.grantee when 0 then 'public' else a.grantee::regrole::text end),
       jsonb_agg(distinct format('%s%s', a.privilege_type, case when a.is_grantable then ' with grant option' else '' end))
from lists l cross join lateral aclexplode(l.acl) as a
group by l.kind, l.path, a.grantee
union all
-- Default privileges: a list without entries says that nothing is granted, which is a fact of its own.
select 'default_privileges', path, to_jsonb(cardinality(acl)) from lists where kind = 'default'
union all
select 'role', r.rolname, jsonb_build_object(
    'superuser', r.rolsuper, 'bypass_rls', r.rolbypassrls, 'inherit', r.rolinherit, 'login', r.rolcanlogin,
    'create_role', r.rolcreaterole, 'create_db', r.rolcreatedb, 'replication', r.rolreplication,
    'member_of', (select array_agg(g.rolname order by g.rolname)
                  from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
                  where m.member = r.oid),
    'settings', (select array_agg(o order by o)
                 from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) as o
                 where s.setrole = r.oid and (s.setdatabase = 0 or s.setdatabase = (
                   select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))))
from pg_catalog.pg_roles r
where r.rolname in ('anon', 'authenticated', 'service_role', 'authenticator')

-- name: digest
with hashed as (
  select kind, encode(sha256(convert_to(concat_ws(E'\x01', kind, identity, fact), 'UTF8')), 'hex') as hash
  from (
/*facts*/
  ) as facts
),
kinds as (
  select kind, count(*) as facts,
         encode(sha256(convert_to(string_agg(hash, '' order by hash collate "C"), 'UTF8')), 'hex') as hash
  from hashed group by kind
)
select jsonb_build_object(
    'version', 2,
    'fingerprint', encode(sha256(convert_to(string_agg(kind || hash, '' order by kind collate "C"), 'UTF8')), 'hex'),
    'facts', sum(facts),
    'kinds', jsonb_object_agg(kind, jsonb_build_object('facts', facts, 'hash', hash))
  ) as fingerprint
from kinds

-- name: function
-- Reads only what every role may read of the catalog, so it runs with its caller's rights.
create or replace function public.catalog_fingerprint() returns jsonb
  language sql stable security invoker set search_path = ''
  as $catalog$
/*digest*/
$catalog$;
revoke all on function public.catalog_fingerprint() from public, anon, authenticated;
grant execute on function public.catalog_fingerprint() to service_role;
