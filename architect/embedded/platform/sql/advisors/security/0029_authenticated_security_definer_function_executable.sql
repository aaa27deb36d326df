select
  format('Function `%s.%s(%s)` runs as its owner and can be executed by the `authenticated` role.', n.nspname, p.proname,
         pg_get_function_identity_arguments(p.oid)) as detail,
  jsonb_build_object('schema', n.nspname, 'name', p.proname, 'type', 'function') as metadata,
  format('authenticated_security_definer_function_executable_%s_%s_%s', n.nspname, p.proname,
         md5(pg_get_function_identity_arguments(p.oid))) as cache_key
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and p.prokind in ('f', 'p')
  and (n.nspname = any (current_setting('lint.api_schemas')::text[]) or n.nspname = 'graphql_public')
  -- A trigger function cannot be called.
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and has_schema_privilege('authenticated', n.oid, 'usage')
  and has_function_privilege('authenticated', p.oid, 'execute')
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by cache_key
