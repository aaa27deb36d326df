-- A view shows auth.users when it runs as its owner, or when nothing guards the rows of auth.users itself.
select
  format('View/Materialized View "%s" in the public schema may expose `auth.users` data to anon or authenticated roles.',
         c.relname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'view', 'exposed_to', to_jsonb(array[
    case when has_table_privilege('anon', c.oid, 'select') then 'anon' else 'authenticated' end
  ])) as metadata,
  format('auth_users_exposed_%s_%s', n.nspname, c.relname) as cache_key
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_rewrite w on w.ev_class = c.oid
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.deptype = 'n'
join pg_class u on d.refclassid = 'pg_class'::regclass and u.oid = d.refobjid and u.oid = 'auth.users'::regclass
where (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
  and n.nspname = any (current_setting('lint.api_schemas')::text[])
  and (
    c.relkind = 'm'
    or c.relkind = 'v' and not (
      lower(coalesce(c.reloptions::text, '{}'))::text[]
      && '{security_invoker=1,security_invoker=true,security_invoker=yes,security_invoker=on}' and u.relrowsecurity
    )
  )
group by n.nspname, c.relname, c.oid
order by cache_key
