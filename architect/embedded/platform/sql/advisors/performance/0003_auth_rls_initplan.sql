with policies as (
  select n.nspname as schema, c.relname as "table", p.polname as policy,
         lower(coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')) as body
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relrowsecurity
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
), bare as (
  -- What is left after taking out the calls that stand alone in a sub-select.
  select *, regexp_replace(body, 'select\s+(auth\.(uid|jwt|role|email)\(\)|current_setting\([^)]*\))', '', 'g') as rest
  from policies
)
select
  'auth_rls_initplan' as name,
  'Auth RLS Initialization Plan' as title,
  'WARN' as level,
  'EXTERNAL' as facing,
  array['PERFORMANCE'] as categories,
  'Detects if calls to `current_setting()` and `auth.<function>()` in RLS policies are being unnecessarily re-evaluated for each row' as description,
  format('Table `%s.%s` has a row level security policy `%s` that re-evaluates current_setting() or auth.<function>() for each row. This produces suboptimal query performance at scale. Resolve the issue by replacing `auth.<function>()` with `(select auth.<function>())`.',
         schema, "table", policy) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0003_auth_rls_initplan' as remediation,
  jsonb_build_object('schema', schema, 'name', "table", 'type', 'table') as metadata,
  format('auth_rls_init_plan_%s_%s_%s', schema, "table", policy) as cache_key
from bare
where rest ~ '(auth\.(uid|jwt|role|email)\(\)|current_setting\()'
order by cache_key
