select
  format('Index `%s` on table `%s.%s` has not been used', s.indexrelname, s.schemaname, s.relname) as detail,
  jsonb_build_object('schema', s.schemaname, 'name', s.relname, 'type', 'table') as metadata,
  format('unused_index_%s_%s_%s', s.schemaname, s.relname, s.indexrelname) as cache_key
from pg_stat_user_indexes s
join pg_index i on i.indexrelid = s.indexrelid
join pg_class c on c.oid = s.relid
join pg_namespace n on n.oid = c.relnamespace
where s.idx_scan = 0 and not i.indisunique and not i.indisprimary
  and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by cache_key
