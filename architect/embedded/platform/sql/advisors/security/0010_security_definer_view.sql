select
  'security_definer_view' as name,
  'Security Definer View' as title,
  'ERROR' as level,
  'EXTERNAL' as facing,
  array['SECURITY'] as categories,
  'Detects views defined with the SECURITY DEFINER property. These views enforce Postgres permissions and row level security policies (RLS) of the view creator, rather than that of the querying user' as description,
  format('View `%s.%s` is defined with the SECURITY DEFINER property', n.nspname, c.relname) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0010_security_definer_view' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'view') as metadata,
  format('security_definer_view_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v'
  and n.nspname = 'public'
  and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not exists (
    select from unnest(c.reloptions) o where lower(o) in ('security_invoker=1', 'security_invoker=true', 'security_invoker=yes', 'security_invoker=on')
  )
order by cache_key
