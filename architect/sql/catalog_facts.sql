-- What is true of a database and matters for who may do what, one row (kind, schema, name, detail) for a fact.
-- Run under search_path = '' in one REPEATABLE READ transaction: every deparsed name then carries its schema, and
-- all facts are of one moment. Columns that not every version has are read through to_jsonb(row).
-- Left out: members of extensions (but not what was granted on them), temporary objects, statistics of the planner,
-- column order, values of sequences, comments but for GraphQL directives.

-- name: scope
members as materialized (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
),
spaces as materialized (
  select n.oid, n.nspname::text as name, n.nspowner, n.nspacl from pg_catalog.pg_namespace n
  where n.nspname !~ '^pg_(toast|temp|catalog)' and n.nspname <> 'information_schema'
    and not exists (select from members m where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = n.oid)
),
relations as materialized (
  select c.*, s.name as schema from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (select from members m where m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
),
routines as materialized (
  select p.*, s.name as schema,
         format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) as signature
  from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
  where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid
                      and (d.deptype = 'e' or d.deptype = 'i' and d.refclassid = 'pg_catalog.pg_type'::regclass))
),
types as materialized (
  select t.*, s.name as schema from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace
  where (t.typtype in ('e', 'd', 'r', 'b') and t.typelem = 0 and t.typcategory <> 'A'
         or t.typtype = 'c' and exists (
           select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid)
)

-- name: schema
select 'schema' as kind, '' as schema, name, jsonb_build_object('owner', nspowner::regrole::text) as detail
from spaces

-- name: table
select 'table', r.schema, r.relname::text, jsonb_build_object(
    'relkind', r.relkind, 'owner', r.relowner::regrole::text, 'persistence', r.relpersistence,
    'rls', r.relrowsecurity, 'forced', r.relforcerowsecurity, 'replica_identity', r.relreplident,
    'replica_index', case when r.relreplident = 'i' then (
      select x.relname from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
      where i.indrelid = r.oid and i.indisreplident) end,
    'partition_key', case when r.relkind = 'p' then pg_catalog.pg_get_partkeydef(r.oid) end,
    'bound', case when r.relispartition then pg_catalog.pg_get_expr(r.relpartbound, r.oid) end,
    'parents', (select jsonb_agg(h.inhparent::regclass::text order by h.inhseqno)
                from pg_catalog.pg_inherits h where h.inhrelid = r.oid),
    'options', (select jsonb_agg(o order by o) from unnest(r.reloptions) as o),
    'of_type', nullif(r.reloftype, 0)::regtype::text,
    'access_method', (select a.amname from pg_catalog.pg_am a where a.oid = r.relam),
    'server', (select v.srvname from pg_catalog.pg_foreign_table f
                 join pg_catalog.pg_foreign_server v on v.oid = f.ftserver where f.ftrelid = r.oid),
    -- Foreign keys are kept by internal triggers; `alter table ... disable trigger all` stops them in silence.
    'fk_triggers', coalesce((select jsonb_agg(distinct t.tgenabled order by t.tgenabled)
                    from pg_catalog.pg_trigger t where t.tgrelid = r.oid and t.tgisinternal and t.tgconstraint <> 0),
                   '[]'))
from relations r where r.relkind in ('r', 'p', 'f')

-- name: column
select 'column', r.schema, format('%s.%s', r.relname, a.attname), jsonb_build_object(
    'table', r.relname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
    'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', nullif(a.attcollation, t.typcollation)::regcollation::text,
    'local', a.attislocal, 'options', a.attfdwoptions is not null)
from pg_catalog.pg_attribute a
  join relations r on r.oid = a.attrelid
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p', 'f')

-- name: constraint
-- Not-null constraints are left to the columns: the server makes up their names.
select 'constraint', r.schema, format('%s.%s', r.relname, c.conname), jsonb_build_object(
    'table', r.relname, 'type', c.contype, 'definition', pg_catalog.pg_get_constraintdef(c.oid),
    'validated', c.convalidated, 'enforced', coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true),
    'inherited', c.coninhcount > 0, 'references', nullif(c.confrelid, 0)::regclass::text)
