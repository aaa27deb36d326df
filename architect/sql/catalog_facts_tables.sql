-- Facts of tables and of what hangs on them. Column order is none.

-- name: schema
select 'schema' as kind, '' as schema, name, json_build_object('owner', pg_catalog.pg_get_userbyid(nspowner)) as detail
from spaces where not built_in and not extended

-- name: table
select 'table', r.schema, r.relname::text, json_build_object(
    'relkind', r.relkind, 'owner', r.owner, 'persistence', r.relpersistence,
    'rls', r.relrowsecurity, 'forced', r.relforcerowsecurity, 'replica_identity', r.relreplident,
    'replica_index', case when r.relreplident = 'i' then (
      select x.relname from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
      where i.indrelid = r.oid and i.indisreplident) end,
    'partition_key', case when r.relkind = 'p' then pg_catalog.pg_get_partkeydef(r.oid) end,
    'partition_of', case when r.relispartition then (
      select h.inhparent::regclass::text from pg_catalog.pg_inherits h where h.inhrelid = r.oid) end,
    'bound', case when r.relispartition then pg_catalog.pg_get_expr(r.relpartbound, r.oid) end,
    'inherits', case when not r.relispartition then coalesce((
      select json_agg(h.inhparent::regclass::text order by h.inhseqno)
      from pg_catalog.pg_inherits h where h.inhrelid = r.oid), '[]') else '[]' end,
    'options', coalesce((select json_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1) order by o collate "C")
                         from unnest(r.reloptions) as o), '{}'),
    'of_type', nullif(r.reloftype, 0)::regtype::text,
    'access_method', (select a.amname from pg_catalog.pg_am a where a.oid = r.relam),
    'server', (select v.srvname from pg_catalog.pg_foreign_table f
                 join pg_catalog.pg_foreign_server v on v.oid = f.ftserver where f.ftrelid = r.oid),
    'foreign_options', (
      select json_object_agg(split_part(o, '=', 1), case when o ~* '^[^=]*(secret|password|passwd|token|key|credential)'
          then 'hidden' else substr(o, strpos(o, '=') + 1) end order by o collate "C")
      from pg_catalog.pg_foreign_table f, unnest(f.ftoptions) as o where f.ftrelid = r.oid),
    -- Foreign keys are kept by internal triggers, which `alter table ... disable trigger all` stops in silence.
    'fk_triggers_enabled', off.names is null, 'fk_triggers_off', coalesce(off.names, '[]'))
from relations r left join (
    select t.tgrelid, json_agg(distinct pg_catalog.format('%s %s', c.conname, t.tgenabled) collate "C") as names
    from pg_catalog.pg_trigger t join pg_catalog.pg_constraint c on c.oid = t.tgconstraint
    where t.tgisinternal and t.tgenabled not in ('O', 'A') group by t.tgrelid) off on off.tgrelid = r.oid
where r.relkind in ('r', 'p', 'f')

-- name: extension_table
select 'extension_table', s.name, c.relname::text, json_build_object(
    'extension', e.extname, 'relkind', c.relkind, 'owner', pg_catalog.pg_get_userbyid(c.relowner),
    'rls', c.relrowsecurity, 'forced', c.relforcerowsecurity)
from members m join pg_catalog.pg_class c on c.oid = m.objid join spaces s on s.oid = c.relnamespace
  join pg_catalog.pg_extension e on e.oid = m.extension
where m.classid = 'pg_catalog.pg_class'::regclass and c.relkind in ('r', 'p', 'f')

-- name: column
select 'column', r.schema, pg_catalog.format('%s.%s', r.relname, a.attname), json_build_object(
    'table', r.relname, 'column', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'not_null', a.attnotnull, 'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
    'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', nullif(a.attcollation, t.typcollation)::regcollation::text, 'local', a.attislocal or r.relispartition,
    'storage', nullif(a.attstorage, t.typstorage), 'compression', nullif(a.attcompression, ''),
    'options', a.attoptions, 'foreign_options', a.attfdwoptions,
    'not_null_state', n.state)
from pg_catalog.pg_attribute a
  join relations r on r.oid = a.attrelid
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  -- Since version 18 not-null constraints have a row, under names that the server makes up.
  left join (
    select c.conrelid, c.conkey[1] as attnum, concat_ws(', ',
             case when not c.convalidated then 'not valid' end, case when c.connoinherit then 'no inherit' end,
             case when not coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) then 'not enforced' end) as state
    from pg_catalog.pg_constraint c
    where c.contype = 'n' and (not c.convalidated or c.connoinherit)) n on n.conrelid = a.attrelid and n.attnum = a.attnum
where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p', 'f')

-- name: constraint
select 'constraint', r.schema, pg_catalog.format('%s.%s', r.relname, c.conname), json_build_object(
    'table', r.relname, 'constraint', c.conname, 'type', c.contype, 'definition', d.definition,
    'validated', c.convalidated, 'enforced', d.definition not like '% NOT ENFORCED',
    'deferrable', c.condeferrable, 'deferred', c.condeferred,
    'local', c.conislocal, 'inherited', c.coninhcount > 0 or c.conparentid <> 0,
    'references', nullif(c.confrelid, 0)::regclass::text)
