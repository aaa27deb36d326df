select
  format('Table `%s`.`%s` has a foreign key `%s` referencing an auth unique constraint', n.nspname, c.relname,
         k.conname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'foreign_key', k.conname) as metadata,
  format('fkey_to_auth_unique_%s_%s_%s', n.nspname, c.relname, k.conname) as cache_key
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class f on f.oid = k.confrelid and f.relnamespace = 'auth'::regnamespace
join pg_index i on i.indexrelid = k.conindid
where k.contype = 'f' and i.indisunique and not i.indisprimary
order by cache_key