from pg_catalog.pg_constraint c join relations r on r.oid = c.conrelid
where c.contype in ('c', 'f', 'p', 'u', 'x')

-- name: index
select 'index', r.schema, format('%s.%s', r.relname, x.relname), jsonb_build_object(
    'table', r.relname, 'index', x.relname, 'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid, 'ready', i.indisready, 'live', i.indislive, 'unique', i.indisunique,
    'primary', i.indisprimary, 'clustered', i.indisclustered,
    'options', (select jsonb_agg(o order by o) from unnest(x.reloptions) as o),
    'parent', (select h.inhparent::regclass::text from pg_catalog.pg_inherits h where h.inhrelid = x.oid),
    'constraint', (select c.conname from pg_catalog.pg_constraint c
                   where c.conindid = i.indexrelid and c.conrelid = i.indrelid and c.contype in ('p', 'u', 'x')))
from pg_catalog.pg_index i join relations r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid

-- name: policy
select 'policy', r.schema, format('%s.%s', r.relname, p.polname), jsonb_build_object(
    'table', r.relname, 'policy', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
    'roles', (select jsonb_agg(distinct name order by name)
              from unnest(p.polroles) as o, lateral (select case o when 0 then 'public' else o::regrole::text end as name) n),
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
from pg_catalog.pg_policy p join relations r on r.oid = p.polrelid

-- name: trigger
select 'trigger', r.schema, format('%s.%s', r.relname, t.tgname), jsonb_build_object(
    'table', r.relname, 'trigger', t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid),
    'enabled', t.tgenabled, 'inherited', t.tgparentid <> 0, 'function', t.tgfoid::regprocedure::text)
from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal

-- name: rule
select 'rule', r.schema, format('%s.%s', r.relname, w.rulename), jsonb_build_object(
    'table', r.relname, 'rule', w.rulename, 'definition', pg_catalog.pg_get_ruledef(w.oid), 'enabled', w.ev_enabled)
from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'

-- name: view
select case r.relkind when 'v' then 'view' else 'matview' end, r.schema, r.relname::text, jsonb_build_object(
    'owner', r.relowner::regrole::text, 'definition', pg_catalog.pg_get_viewdef(r.oid),
    'options', (select jsonb_agg(o order by o) from unnest(r.reloptions) as o),
    'populated', r.relispopulated,
    'columns', (select jsonb_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum)
                from pg_catalog.pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped))
from relations r where r.relkind in ('v', 'm')

-- name: sequence
select 'sequence', r.schema, r.relname::text, jsonb_build_object(
    'owner', r.relowner::regrole::text, 'persistence', r.relpersistence, 'type', format_type(s.seqtypid, null),
    'start', s.seqstart, 'increment', s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache,
    'cycle', s.seqcycle,
    'owned_by', (select format('%s.%s', d.refobjid::regclass, a.attname)
                 from pg_catalog.pg_depend d
                   join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
                 where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = r.oid and d.deptype in ('a', 'i')
                   and d.refclassid = 'pg_catalog.pg_class'::regclass),
    'identity', exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass
                          and d.objid = r.oid and d.deptype = 'i'))
from relations r join pg_catalog.pg_sequence s on s.seqrelid = r.oid

-- name: function
select 'function', p.schema, p.signature, jsonb_build_object(
    'kind', p.prokind, 'owner', p.proowner::regrole::text, 'language', l.lanname,
    'arguments', pg_catalog.pg_get_function_arguments(p.oid), 'returns', pg_catalog.pg_get_function_result(p.oid),
    'body', p.prosrc, 'sql_body', pg_catalog.pg_get_function_sqlbody(p.oid), 'library', p.probin,
    'definer', p.prosecdef, 'volatility', p.provolatile, 'leakproof', p.proleakproof, 'strict', p.proisstrict,
    'parallel', p.proparallel, 'cost', p.procost, 'rows', p.prorows,
    'config', (select jsonb_agg(o order by o) from unnest(p.proconfig) as o),
    'definition', case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end,
    'aggregate', (select to_jsonb(a) - 'aggfnoid' from (
      select g.aggkind, g.aggnumdirectargs, g.aggtransfn::regprocedure::text as aggtransfn,
             g.aggfinalfn::oid::regprocedure::text as aggfinalfn, g.aggtranstype::regtype::text as aggtranstype,
             g.agginitval, g.aggfnoid::oid from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid) a))
