-- Who depends on whom, as the server itself keeps it. Bodies kept as text tell it nothing.

-- name: edges
-- What hangs on a table is not said to depend on that table and its columns; policies, views and functions are.
select distinct '#edge' as kind, '' as schema, '' as name, json_build_array(
    json_build_array(e.user_kind, e.user_schema, e.user_name), json_build_array(e.kind, e.schema, e.name))::text as detail
from (
  select case when d.objsubid > 0 and u.part then 'column' else u.kind end as user_kind, u.schema as user_schema,
         case when d.objsubid > 0 and u.part then u.name || '.' || ua.attname else u.name end as user_name,
         u.home as user_home,
         case when d.refobjsubid > 0 and t.part then 'column' else t.kind end as kind, t.schema,
         case when d.refobjsubid > 0 and t.part then t.name || '.' || ta.attname else t.name end as name, t.home
  from pg_catalog.pg_depend d
    join named u on u.class = d.classid and u.oid = d.objid
    join named t on t.class = d.refclassid and t.oid = d.refobjid
    left join pg_catalog.pg_attribute ua on u.part and d.objsubid > 0 and ua.attrelid = d.objid and ua.attnum = d.objsubid
    left join pg_catalog.pg_attribute ta on t.part and d.refobjsubid > 0 and ta.attrelid = d.refobjid and ta.attnum = d.refobjsubid
  where d.deptype in ('n', 'a', 'i')
) e
where (e.user_kind, e.user_schema, e.user_name) <> (e.kind, e.schema, e.name)
  and (e.user_kind in ('policy', 'view', 'matview', 'function') or e.user_home is distinct from e.home or e.home is null)

-- name: named
named (class, oid, kind, schema, name, part, home) as materialized (
  select 'pg_catalog.pg_class'::regclass, r.oid,
         case r.relkind when 'v' then 'view' when 'm' then 'matview' when 'S' then 'sequence' else 'table' end, r.schema,
         r.relname::text, r.relkind in ('r', 'p', 'f'), case when r.relkind <> 'S' then r.oid end
  from relations r
  union all
  select 'pg_catalog.pg_rewrite'::regclass, w.oid,
         case when w.rulename <> '_RETURN' then 'rule' when r.relkind = 'v' then 'view' else 'matview' end, r.schema,
         case when w.rulename = '_RETURN' then r.relname::text else pg_catalog.format('%s.%s', r.relname, w.rulename) end,
         false, r.oid
  from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class
  union all
  select 'pg_catalog.pg_class'::regclass, i.indexrelid, 'index', r.schema,
         pg_catalog.format('%s.%s', r.relname, x.relname), false, r.oid
  from pg_catalog.pg_index i join relations r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid
  union all
  select 'pg_catalog.pg_policy'::regclass, p.oid, 'policy', r.schema, pg_catalog.format('%s.%s', r.relname, p.polname), false, r.oid
  from pg_catalog.pg_policy p join guarded r on r.oid = p.polrelid
  union all
  select 'pg_catalog.pg_constraint'::regclass, c.oid, 'constraint', r.schema,
         pg_catalog.format('%s.%s', r.relname, c.conname), false, r.oid
  from pg_catalog.pg_constraint c join relations r on r.oid = c.conrelid where c.contype in ('c', 'f', 'p', 'u', 'x')
  union all
  select 'pg_catalog.pg_trigger'::regclass, t.oid, 'trigger', r.schema,
         pg_catalog.format('%s.%s', r.relname, t.tgname), false, r.oid
  from pg_catalog.pg_trigger t join guarded r on r.oid = t.tgrelid where not t.tgisinternal
  union all
  select 'pg_catalog.pg_attrdef'::regclass, d.oid, 'column', r.schema, pg_catalog.format('%s.%s', r.relname, a.attname), false, r.oid
  from pg_catalog.pg_attrdef d join relations r on r.oid = d.adrelid
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  where r.relkind in ('r', 'p', 'f')
  union all
  select 'pg_catalog.pg_proc'::regclass, oid, 'function', schema, signature, false, null from routines
  union all
  select 'pg_catalog.pg_type'::regclass, oid, case typtype when 'd' then 'domain' else 'type' end, schema, typname::text,
         false, null from types
  union all
  select m.classid, m.objid, 'extension', '', e.extname::text, false, null
  from members m join pg_catalog.pg_extension e on e.oid = m.extension
  where m.classid not in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_event_trigger'::regclass)
  union all
  select 'pg_catalog.pg_foreign_server'::regclass, v.oid, 'foreign_server', '', pg_catalog.quote_ident(v.srvname), false, null
  from pg_catalog.pg_foreign_server v
  where not exists (select from members m where m.classid = 'pg_catalog.pg_foreign_server'::regclass and m.objid = v.oid)
  union all
  -- Named as their facts are.
  select o.class, o.oid, o.kind, coalesce(i.schema, ''), coalesce(
           case when i.schema is not null then i.name end,
           case when pg_catalog.starts_with(i.identity, pg_catalog.quote_ident(i.schema) || '.')
             then substr(i.identity, length(pg_catalog.quote_ident(i.schema)) + 2) end, i.identity),
         false, null
  from (select 'pg_catalog.pg_cast'::regclass as class, oid, 'cast' as kind from pg_catalog.pg_cast
        union all select 'pg_catalog.pg_operator'::regclass, oid, 'operator' from pg_catalog.pg_operator
        union all select 'pg_catalog.pg_collation'::regclass, oid, 'collation' from pg_catalog.pg_collation) o
    cross join lateral pg_catalog.pg_identify_object(o.class, o.oid, 0) i
  where o.oid >= 16384 and not exists (select from members m where m.classid = o.class and m.objid = o.oid)
    and not exists (select from pg_catalog.pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype = 'i')
  union all
  -- Arrays and multiranges stand for the type they are made of, rows for their table or view.
  select 'pg_catalog.pg_type'::regclass, a.oid, case t.typtype when 'd' then 'domain' else 'type' end, t.schema,
         t.typname::text, false, null
  from types t left join pg_catalog.pg_range g on g.rngtypid = t.oid
    join pg_catalog.pg_type a on a.oid in (t.typarray, g.rngmultitypid)
  union all
  select 'pg_catalog.pg_type'::regclass, y.oid, case r.relkind when 'v' then 'view' when 'm' then 'matview' else 'table' end,
         r.schema, r.relname::text, false, r.oid
  from relations r join pg_catalog.pg_type t on t.oid = r.reltype
    join pg_catalog.pg_type y on y.oid in (t.oid, t.typarray)
  union all
  select 'pg_catalog.pg_constraint'::regclass, c.oid, 'domain', t.schema, t.typname::text, false, null
  from pg_catalog.pg_constraint c join types t on t.oid = c.contypid
  union all
  select 'pg_catalog.pg_statistic_ext'::regclass, x.oid, 'statistics', s.name, x.stxname::text, false, x.stxrelid
  from pg_catalog.pg_statistic_ext x join spaces s on s.oid = x.stxnamespace
  union all
  select 'pg_catalog.pg_event_trigger'::regclass, e.oid, 'event_trigger', '', e.evtname::text, false, null
  from pg_catalog.pg_event_trigger e
  union all
  select 'pg_catalog.pg_publication_rel'::regclass, r.oid, 'publication_table', c.schema,
         pg_catalog.format('%s.%s', p.pubname, c.relname), false, null
  from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
    join relations c on c.oid = r.prrelid
)
