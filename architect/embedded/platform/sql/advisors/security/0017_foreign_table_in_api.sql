select
  format('Foreign table `%s.%s` is accessible over APIs', n.nspname, c.relname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'foreign table') as metadata,
  format('foreign_table_in_api_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'f'
  and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and n.nspname = any (current_setting('lint.api_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by cache_key