from routines p join pg_catalog.pg_language l on l.oid = p.prolang

-- name: type
select case t.typtype when 'd' then 'domain' else 'type' end, t.schema, t.typname::text, jsonb_build_object(
    'kind', t.typtype, 'owner', t.typowner::regrole::text, 'not_null', t.typnotnull, 'default', t.typdefault,
    'base', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
    'collation', case when t.typtype = 'd' then nullif(t.typcollation, 0)::regcollation::text end,
    'labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
               where e.enumtypid = t.oid),
    'fields', (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum)
               from pg_catalog.pg_attribute a
               where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
    'range', (select format_type(g.rngsubtype, null) from pg_catalog.pg_range g where g.rngtypid = t.oid),
    'checks', (select jsonb_object_agg(c.conname, jsonb_build_array(pg_catalog.pg_get_constraintdef(c.oid), c.convalidated))
               from pg_catalog.pg_constraint c where c.contypid = t.oid and c.contype = 'c'))
from types t

-- name: extension
select 'extension', '', e.extname::text, jsonb_build_object(
    'schema', e.extnamespace::regnamespace::text, 'version', e.extversion, 'owner', e.extowner::regrole::text)
from pg_catalog.pg_extension e

-- name: event_trigger
select 'event_trigger', '', e.evtname::text, jsonb_build_object(
    'event', e.evtevent, 'function', e.evtfoid::regprocedure::text, 'enabled', e.evtenabled,
    'tags', (select jsonb_agg(t order by t) from unnest(e.evttags) as t), 'owner', e.evtowner::regrole::text)
from pg_catalog.pg_event_trigger e
where not exists (select from members m where m.classid = 'pg_catalog.pg_event_trigger'::regclass and m.objid = e.oid)

-- name: publication
select 'publication', '', p.pubname::text, jsonb_build_object(
    'owner', p.pubowner::regrole::text, 'all_tables', p.puballtables, 'insert', p.pubinsert, 'update', p.pubupdate,
    'delete', p.pubdelete, 'truncate', p.pubtruncate, 'via_root', p.pubviaroot,
    'generated', to_jsonb(p) ->> 'pubgencols',
    'schemas', (select jsonb_agg(n.pnnspid::regnamespace::text order by n.pnnspid::regnamespace::text)
                from pg_catalog.pg_publication_namespace n where n.pnpubid = p.oid))
from pg_catalog.pg_publication p

-- name: publication_table
select 'publication_table', n.nspname::text, format('%s: %s', p.pubname, c.relname), jsonb_build_object(
    'publication', p.pubname, 'table', c.relname, 'filter', pg_catalog.pg_get_expr(r.prqual, r.prrelid),
    'columns', (select jsonb_agg(a.attname order by a.attname) from pg_catalog.pg_attribute a
                where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)))
from pg_catalog.pg_publication_rel r
  join pg_catalog.pg_publication p on p.oid = r.prpubid
  join pg_catalog.pg_class c on c.oid = r.prrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace

-- name: statistics
select 'statistics', s.name, x.stxname::text, jsonb_build_object(
    'owner', x.stxowner::regrole::text, 'definition', pg_catalog.pg_get_statisticsobjdef(x.oid),
    'table', x.stxrelid::regclass::text)
from pg_catalog.pg_statistic_ext x join spaces s on s.oid = x.stxnamespace

-- name: role
-- Roles belong to all databases of a server.
select 'role', '', r.rolname::text, jsonb_build_object(
    'superuser', r.rolsuper, 'bypass_rls', r.rolbypassrls, 'inherit', r.rolinherit, 'login', r.rolcanlogin,
    'create_role', r.rolcreaterole, 'create_db', r.rolcreatedb, 'replication', r.rolreplication,
    'connection_limit', r.rolconnlimit, 'valid_until', r.rolvaliduntil is not null)
from pg_catalog.pg_roles r where r.rolname !~ '^pg_'

