-- Compares a table's pages with those its rows would fill by the planner's statistics. A row costs a header of 23
-- bytes, a bitmap of its NULLs where it has any, and its values; headers and values begin at multiples of 4 bytes.
with widths as (
  select schemaname, tablename, sum((1 - null_frac) * avg_width) as data, max(null_frac) as most_nulls,
         23 + 1 + count(*) filter (where null_frac <> 0) / 8 as bitmap
  from pg_stats
  group by schemaname, tablename
), rows as (
  select schemaname, tablename, (data + 24)::numeric as data,
         most_nulls * (bitmap + 4 - case bitmap % 4 when 0 then 4 else bitmap % 4 end) as nulls
  from widths
), sizes as (
  select r.schemaname, r.tablename, c.relpages, current_setting('block_size')::numeric as block,
         ceil(c.reltuples * (r.data + 4 - case r.data % 4 when 0 then 4 else r.data % 4 end + r.nulls + 4)
              / (current_setting('block_size')::numeric - 20::float)) as needed
  from rows r
  join pg_namespace n on n.nspname = r.schemaname
  join pg_class c on c.relnamespace = n.oid and c.relname = r.tablename
  where c.relkind = 'r' and n.nspname <> 'information_schema'
    and c.relam = (select oid from pg_am where amname = 'heap')
)
select
  format('Table `%s`.`%s` has excessive bloat', schemaname, tablename) as detail,
  jsonb_build_object('schema', schemaname, 'name', tablename, 'type', 'table') as metadata,
  format('table_bloat_%s_%s', schemaname, tablename) as cache_key
from sizes
where needed > 0 and relpages / needed::numeric > 70
  and block * (relpages - needed) > 20 * 1024 * 1024
order by cache_key
