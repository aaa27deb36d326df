-- A call is planned once when it stands alone in a sub-select; the realtime schema's policies are the user's own.
with policies as (
  select n.nspname as schema, c.relname as "table", p.polname as policy,
         array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)] as expressions
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relrowsecurity and (n.nspname = 'realtime' or n.nspname <> all (current_setting('lint.platform_schemas')::text[]))
)
select
  format('Table `%s.%s` has a row level security policy `%s` that re-evaluates current_setting() or auth.<function>() for each row. This produces suboptimal query performance at scale. Resolve the issue by replacing `auth.<function>()` with `(select auth.<function>())`. See [docs](https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select) for more info.',
         schema, "table", policy) as detail,
  jsonb_build_object('schema', schema, 'name', "table", 'type', 'table') as metadata,
  format('auth_rls_init_plan_%s_%s_%s', schema, "table", policy) as cache_key
from policies
where exists (
  select
  from unnest(expressions) e,
       unnest('{"auth.uid()","auth.jwt()","auth.role()","auth.email()","current\\_setting(%)"}'::text[]) call
  where e like '%' || call || '%' and lower(e) not like '%select ' || call || '%'
)
order by cache_key
