select
  format('Function `%s.%s` has a role mutable search_path', n.nspname, p.proname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', p.proname, 'type', 'function') as metadata,
  format('function_search_path_mutable_%s_%s_%s', n.nspname, p.proname, md5(p.prosrc)) as cache_key
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  and not exists (select from unnest(p.proconfig) o where o like 'search_path=%')
order by cache_key