-- name: membership
select 'membership', '', format('%s in %s', m.member::regrole, m.roleid::regrole), jsonb_build_object(
    'member', m.member::regrole::text, 'role', m.roleid::regrole::text, 'admin', bool_or(m.admin_option),
    'inherit', bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)),
    'set', bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)))
from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.member
where m.member::regrole::text !~ '^pg_'
group by m.member, m.roleid

-- name: setting
-- The database's own name is left out: a clone has another one. What looks like a secret is only hashed.
select case s.setrole when 0 then 'database_setting' else 'role_setting' end, '',
       case s.setrole when 0 then o.name else format('%s%s: %s', s.setrole::regrole,
         case s.setdatabase when 0 then '' else ' in this database' end, o.name) end,
       jsonb_build_object('role', case s.setrole when 0 then null else s.setrole::regrole::text end, 'setting', o.name,
         'here', s.setdatabase <> 0,
         'value', case when o.name ~* '(secret|password|passwd|token|key|credential)'
                    then 'sha256 ' || left(encode(sha256(convert_to(o.value, 'UTF8')), 'hex'), 16) else o.value end)
from pg_catalog.pg_db_role_setting s
  cross join lateral (
    select split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value from unnest(s.setconfig) as c) o
where s.setdatabase = 0
   or s.setdatabase = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())

-- name: grant
-- Who granted does not matter, who holds does. A list that is null stands for the defaults; an owner who holds all
-- that owners hold says nothing. On system objects and members of extensions only what differs from the start counts.
select 'grant', l.schema, format('%s %s to %s', l.kind, l.name, l.grantee),
       jsonb_build_object('object_kind', l.kind, 'object', l.name, 'grantee', l.grantee, 'privileges', l.privileges)
from (
  select o.kind, o.schema, o.name, case when a.grantee = 0 then 'public' when a.grantee = o.owner then 'its owner'
           else a.grantee::regrole::text end as grantee,
         jsonb_agg(distinct a.privilege_type || case when a.is_grantable and a.grantee <> o.owner then ' with grant option' else '' end) as privileges,
         a.grantee = o.owner as own, o.class, o.owner
  from (
    select 'schema' as kind, '' as schema, name, nspowner as owner, 'n'::"char" as class,
           coalesce(nspacl, acldefault('n', nspowner)) as acl from spaces
    union all
    select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'matview' else 'table' end,
           schema, relname, relowner, case relkind when 'S' then 's' else 'r' end::"char",
           coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
    from relations
    union all
    select 'column', r.schema, format('%s.%s', r.relname, a.attname), r.relowner, 'c', a.attacl
    from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
    where a.attnum > 0 and not a.attisdropped and a.attacl is not null
    union all
    select 'function', schema, signature, proowner, 'f', coalesce(proacl, acldefault('f', proowner)) from routines
    union all
    select 'type', schema, typname, typowner, 'T', coalesce(typacl, acldefault('T', typowner)) from types
    union all
    select 'database', '', 'this database', datdba, 'd', coalesce(datacl, acldefault('d', datdba))
    from pg_catalog.pg_database where datname = pg_catalog.current_database()
    union all
    select 'language', '', lanname, lanowner, 'l', coalesce(lanacl, acldefault('l', lanowner))
    from pg_catalog.pg_language where lanacl is not null
    union all
    select 'foreign data wrapper', '', fdwname, fdwowner, 'F', coalesce(fdwacl, acldefault('F', fdwowner))
    from pg_catalog.pg_foreign_data_wrapper
    union all
    select 'foreign server', '', srvname, srvowner, 'S', coalesce(srvacl, acldefault('S', srvowner))
    from pg_catalog.pg_foreign_server
    union all
    select 'parameter', '', parname, 10, 'p', paracl from pg_catalog.pg_parameter_acl
    union all
    select 'system relation', n.nspname, c.relname, c.relowner, 'r', c.relacl
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_init_privs i on i.classoid = 'pg_catalog.pg_class'::regclass and i.objoid = c.oid and i.objsubid = 0
    where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_(toast|temp)'
      and not exists (select from relations r where r.oid = c.oid)
      and c.relacl is distinct from i.initprivs
    union all
    select 'system function', n.nspname, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)),
           p.proowner, 'f', p.proacl
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      left join pg_catalog.pg_init_privs i on i.classoid = 'pg_catalog.pg_proc'::regclass and i.objoid = p.oid
    where p.proacl is not null and not exists (select from routines r where r.oid = p.oid)
      and p.proacl is distinct from i.initprivs
  ) o cross join lateral aclexplode(o.acl) as a
  group by o.kind, o.schema, o.name, o.owner, o.class, a.grantee
) l
where not l.own or l.class <> 'c' and l.class <> 'p' and l.privileges is distinct from (
  select jsonb_agg(distinct d.privilege_type) from aclexplode(acldefault(l.class, l.owner)) d where d.grantee = l.owner)

