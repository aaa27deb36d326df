select
  format('Table `%s.%s` has RLS enabled, but no policies exist', n.nspname, c.relname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('rls_enabled_no_policy_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relrowsecurity
  and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not exists (select from pg_policy p where p.polrelid = c.oid)
order by cache_key
