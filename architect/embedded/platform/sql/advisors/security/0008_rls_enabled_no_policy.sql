select
  'rls_enabled_no_policy' as name,
  'RLS Enabled No Policy' as title,
  'INFO' as level,
  'EXTERNAL' as facing,
  array['SECURITY'] as categories,
  'Detects cases where row level security (RLS) has been enabled on a table but no RLS policies have been created.' as description,
  format('Table `%s.%s` has RLS enabled, but no policies exist', n.nspname, c.relname) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0008_rls_enabled_no_policy' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('rls_enabled_no_policy_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and c.relrowsecurity
  and not exists (select from pg_policy p where p.polrelid = c.oid)
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
order by cache_key
