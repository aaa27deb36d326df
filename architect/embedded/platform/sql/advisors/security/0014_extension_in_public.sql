select
  format('Extension `%s` is installed in the public schema. Move it to another schema.', e.extname) as detail,
  jsonb_build_object('schema', 'public', 'name', e.extname, 'type', 'extension') as metadata,
  format('extension_in_public_%s', e.extname) as cache_key
from pg_extension e
where e.extname <> 'plpgsql' and e.extnamespace = 'public'::regnamespace
order by cache_key
