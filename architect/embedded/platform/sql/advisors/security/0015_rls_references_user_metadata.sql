-- A user may write anything into her own user_metadata.
select
  format('Table `%s.%s` has a row level security policy `%s` that references Supabase Auth `user_metadata`. `user_metadata` is editable by end users and should never be used in a security context.',
         n.nspname, c.relname, p.polname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
  format('rls_references_user_metadata_%s_%s_%s', n.nspname, c.relname, p.polname) as cache_key
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and exists (
    select
    from unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) e
    where e like '%auth.jwt()%user_metadata%' or e like '%current_setting(%request.jwt.claims%)%user_metadata%'
  )
order by cache_key
