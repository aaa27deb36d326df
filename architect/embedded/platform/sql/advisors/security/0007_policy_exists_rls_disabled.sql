select
  format('Table `%s.%s` has RLS policies but RLS is not enabled on the table. Policies include %s.',
         n.nspname, c.relname, array_agg(p.polname order by p.polname)) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('policy_exists_rls_disabled_%s_%s', n.nspname, c.relname) as cache_key
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and not c.relrowsecurity
  and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
group by n.nspname, c.relname
order by cache_key
