-- Reading everything may be meant; writing everything hardly ever is.
with policies as (
  select n.nspname as schema, c.relname as "table", p.polname as policy,
         case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE'
                       else 'ALL' end as command,
         (select array_agg(r::regrole::text) from unnest(p.polroles) x (r)) as roles,
         pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as checked
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relrowsecurity and p.polpermissive
    and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
    and (p.polroles = array[0::oid]
         or p.polroles && array['anon'::regrole::oid, 'authenticated'::regrole::oid])
), always as (
  select *,
         coalesce(translate(lower(qual), E' \n\t', '') in ('true', '(true)', '1=1', '(1=1)'), true) as all_rows,
         translate(lower(checked), E' \n\t', '') in ('true', '(true)', '1=1', '(1=1)') as check_true
  from policies
), judged as (
  select *,
         command in ('UPDATE', 'DELETE', 'ALL') and all_rows as open_using,
         coalesce(check_true, command = 'INSERT' or (command in ('UPDATE', 'ALL') and qual is not null and all_rows))
           as open_check
  from always
)
select
  format('Table `%s.%s` has an RLS policy `%s` for `%s` that allows unrestricted access%s. This effectively bypasses row-level security for %s.',
         schema, "table", policy, command,
         case when open_using and open_check then ' (both USING and WITH CHECK are always true)'
              when open_using then ' (USING clause is always true)'
              else ' (WITH CHECK clause is always true)' end,
         array_to_string(roles, ', ')) as detail,
  jsonb_build_object('schema', schema, 'name', "table", 'type', 'table', 'policy_name', policy, 'command', command,
                     'roles', roles, 'qual', qual, 'with_check', checked, 'permissive_using', open_using,
                     'permissive_with_check', open_check) as metadata,
  format('rls_policy_always_true_%s_%s_%s', schema, "table", policy) as cache_key
from judged
where open_using or open_check
order by cache_key