-- name: default_privileges
-- A list without an entry says that nothing is granted, which is a fact of its own.
select 'default_privileges', '', format('%s of %s in %s', d.defaclobjtype, d.defaclrole::regrole,
         coalesce(s.name, 'every schema')),
       jsonb_build_object('role', d.defaclrole::regrole::text, 'schema', s.name, 'object_kind', d.defaclobjtype, 'holders', (
         select coalesce(jsonb_object_agg(g.grantee, g.privileges), '{}') from (
           select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
                  jsonb_agg(distinct a.privilege_type || case when a.is_grantable then ' with grant option' else '' end) as privileges
           from aclexplode(d.defaclacl) a group by a.grantee) g))
from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace s2 on s2.oid = d.defaclnamespace
  left join spaces s on s.oid = s2.oid
where d.defaclnamespace = 0 or s.oid is not null

-- name: graphql
-- Comments are words, but pg_graphql takes orders from them.
select 'graphql', '', format('%s %s', i.type, i.identity), jsonb_build_object('comment', d.description)
from pg_catalog.pg_description d
  cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
where d.description like '%@graphql%'

-- name: other
-- What is not modelled property by property is at least known to be there.
select 'other', '', format('%s %s', i.type, i.identity), jsonb_build_object('type', i.type)
from (
  select 'pg_catalog.pg_cast'::regclass as class, oid from pg_catalog.pg_cast where oid >= 16384
  union all select 'pg_catalog.pg_operator'::regclass, oid from pg_catalog.pg_operator where oid >= 16384
  union all select 'pg_catalog.pg_opclass'::regclass, oid from pg_catalog.pg_opclass where oid >= 16384
  union all select 'pg_catalog.pg_opfamily'::regclass, oid from pg_catalog.pg_opfamily where oid >= 16384
  union all select 'pg_catalog.pg_collation'::regclass, oid from pg_catalog.pg_collation where oid >= 16384
  union all select 'pg_catalog.pg_conversion'::regclass, oid from pg_catalog.pg_conversion where oid >= 16384
  union all select 'pg_catalog.pg_am'::regclass, oid from pg_catalog.pg_am where oid >= 16384
  union all select 'pg_catalog.pg_language'::regclass, oid from pg_catalog.pg_language where oid >= 16384
  union all select 'pg_catalog.pg_transform'::regclass, oid from pg_catalog.pg_transform where oid >= 16384
  union all select 'pg_catalog.pg_ts_config'::regclass, oid from pg_catalog.pg_ts_config where oid >= 16384
  union all select 'pg_catalog.pg_ts_dict'::regclass, oid from pg_catalog.pg_ts_dict where oid >= 16384
  union all select 'pg_catalog.pg_ts_parser'::regclass, oid from pg_catalog.pg_ts_parser where oid >= 16384
  union all select 'pg_catalog.pg_ts_template'::regclass, oid from pg_catalog.pg_ts_template where oid >= 16384
  union all select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid from pg_catalog.pg_foreign_data_wrapper where oid >= 16384
  union all select 'pg_catalog.pg_foreign_server'::regclass, oid from pg_catalog.pg_foreign_server where oid >= 16384
) o cross join lateral pg_catalog.pg_identify_object(o.class, o.oid, 0) i
where not exists (select from members m where m.classid = o.class and m.objid = o.oid)
