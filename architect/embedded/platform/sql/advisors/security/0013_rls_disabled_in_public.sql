select
  format('Table `%s.%s` is public, but RLS has not been enabled.', n.nspname, c.relname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('rls_disabled_in_public_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and not c.relrowsecurity
  and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and n.nspname = any (current_setting('lint.api_schemas')::text[])
order by cache_key
