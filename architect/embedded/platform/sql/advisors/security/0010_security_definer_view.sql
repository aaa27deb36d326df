select
  format('View `%s.%s` is defined with the SECURITY DEFINER property', n.nspname, c.relname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'view') as metadata,
  format('security_definer_view_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v'
  and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and n.nspname = any (current_setting('lint.api_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not (
    lower(coalesce(c.reloptions::text, '{}'))::text[]
      && '{security_invoker=1,security_invoker=true,security_invoker=yes,security_invoker=on}'
  )
order by cache_key
