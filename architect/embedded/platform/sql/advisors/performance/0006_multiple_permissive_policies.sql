with commands (code, command) as (values ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')),
roles as (
  select oid, rolname from pg_roles
  where rolname in ('anon', 'authenticated', 'authenticator', 'dashboard_user')
)
select
  'multiple_permissive_policies' as name,
  'Multiple Permissive Policies' as title,
  'WARN' as level,
  'EXTERNAL' as facing,
  array['PERFORMANCE'] as categories,
  'Detects if multiple permissive row level security policies are present on a table for the same `role` and `action` (e.g. insert). Multiple permissive policies are suboptimal for performance as each policy must be executed for every relevant query.' as description,
  format('Table `%s.%s` has multiple permissive policies for role `%s` for action `%s`. Policies include `%s`',
         n.nspname, c.relname, r.rolname, a.command, array_agg(p.polname order by p.polname)) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0006_multiple_permissive_policies' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('multiple_permissive_policies_%s_%s_%s_%s', n.nspname, c.relname, r.rolname, a.command) as cache_key
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
join commands a on p.polcmd in (a.code::"char", '*')
join roles r on 0 = any (p.polroles) or r.oid = any (p.polroles)
where p.polpermissive and c.relrowsecurity
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
group by n.nspname, c.relname, r.rolname, a.command
having count(*) > 1
order by cache_key