from pg_catalog.pg_constraint c join relations r on r.oid = c.conrelid
  cross join lateral (select pg_catalog.pg_get_constraintdef(c.oid) as definition offset 0) d
where c.contype in ('c', 'f', 'p', 'u', 'x')

-- name: index
select 'index', r.schema, pg_catalog.format('%s.%s', r.relname, x.relname), json_build_object(
    'table', r.relname, 'index', x.relname, 'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid, 'ready', i.indisready, 'live', i.indislive, 'unique', i.indisunique,
    'primary', i.indisprimary,
    'options', coalesce((select json_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1) order by o collate "C")
                         from unnest(x.reloptions) as o), '{}'),
    'parent', (select h.inhparent::regclass::text from pg_catalog.pg_inherits h where h.inhrelid = x.oid),
    'constraint', (select c.conname from pg_catalog.pg_constraint c
                   where c.conindid = i.indexrelid and c.conrelid = i.indrelid and c.contype in ('p', 'u', 'x')))
from pg_catalog.pg_index i join relations r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid

-- name: policy
select 'policy', r.schema, pg_catalog.format('%s.%s', r.relname, p.polname), json_build_object(
    'table', r.relname, 'policy', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
    'roles', (select json_agg(distinct case o when 0 then 'public' else pg_catalog.pg_get_userbyid(o)::text end collate "C")
              from unnest(p.polroles) as o),
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
from pg_catalog.pg_policy p join guarded r on r.oid = p.polrelid

-- name: trigger
select 'trigger', r.schema, pg_catalog.format('%s.%s', r.relname, t.tgname), json_build_object(
    'table', r.relname, 'trigger', t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid),
    'enabled', t.tgenabled, 'inherited', t.tgparentid <> 0, 'function', t.tgfoid::regprocedure::text)
from pg_catalog.pg_trigger t join guarded r on r.oid = t.tgrelid
where not t.tgisinternal and not exists (
  select from members m where m.classid = 'pg_catalog.pg_trigger'::regclass and m.objid = t.oid)

-- name: rule
select 'rule', r.schema, pg_catalog.format('%s.%s', r.relname, w.rulename), json_build_object(
    'table', r.relname, 'rule', w.rulename, 'definition', pg_catalog.pg_get_ruledef(w.oid), 'enabled', w.ev_enabled)
from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class
where w.rulename <> '_RETURN' or w.ev_enabled <> 'O'

-- name: view
select case r.relkind when 'v' then 'view' else 'matview' end, r.schema, r.relname::text, json_build_object(
    'owner', r.owner, 'definition', pg_catalog.pg_get_viewdef(r.oid), 'persistence', r.relpersistence,
    'options', coalesce((
      select json_object_agg(split_part(o, '=', 1), case
          when split_part(o, '=', 1) like 'security!_%' escape '!' and lower(split_part(o, '=', 2)) in ('on', 'true', 'yes', '1')
          then 'true' else substr(o, strpos(o, '=') + 1) end order by o collate "C")
      from unnest(r.reloptions) as o), '{}'),
    'populated', r.relispopulated,
    'columns', (select json_agg(pg_catalog.format('%s %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                                order by a.attnum)
                from pg_catalog.pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped),
    'defaults', (select json_object_agg(a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) order by a.attnum)
                 from pg_catalog.pg_attrdef d
                   join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
                 where d.adrelid = r.oid))
from relations r where r.relkind in ('v', 'm')

-- name: sequence
select 'sequence', r.schema, r.relname::text, json_build_object(
    'owner', r.owner, 'persistence', r.relpersistence, 'type', pg_catalog.format_type(s.seqtypid, null),
    'start', s.seqstart, 'increment', s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache,
    'cycle', s.seqcycle, 'owned_by', o.path, 'owned_table', o.relname, 'identity', coalesce(o.deptype = 'i', false))
from relations r join pg_catalog.pg_sequence s on s.seqrelid = r.oid
  left join lateral (
    select pg_catalog.format('%s.%I', d.refobjid::regclass, a.attname) as path, d.deptype, d.refobjid::regclass::text as relname
    from pg_catalog.pg_depend d
      join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = r.oid and d.objsubid = 0
      and d.deptype in ('a', 'i') and d.refclassid = 'pg_catalog.pg_class'::regclass limit 1) o on true

-- name: statistics
select 'statistics', s.name, x.stxname::text, json_build_object(
    'owner', pg_catalog.pg_get_userbyid(x.stxowner), 'definition', pg_catalog.pg_get_statisticsobjdef(x.oid),
    'table', x.stxrelid::regclass::text)
from pg_catalog.pg_statistic_ext x join spaces s on s.oid = x.stxnamespace
