with indexes as (
  select c.oid as table_id, n.nspname, c.relname, c.relkind, i.relname as name,
         replace(pg_get_indexdef(i.oid), i.relname, '') as definition
  from pg_index x
  join pg_class i on i.oid = x.indexrelid and i.relkind in ('i', 'I')
  join pg_class c on c.oid = x.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm')
    and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select
  format('Table `%s.%s` has identical indexes %s. Drop all except one of them', nspname, relname,
         array_agg(name order by name)) as detail,
  jsonb_build_object('schema', nspname, 'name', relname,
                     'type', case relkind when 'r' then 'table' else 'materialized view' end,
                     'indexes', array_agg(name order by name)) as metadata,
  format('duplicate_index_%s_%s_%s', nspname, relname, array_agg(name order by name)) as cache_key
from indexes
group by table_id, nspname, relname, relkind, definition
having count(*) > 1
order by cache_key
