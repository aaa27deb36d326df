select
  format('Table `%s.%s` has a foreign key `%s` without a covering index. This can lead to suboptimal query performance.',
         n.nspname, c.relname, k.conname) as detail,
  jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'fkey_name', k.conname,
                     'fkey_columns', to_jsonb(k.conkey)) as metadata,
  format('unindexed_foreign_keys_%s_%s_%s', n.nspname, c.relname, k.conname) as cache_key
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f'
  and n.nspname <> all (current_setting('lint.platform_schemas')::text[])
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not exists (
    select from pg_index i
    where i.indrelid = k.conrelid and i.indisvalid
      -- The first columns of the index are those of the key, in the key's order.
      and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(k.conkey)] = k.conkey
  )
order by cache_key
