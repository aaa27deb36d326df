select
  'function_search_path_mutable' as name,
  'Function Search Path Mutable' as title,
  'WARN' as level,
  'EXTERNAL' as facing,
  array['SECURITY'] as categories,
  'Detects functions where the search_path parameter is not set.' as description,
  format('Function `%s.%s` has a role mutable search_path', n.nspname, p.proname) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0011_function_search_path_mutable' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', p.proname, 'type', 'function') as metadata,
  format('function_search_path_mutable_%s_%s_%s', n.nspname, p.proname,
         md5(pg_get_function_identity_arguments(p.oid))) as cache_key
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.prokind in ('f', 'p')
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  and not exists (select from unnest(p.proconfig) o where o like 'search_path=%')
order by cache_key
