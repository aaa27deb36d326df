-- Facts of privileges: who holds what on what, whoever granted it and in whatever order.

-- name: grant
-- A list that is null stands for the defaults. An owner who holds all that owners hold says nothing, so that a new
-- owner does not look like grants.
select 'grant', l.schema, pg_catalog.format('%s %s: %s', l.kind, l.name, l.holder), json_build_object(
    'object_kind', l.kind, 'object', l.name, 'grantee', l.holder,
    'privileges', json_object_agg(l.privilege, l.grantable order by l.privilege collate "C"))
from (
  select o.kind, o.schema, o.name, o.class, o.owner, a.grantee = o.owner as own, a.privilege_type as privilege,
         case when a.grantee = 0 then 'public' when a.grantee = o.owner then 'its owner'
           else pg_catalog.pg_get_userbyid(a.grantee)::text end as holder,
         bool_or(a.is_grantable and a.grantee <> o.owner) as grantable
  from (
    select 'schema' as kind, '' as schema, name, nspowner as owner, 'n'::"char" as class,
           coalesce(nspacl, pg_catalog.acldefault('n', nspowner)) as acl
    from spaces where not built_in
    union all
    select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'matview' else 'table' end,
           schema, relname, relowner, case relkind when 'S' then 's' else 'r' end::"char",
           coalesce(relacl, pg_catalog.acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
    from relations
    union all
    select 'column', r.schema, pg_catalog.format('%s.%s', r.relname, a.attname), r.relowner, 'c', a.attacl
    from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
    where a.attnum > 0 and not a.attisdropped and a.attacl is not null
    union all
    select 'function', schema, signature, proowner, 'f', coalesce(proacl, pg_catalog.acldefault('f', proowner)) from routines
    union all
    select case typtype when 'd' then 'domain' else 'type' end, schema, typname, typowner, 'T',
           coalesce(typacl, pg_catalog.acldefault('T', typowner)) from types
    union all
    select 'database', '', 'this database', datdba, 'd', coalesce(datacl, pg_catalog.acldefault('d', datdba))
    from pg_catalog.pg_database where datname = pg_catalog.current_database()
    union all
    select 'language', '', lanname, lanowner, 'l', coalesce(lanacl, pg_catalog.acldefault('l', lanowner))
    from pg_catalog.pg_language where oid >= 16384 or lanacl is not null
    union all
    select 'foreign data wrapper', '', fdwname, fdwowner, 'F', coalesce(fdwacl, pg_catalog.acldefault('F', fdwowner))
    from pg_catalog.pg_foreign_data_wrapper
    union all
    select 'foreign server', '', srvname, srvowner, 'S', coalesce(srvacl, pg_catalog.acldefault('S', srvowner))
    from pg_catalog.pg_foreign_server
    union all
    select 'large object', '', oid::text, lomowner, 'L', lomacl
    from pg_catalog.pg_largeobject_metadata where lomacl is not null
    union all
    select 'parameter', '', parname, 10, 'p', paracl from pg_catalog.pg_parameter_acl
  ) o cross join lateral pg_catalog.aclexplode(o.acl) as a
  group by 1, 2, 3, 4, 5, 6, 7, 8
) l
group by l.kind, l.schema, l.name, l.class, l.owner, l.own, l.holder
having not l.own or l.class not in ('c', 'p') and (
  select count(distinct d.privilege_type) from pg_catalog.aclexplode(pg_catalog.acldefault(l.class, l.owner)) d
  where d.grantee = l.owner and d.privilege_type <> 'MAINTAIN')
  > count(*) filter (where l.privilege <> 'MAINTAIN')

-- name: grant_lost
-- An owner who holds nothing has no entry.
select 'grant', o.schema, pg_catalog.format('%s %s: its owner', o.kind, o.name), json_build_object(
    'object_kind', o.kind, 'object', o.name, 'grantee', 'its owner', 'privileges', json_build_object())
from (
  select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'matview' else 'table' end as kind,
         schema, relname::text as name, relowner as owner, relacl as acl from relations where relacl is not null
  union all
  select 'function', schema, signature, proowner, proacl from routines where proacl is not null
  union all
  select 'schema', '', name, nspowner, nspacl from spaces where nspacl is not null and not built_in
) o
where not exists (select from pg_catalog.aclexplode(o.acl) a where a.grantee = o.owner)

-- name: system_grant
-- On the server's own objects and on parts of extensions: the holders who hold something else than at the start.
select 'grant', d.schema, pg_catalog.format('%s %s: %s', d.kind, d.name, d.holder), json_build_object(
    'object_kind', d.kind, 'object', d.name, 'grantee', d.holder, 'system', true, 'privileges', coalesce(d.now, '{}'),
    'start', coalesce(d.start, '{}'))
from (
  select e.kind, e.schema, e.name, e.holder,
         jsonb_object_agg(e.privilege, e.now_grantable) filter (where e.is_now) as now,
         jsonb_object_agg(e.privilege, e.start_grantable) filter (where e.was) as start
  from (
    select o.kind, o.schema, o.name, a.privilege_type as privilege,
           case a.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end as holder,
           bool_or(a.now) as is_now, bool_or(not a.now) as was,
           bool_or(a.now and a.is_grantable) as now_grantable, bool_or(not a.now and a.is_grantable) as start_grantable
    from (
      select case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end as kind, s.name as schema,
             c.relname::text as name, c.relowner as owner, 'pg_catalog.pg_class'::regclass as class, c.oid, 0 as part,
             c.relacl as acl
      from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
      where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and not exists (select from relations r where r.oid = c.oid)
      union all
      select 'column', s.name, pg_catalog.format('%s.%s', c.relname, a.attname), c.relowner, 'pg_catalog.pg_class'::regclass,
             c.oid, a.attnum, a.attacl
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        join spaces s on s.oid = c.relnamespace
      where a.attacl is not null and not exists (select from relations r where r.oid = c.oid)
      union all
      select 'function', s.name, pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)),
             p.proowner, 'pg_catalog.pg_proc'::regclass, p.oid, 0, p.proacl
      from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
      where p.proacl is not null and not exists (select from routines r where r.oid = p.oid)
      union all
      select 'schema', '', name, nspowner, 'pg_catalog.pg_namespace'::regclass, oid, 0, nspacl
      from spaces where built_in and nspacl is not null
    ) o
      left join pg_catalog.pg_init_privs i on i.classoid = o.class and i.objoid = o.oid and i.objsubid = o.part
      cross join lateral (
        select true as now, grantee, privilege_type, is_grantable from pg_catalog.aclexplode(o.acl)
        union all
        -- A function that nothing was said about may be called by all.
        select false, grantee, privilege_type, is_grantable
        from pg_catalog.aclexplode(coalesce(i.initprivs, case o.kind when 'function' then pg_catalog.acldefault('f', o.owner) end))) a
    -- The server does not keep what information_schema starts with: all may look, nobody else holds anything.
    where o.acl is distinct from i.initprivs
      and (o.schema <> 'information_schema' and o.name <> 'information_schema'
           or a.grantee <> o.owner and (a.grantee <> 0 or a.privilege_type not in ('SELECT', 'USAGE')))
    group by 1, 2, 3, 4, 5
  ) e group by 1, 2, 3, 4
) d
where d.now is distinct from d.start

