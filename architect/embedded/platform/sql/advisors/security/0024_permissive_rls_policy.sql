-- Reading everything may be meant; writing everything hardly ever is.
with policies as (
  select n.nspname as schema, c.relname as "table", p.polname as policy, p.polcmd as command,
         regexp_replace(lower(coalesce(pg_get_expr(p.polqual, p.polrelid), '')), '[\s()]', '', 'g') as qual,
         regexp_replace(lower(coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')), '[\s()]', '', 'g') as checked,
         p.polroles as roles
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relrowsecurity and p.polpermissive and p.polcmd in ('a', 'w', 'd', '*')
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
), open_policies as (
  select *,
         qual in ('true', '1=1', '''a''=''a''') as qual_open,
         checked in ('true', '1=1', '''a''=''a''') as check_open
  from policies
  where 0 = any (roles) or exists (
    select from unnest(roles) r join pg_roles g on g.oid = r where g.rolname in ('anon', 'authenticated')
  )
)
select
  'rls_policy_always_true' as name,
  'RLS Policy Always True' as title,
  'WARN' as level,
  'EXTERNAL' as facing,
  array['SECURITY'] as categories,
  'Detects RLS policies that use overly permissive expressions like `USING (true)` or `WITH CHECK (true)` for UPDATE, DELETE, or INSERT operations. SELECT policies with `USING (true)` are intentionally excluded as this pattern is often used deliberately for public read access.' as description,
  format('Table `%s.%s` has an RLS policy `%s` for %s that allows unrestricted access. This effectively bypasses row-level security.',
         schema, "table", policy,
         case command when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0024_permissive_rls_policy' as remediation,
  jsonb_build_object('schema', schema, 'name', "table", 'type', 'table', 'policy_name', policy) as metadata,
  format('rls_policy_always_true_%s_%s_%s', schema, "table", policy) as cache_key
from open_policies
where (command = 'a' and check_open)
   or (command = 'd' and qual_open)
   -- Without WITH CHECK the USING expression guards the new row as well.
   or (command in ('w', '*') and (qual_open or check_open))
order by cache_key
