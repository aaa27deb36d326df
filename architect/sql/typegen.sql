-- What the TypeScript generator reads of a database's catalog. $1 is the list of schemas asked for.

-- name: schemas
select n.nspname as name
from pg_namespace n
where n.nspname = any ($1::text[]) and n.nspname !~ '^pg_';

-- name: relations
-- pg_relation_is_updatable: bit 8 is INSERT, bit 4 is UPDATE; true counts INSTEAD OF triggers and rules too.
select c.oid::int8 as id, n.nspname as schema, c.relname as name,
       c.relkind in ('v', 'm') as is_view,
       c.relkind = 'v' and (pg_relation_is_updatable(c.oid, true) & 8) = 8 as can_insert,
       c.relkind = 'v' and (pg_relation_is_updatable(c.oid, true) & 4) = 4 as can_update
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p', 'f', 'v', 'm');

-- name: columns
-- A domain stands for its base type, and its own NOT NULL counts.
select a.attrelid::int8 as relation_id, a.attnum as number, a.attname as name,
       coalesce(b.typname, t.typname) as format, coalesce(bn.nspname, tn.nspname) as type_schema,
       not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)) as nullable,
       a.attidentity <> '' as is_identity, a.attidentity = 'a' or a.attgenerated <> '' as is_computed,
       a.atthasdef as has_default,
       c.relkind in ('v', 'f') and pg_column_is_updatable(a.attrelid, a.attnum, false)
         or c.relkind = 'v' and (
           exists (select from pg_trigger g
                   where g.tgrelid = c.oid and not g.tgisinternal and g.tgtype & 64 <> 0 and g.tgtype & 20 <> 0)
           or exists (select from pg_rewrite w
                      where w.ev_class = c.oid and w.is_instead and w.ev_type in ('2', '3')
                        and w.ev_qual::text = '<>')) as is_updatable,
       coalesce(col_description(c.oid, a.attnum), '') ~ '(^|\n)\s*@notNull\s*(\n|$)' as said_not_null
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
join pg_namespace tn on tn.oid = t.typnamespace
left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
left join pg_namespace bn on bn.oid = b.typnamespace
where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p', 'f', 'v', 'm')
  and a.attnum > 0 and not a.attisdropped;

-- name: foreign_keys
with unique_columns as (
  select u.conrelid, jsonb_agg(l.columns) as lists
  from pg_constraint u
  cross join lateral (
    select jsonb_agg(a.attname order by a.attnum) as columns
    from pg_attribute a where a.attrelid = u.conrelid and a.attnum = any (u.conkey)
  ) l
  where u.contype in ('p', 'u')
  group by u.conrelid
)
select k.conname as name, n.nspname as schema, c.relname as relation, c.oid::int8 as relation_id,
       fn.nspname as referenced_schema, f.relname as referenced_relation, f.oid::int8 as referenced_id,
       l.columns, l.numbers, l.referenced_columns, l.referenced_numbers,
       -- Not @>, which would find a part of a list as well.
       exists (select from jsonb_array_elements(u.lists) as list where list = l.columns) as one_to_one
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = k.connamespace
join pg_class f on f.oid = k.confrelid
join pg_namespace fn on fn.oid = f.relnamespace
cross join lateral (
  select jsonb_agg(a.attname order by x.n) as columns, jsonb_agg(a.attnum order by x.n) as numbers,
         jsonb_agg(r.attname order by x.n) as referenced_columns,
         jsonb_agg(r.attnum order by x.n) as referenced_numbers
  from unnest(k.conkey, k.confkey) with ordinality as x (own, other, n)
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.own
  join pg_attribute r on r.attrelid = k.confrelid and r.attnum = x.other
) l
left join unique_columns u on u.conrelid = k.conrelid
where k.contype = 'f' and k.conparentid = 0
  and n.nspname not in ('information_schema', 'pg_catalog', 'pg_toast');

-- name: view_definitions
-- Of the views asked for and of every view they are made of.
with recursive reached (oid) as (
  select c.oid
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1::text[]) and c.relkind in ('v', 'm')
  union
  select d.refobjid
  from reached v
  join pg_rewrite w on w.ev_class = v.oid and w.rulename = '_RETURN'
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
    and d.refclassid = 'pg_class'::regclass
  join pg_class c on c.oid = d.refobjid and c.relkind in ('v', 'm')
)
select w.ev_class::int8 as id, w.ev_action::text as tree,
       coalesce((
         select jsonb_agg(jsonb_build_array(d.refobjid::int8, d.refobjsubid))
         from pg_depend d
         join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         join pg_type t on t.oid = a.atttypid
         where d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
           and d.refobjsubid > 0 and (a.attnotnull or (t.typtype = 'd' and t.typnotnull))
       ), '[]') as not_null
from reached v
join pg_rewrite w on w.ev_class = v.oid and w.rulename = '_RETURN';

-- name: types
select t.oid::int8 as id, t.typname as name, n.nspname as schema, format_type(t.oid, null) as format,
       nullif(t.typrelid, 0)::int8 as relation_id,
       coalesce((select jsonb_agg(e.enumlabel order by e.enumsortorder)
                 from pg_enum e where e.enumtypid = t.oid), '[]') as enums,
       coalesce((select jsonb_agg(jsonb_build_array(a.attname, a.atttypid::int8) order by a.attnum)
                 from pg_class c join pg_attribute a on a.attrelid = c.oid
                 where c.oid = t.typrelid and c.relkind = 'c' and a.attnum > 0 and not a.attisdropped),
                '[]') as attributes
from pg_type t join pg_namespace n on n.oid = t.typnamespace;

-- name: functions
select p.oid::int8 as id, n.nspname as schema, p.proname as name,
       pg_get_function_arguments(p.oid) as argument_types, pg_get_function_result(p.oid) as result,
       p.prorettype::int8 as return_type, nullif(r.typrelid, 0)::int8 as return_relation,
       p.proretset as returns_set, case when p.proretset then nullif(p.prorows, 0) end as rows,
       coalesce((
         select jsonb_agg(jsonb_build_object(
                  'mode', coalesce(p.proargmodes[x.n], 'i'), 'name', coalesce(p.proargnames[x.n], ''),
                  'type', x.type::int8,
                  -- The last of the arguments that are passed in are those with defaults.
                  'has_default', x.n > p.pronargs - p.pronargdefaults and x.n <= p.pronargs
                ) order by x.n)
         from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as x (type, n)
       ), '[]') as arguments
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_type r on r.oid = p.prorettype
where n.nspname = any ($1::text[]) and p.prokind = 'f';
