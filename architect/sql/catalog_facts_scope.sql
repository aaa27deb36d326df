-- What the facts are about: the objects of this database that are neither the server's own nor parts of an extension.
-- Every block of catalog_facts_*.sql may use these tables. Run under search_path = '', so that each deparsed name
-- carries its schema, in one REPEATABLE READ transaction, so that all facts are of one moment. What not every version
-- has is read through to_jsonb(row). Lists are put in order by "C", so that no database's collation shows in them.

-- name: scope
members as materialized (
  select classid, objid, refobjid as extension from pg_catalog.pg_depend where deptype = 'e'
),
spaces as materialized (
  select n.oid, n.nspname::text as name, n.nspowner, n.nspacl,
         n.nspname in ('pg_catalog', 'information_schema') as built_in,
         exists (select from members m
                 where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = n.oid) as extended
  from pg_catalog.pg_namespace n where n.nspname !~ '^pg_(toast|temp)'
),
relations as materialized (
  select c.*, s.name as schema, pg_catalog.pg_get_userbyid(c.relowner) as owner
  from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (c.oid >= 16384 or not s.built_in)
    and not exists (select from members m where m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
),
-- Tables of extensions can be guarded, or laid open, like any other.
guarded as materialized (
  select oid, relname, schema from relations
  union all
  select c.oid, c.relname, s.name from members m join pg_catalog.pg_class c on c.oid = m.objid
    join spaces s on s.oid = c.relnamespace
  where m.classid = 'pg_catalog.pg_class'::regclass and c.relkind in ('r', 'p', 'v', 'm', 'f')
),
routines as materialized (
  select p.*, s.name as schema, pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as signature
  from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
  where (p.oid >= 16384 or not s.built_in)
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid
                      and (d.deptype = 'e' or d.deptype = 'i' and d.refclassid = 'pg_catalog.pg_type'::regclass))
),
types as materialized (
  select t.*, s.name as schema from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace
  where (t.oid >= 16384 or not s.built_in)
    and (t.typtype in ('e', 'd', 'r') or t.typtype = 'b' and not exists (
           select from pg_catalog.pg_type e where e.typarray = t.oid)
         or t.typtype = 'c' and exists (
           select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid)
)