-- name: default_acl
-- A list without an entry says that nothing is granted, which is a fact of its own. Lists for one schema only add.
select 'default_acl', '', pg_catalog.format('%s of %s in %s', k.word, pg_catalog.pg_get_userbyid(d.defaclrole),
         coalesce(s.name, 'every schema')),
       json_build_object('role', pg_catalog.pg_get_userbyid(d.defaclrole), 'schema', s.name, 'object_kind', k.word, 'holders', coalesce((
         select json_object_agg(g.holder, g.privileges order by g.holder collate "C") from (
           select e.holder, json_object_agg(e.privilege, e.grantable order by e.privilege collate "C") as privileges
           from (
             select case when a.grantee = 0 then 'public' when a.grantee = d.defaclrole then 'its owner'
                      else pg_catalog.pg_get_userbyid(a.grantee)::text end as holder,
                    a.privilege_type as privilege, bool_or(a.is_grantable and a.grantee <> d.defaclrole) as grantable
             from pg_catalog.aclexplode(d.defaclacl) a group by 1, 2) e group by e.holder) g), '{}'))
from pg_catalog.pg_default_acl d left join spaces s on s.oid = d.defaclnamespace
  cross join lateral (select case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
    when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' else d.defaclobjtype::text end as word) k
where d.defaclnamespace = 0 or s.oid is not null
