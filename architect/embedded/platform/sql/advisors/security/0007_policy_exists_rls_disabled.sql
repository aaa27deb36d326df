select
  'policy_exists_rls_disabled' as name,
  'Policy Exists RLS Disabled' as title,
  'ERROR' as level,
  'EXTERNAL' as facing,
  array['SECURITY'] as categories,
  'Detects cases where row level security (RLS) policies have been created, but RLS has not been enabled for the underlying table.' as description,
  format('Table `%s.%s` has RLS policies but RLS is not enabled on the table. Policies include %s.',
         n.nspname, c.relname, array_agg(p.polname order by p.polname)) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0007_policy_exists_rls_disabled' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('policy_exists_rls_disabled_%s_%s', n.nspname, c.relname) as cache_key
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relrowsecurity
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
group by n.nspname, c.relname
order by cache_key
