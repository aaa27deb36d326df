select
  'duplicate_index' as name,
  'Duplicate Index' as title,
  'WARN' as level,
  'EXTERNAL' as facing,
  array['PERFORMANCE'] as categories,
  'Detects cases where two or more identical indexes exist.' as description,
  format('Table `%s.%s` has identical indexes %s. Drop all except one of them', n.nspname, t.relname,
         array_agg(i.relname order by i.relname)) as detail,
  'https://supabase.com/docs/guides/database/database-linter?lint=0009_duplicate_index' as remediation,
  jsonb_build_object('schema', n.nspname, 'name', t.relname, 'type', 'table',
                     'indexes', array_agg(i.relname order by i.relname)) as metadata,
  format('duplicate_index_%s_%s_%s', n.nspname, t.relname, array_agg(i.relname order by i.relname)) as cache_key
from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class t on t.oid = x.indrelid
join pg_namespace n on n.oid = t.relnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'supabase_migrations')
  and not i.relispartition
group by n.nspname, t.relname, x.indrelid, x.indkey::text, x.indclass::text, x.indisunique,
         x.indcollation::text, x.indoption::text, i.relam,
         pg_get_expr(x.indexprs, x.indrelid), pg_get_expr(x.indpred, x.indrelid)
having count(*) > 1
order by cache_key
