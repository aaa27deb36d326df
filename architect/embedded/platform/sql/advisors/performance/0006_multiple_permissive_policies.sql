with commands (code, command) as (values ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE'))
select
  format('Table `%s.%s` has multiple permissive policies for role `%s` for action `%s`. Policies include `%s`',
         n.nspname, c.relname, r.rolname, a.command, array_agg(p.polname order by p.polname)) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('multiple_permissive_policies_%s_%s_%s_%s', n.nspname, c.relname, r.rolname, a.command) as cache_key
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
join commands a on p.polcmd in (a.code::"char", '*')
join pg_roles r on p.polroles = array[0::oid] or r.oid = any (p.polroles)
where c.relkind = 'r' and p.polpermissive
  and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and r.rolname not like 'pg_%' and r.rolname not like 'supabase%admin' and not r.rolbypassrls
  -- Every project shares the cluster with these; they never read a project's tables.
  and r.rolname <> all (current_setting('lint.platform_roles')::text[])
group by n.nspname, c.relname, r.rolname, a.command
having count(*) > 1
order by cache_key
