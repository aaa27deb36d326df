-- What a database is made of, object by object, with the SQL that makes, changes and drops each. Run under
-- search_path = '', so that every deparsed name carries its schema. $1 holds the schemas to look at, null for all
-- that are not the platform's own.

-- name: units
-- key, kind, parent (dropped with it), fact (two are the same when this is), make, alter (in place, to this state),
-- drop, address (classid, objid, objsubid) and what the comparison needs besides.
with
members as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
),
schemas as (
  select oid, nspname as name, nspowner, nspacl from pg_catalog.pg_namespace
  where nspname !~ '^pg_' and nspname <> all (array[
      'information_schema', 'auth', 'storage', 'realtime', '_realtime', 'extensions', 'supabase_migrations',
      'supabase_functions', 'graphql', 'graphql_public', 'vault', 'cron', 'net', 'pgbouncer', 'pgsodium',
      'pgsodium_masks', 'pgmq', 'pgtle', 'tiger', 'tiger_data', 'topology'])
    and ($1::text[] is null or nspname = any ($1::text[]))
    and not exists (select from members m where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = oid)
),
identities as (
  select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attnum
  from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.deptype = 'i'
    and d.refobjsubid > 0
),
relations as (
  select c.*, s.name as schema, format('%I.%I', s.name, c.relname) as path,
         case c.relkind when 'v' then 'view ' when 'm' then 'view ' when 'S' then 'sequence ' else 'table ' end
           || format('%I.%I', s.name, c.relname) as key
  from pg_catalog.pg_class c join schemas s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S')
    and not exists (select from members m where m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
),
-- Tables of the platform that people hang policies and triggers on.
foreign_ground as (
  select c.*, n.nspname as schema, format('%I.%I', n.nspname, c.relname) as path
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('auth', 'storage', 'realtime') and c.relkind in ('r', 'p') and not c.relispartition
    and ($1::text[] is null or n.nspname = any ($1::text[]))
),
guarded as (
  select oid, path, relrowsecurity, relforcerowsecurity, key as parent from relations where relkind in ('r', 'p')
  union all
  select oid, path, relrowsecurity, relforcerowsecurity, null from foreign_ground
  where path in ('storage.objects', 'storage.buckets', 'realtime.messages')
),
routines as (
  select p.*, format('%I.%I(%s)', s.name, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as path
  from pg_catalog.pg_proc p join schemas s on s.oid = p.pronamespace
  where not exists (select from members m where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid)
    -- What a range type brings along.
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')
),
types as (
  select t.*, s.name as schema, format('%I.%I', s.name, t.typname) as path
  from pg_catalog.pg_type t join schemas s on s.oid = t.typnamespace
  where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and exists (
      select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
    and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid)
),
columns as (
  select r.path, r.key as parent, format('column %s.%I', r.path, a.attname) as key, r.oid, r.relispartition,
         a.attnum, a.attname, a.attnotnull, a.attidentity, a.attgenerated,
         format_type(a.atttypid, a.atttypmod) as type, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
           d.oid as adoid,
         nullif(a.attcollation, t.typcollation)::regcollation::text as collated,
         (select format(' (start with %s increment by %s)', q.seqstart, q.seqincrement)
          from identities i join pg_catalog.pg_sequence q on q.seqrelid = i.sequence
          where i.relation = r.oid and i.attnum = a.attnum and (q.seqstart, q.seqincrement) <> (1, 1)) as counter
  from pg_catalog.pg_attribute a
    join relations r on r.oid = a.attrelid
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p')
),
defined as (
  select *, format('%I %s', attname, type) || coalesce(' collate ' || collated, '')
      || case attgenerated when 's' then format(' generated always as (%s) stored', expression)
                           when 'v' then format(' generated always as (%s) virtual', expression) else '' end
      || case attidentity when 'a' then ' generated always as identity' || coalesce(counter, '')
                          when 'd' then ' generated by default as identity' || coalesce(counter, '') else '' end as bare
  from columns
),
sequences as (
  select r.path, r.key, r.oid, r.relowner, r.relpersistence, q.*,
         (select jsonb_build_array(format('column %s.%I', o.path, a.attname), format('%s.%I', o.path, a.attname))
          from pg_catalog.pg_depend d join relations o on o.oid = d.refobjid
            join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum = d.refobjsubid
          where d.objid = r.oid and d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'a') as owned,
         format('as %s increment by %s minvalue %s maxvalue %s start with %s cache %s %s', format_type(q.seqtypid,
           null),
                q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache,
                case when q.seqcycle then 'cycle' else 'no cycle' end) as numbers
  from relations r join pg_catalog.pg_sequence q on q.seqrelid = r.oid
  where not exists (select from identities i where i.sequence = r.oid)
),
-- Access lists, with what a null list stands for written out. The owner's own rights are left to the owner.
lists as (
  select 'schema ' || quote_ident(name) as parent, 'schema ' || quote_ident(name) as subject, null::text as part,
         nspowner as owner, coalesce(nspacl, acldefault('n', nspowner)) as acl from schemas
  union all
  select coalesce((select format('column %s.%I', o.path, a.attname)
                   from identities i join relations o on o.oid = i.relation
                     join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum = i.attnum
                   where i.sequence = r.oid), r.key),
         case r.relkind when 'S' then 'sequence ' else 'table ' end || r.path, null, r.relowner,
         coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))
  from relations r
  union all
  select case when r.relkind in ('v', 'm') then r.key else format('column %s.%I', r.path, a.attname) end,
         'table ' || r.path, quote_ident(a.attname), r.relowner, a.attacl
  from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
  where a.attnum > 0 and not a.attisdropped and a.attacl is not null
  union all
  select 'function ' || path, case prokind when 'p' then 'procedure ' else 'function ' end || path, null, proowner,
         coalesce(proacl, acldefault('f', proowner)) from routines
  union all
  select 'type ' || path, 'type ' || path, null, typowner, coalesce(typacl, acldefault('T', typowner)) from types
),
grants as (
  select l.parent, l.subject, l.part, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
         array_agg(distinct a.privilege_type || coalesce(' (' || l.part || ')', '') order by
                   a.privilege_type || coalesce(' (' || l.part || ')', '')) as privileges,
         array_agg(distinct a.privilege_type || coalesce(' (' || l.part || ')',
           '')) filter (where a.is_grantable) as grantable
  from lists l cross join lateral aclexplode(l.acl) as a
  where a.grantee <> l.owner
  group by l.parent, l.subject, l.part, a.grantee
),
defaults as (
  select d.*, s.name as schema, d.defaclrole::regrole::text as role,
         case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                              when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end as plural
  from pg_catalog.pg_default_acl d left join schemas s on s.oid = d.defaclnamespace
  where s.oid is not null or (d.defaclnamespace = 0 and $1::text[] is null)
),
publications as (
  select p.*, quote_ident(p.pubname) as name from pg_catalog.pg_publication p
  where p.pubname not like 'supabase_realtime_messages%' and $1::text[] is null
)
select 'schema ' || quote_ident(name) as key, 'schema' as kind, null as parent,
       jsonb_build_object('owner', nspowner::regrole::text) as fact,
       array[format('create schema if not exists %I', name), format('alter schema %I owner to %s', name,
         nspowner::regrole)] as make,
       array[format('alter schema %I owner to %s', name, nspowner::regrole)] as alter,
       format('drop schema %I', name) as drop,
       'pg_catalog.pg_namespace'::regclass::oid as classid, oid as objid, 0 as objsubid, null::jsonb as extra
from schemas
union all
select 'extension ' || quote_ident(e.extname), 'extension', null, jsonb_build_object('schema',
  e.extnamespace::regnamespace::text),
       array[format('create extension if not exists %I with schema %s', e.extname, e.extnamespace::regnamespace)],
       array[format('alter extension %I set schema %s', e.extname, e.extnamespace::regnamespace)],
       format('drop extension %I', e.extname), 'pg_catalog.pg_extension'::regclass, e.oid, 0, null
from pg_catalog.pg_extension e where $1::text[] is null
union all
select 'type ' || t.path, 'type', null, f.fact || jsonb_build_object('owner', t.typowner::regrole::text),
       array[case t.typtype
         when 'e' then format('create type %s as enum (%s)', t.path,
           (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_catalog.pg_enum e
             where e.enumtypid = t.oid))
         when 'c' then format('create type %s as (%s)', t.path,
           (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
            from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
         when 'r' then format('create type %s as range (subtype = %s)', t.path,
           (select format_type(r.rngsubtype, null) from pg_catalog.pg_range r where r.rngtypid = t.oid))
         else format('create domain %s as %s', t.path, format_type(t.typbasetype, t.typtypmod))
           || coalesce(' default ' || t.typdefault, '') || case when t.typnotnull then ' not null' else '' end
           || coalesce((select string_agg(format(' constraint %I %s', c.conname,
             pg_catalog.pg_get_constraintdef(c.oid)), '' order by c.conname)
                        from pg_catalog.pg_constraint c where c.contypid = t.oid and c.contype = 'c'), '') end]
         || format('alter %s %s owner to %s', case t.typtype when 'd' then 'domain' else 'type' end, t.path,
           t.typowner::regrole),
       null, format('drop %s %s', case t.typtype when 'd' then 'domain' else 'type' end, t.path),
       'pg_catalog.pg_type'::regclass, t.oid, 0, jsonb_build_object('path', t.path, 'schema', t.schema, 'name',
         t.typname)
from types t cross join lateral (select jsonb_build_object(
    'kind', t.typtype, 'not_null', t.typnotnull, 'default', t.typdefault,
    'base', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
    'subtype', (select format_type(r.rngsubtype, null) from pg_catalog.pg_range r where r.rngtypid = t.oid),
    'labels', (select array_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
      where e.enumtypid = t.oid),
    'fields', (select array_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum)
               from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
    'checks', (select array_agg(format('%I %s', c.conname, pg_catalog.pg_get_constraintdef(c.oid)) order by c.conname)
               from pg_catalog.pg_constraint c where c.contypid = t.oid and c.contype = 'c')) as fact) as f
union all
select s.key, 'sequence', s.owned ->> 0,
       jsonb_build_object('numbers', s.numbers, 'owned', s.owned ->> 1, 'owner', s.relowner::regrole::text),
       array[format('create %ssequence %s %s', case s.relpersistence when 'u' then 'unlogged ' else '' end, s.path,
         s.numbers)] || set.statements,
       array[format('alter sequence %s %s', s.path, s.numbers)] || set.statements,
       format('drop sequence %s', s.path), 'pg_catalog.pg_class'::regclass, s.oid, 0, jsonb_build_object('owned',
         s.owned ->> 0)
from sequences s cross join lateral (select array[
    format('alter sequence %s owned by %s', s.path, coalesce(s.owned ->> 1, 'none')),
    case when s.owned is null then format('alter sequence %s owner to %s', s.path,
      s.relowner::regrole) end] as statements) as set
union all
select r.key, 'table', null, jsonb_build_object(
         'kind', r.relkind, 'persistence', r.relpersistence, 'owner', r.relowner::regrole::text,
         'options', (select array_agg(o order by o) from unnest(r.reloptions) as o),
         'partition', case when r.relkind = 'p' then pg_catalog.pg_get_partkeydef(r.oid) end,
         'bound', pg_catalog.pg_get_expr(r.relpartbound, r.oid),
         'inherits', (select array_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_catalog.pg_inherits i
           where i.inhrelid = r.oid)),
       array[case when r.relispartition
         then format('create table %s partition of %s %s', r.path,
                     (select i.inhparent::regclass from pg_catalog.pg_inherits i where i.inhrelid = r.oid),
                     pg_catalog.pg_get_expr(r.relpartbound, r.oid))
         else format(E'create %stable %s (\n  %s\n)', case r.relpersistence when 'u' then 'unlogged ' else '' end,
           r.path,
                     (select string_agg(d.bare || case when d.attnotnull then ' not null' else '' end, E',\n  '
                       order by d.attnum)
                      from defined d where d.oid = r.oid)) end
         || case when r.relkind = 'p' then ' partition by ' || pg_catalog.pg_get_partkeydef(r.oid) else '' end
         || coalesce(' with (' || array_to_string(r.reloptions, ', ') || ')', '')]
           || format('alter table %s owner to %s', r.path, r.relowner::regrole),
       array[format('alter table %s owner to %s', r.path, r.relowner::regrole),
             format('alter table %s set %s', r.path, case r.relpersistence when 'u' then 'unlogged' else 'logged' end)]
         || case when r.reloptions is not null then format('alter table %s set (%s)', r.path,
           array_to_string(r.reloptions, ', ')) end,
       'drop table ' || r.path, 'pg_catalog.pg_class'::regclass, r.oid, 0, jsonb_build_object('path', r.path)
from relations r where r.relkind in ('r', 'p')
union all
select d.key, 'column', d.parent, jsonb_build_object(
         'type', d.type, 'not_null', d.attnotnull, 'identity', d.attidentity, 'collation', d.collated,
         'generated', d.attgenerated, 'expression', case when d.attgenerated <> '' then d.expression end),
       array[format('alter table %s add column %s', d.path, d.bare)], null,
       format('alter table %s drop column %I', d.path, d.attname), 'pg_catalog.pg_class'::regclass, d.oid,
         d.attnum::int,
       jsonb_build_object('table', d.path, 'name', quote_ident(d.attname), 'default', case
         when d.attgenerated = '' then d.expression end)
from defined d where not d.relispartition
union all
select format('default %s.%I', d.path, d.attname), 'default', d.key, jsonb_build_object('expression', d.expression),
       set.statements, set.statements, format('alter table %s alter column %I drop default', d.path, d.attname),
       'pg_catalog.pg_attrdef'::regclass, d.adoid, 0, jsonb_build_object('fill',
         array[format('update %s set %I = default', d.path, d.attname)]
         || case when d.attnotnull then format('alter table %s alter column %I set not null', d.path, d.attname) end)
from defined d cross join lateral (select array[
    format('alter table %s alter column %I set default %s', d.path, d.attname, d.expression)] as statements) as set
where d.attgenerated = '' and d.expression is not null and not d.relispartition
union all
select format('constraint %s.%I', r.path, c.conname), case c.contype
  when 'f' then 'foreign key' else 'constraint' end, r.key,
       jsonb_build_object('definition', pg_catalog.pg_get_constraintdef(c.oid)),
       array[format('alter table %s add constraint %I %s', r.path, c.conname,
         pg_catalog.pg_get_constraintdef(c.oid))], null,
       format('alter table %s drop constraint %I', r.path, c.conname), 'pg_catalog.pg_constraint'::regclass, c.oid,
         0, null
from pg_catalog.pg_constraint c join relations r on r.oid = c.conrelid
where c.contype in ('c', 'f', 'p', 'u', 'x') and c.conparentid = 0 and c.coninhcount = 0
union all
select format('index %I.%I', r.schema, x.relname), 'index', r.key,
       jsonb_build_object('definition', pg_catalog.pg_get_indexdef(x.oid)),
       array[case x.relkind when 'I' then replace(pg_catalog.pg_get_indexdef(x.oid), ' ON ONLY ',
         ' ON ') else pg_catalog.pg_get_indexdef(x.oid) end],
       null, format('drop index %I.%I', r.schema, x.relname), 'pg_catalog.pg_class'::regclass, x.oid, 0, null
from pg_catalog.pg_index i join relations r on r.oid = i.indrelid join pg_catalog.pg_class x on x.oid = i.indexrelid
where not x.relispartition
  and not exists (select from pg_catalog.pg_constraint c where c.conindid = x.oid and c.contype in ('p', 'u', 'x'))
union all
select 'function ' || p.path, 'function', null, jsonb_build_object(
         'definition', case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end, 'owner',
           p.proowner::regrole::text,
         'signature', jsonb_build_array(p.prokind, pg_catalog.pg_get_function_arguments(p.oid),
           pg_catalog.pg_get_function_result(p.oid))),
       set.statements, set.statements,
       format('drop %s %s', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
         p.path),
       'pg_catalog.pg_proc'::regclass, p.oid, 0,
       jsonb_build_object('subject', case p.prokind when 'p' then 'procedure ' else 'function ' end || p.path)
from routines p cross join lateral (select case when p.prokind <> 'a' then array[
    pg_catalog.pg_get_functiondef(p.oid),
    format('alter %s %s owner to %s', case p.prokind when 'p' then 'procedure' else 'function' end, p.path,
      p.proowner::regrole)] end as statements) as set
union all
select r.key, 'view', null, jsonb_build_object(
         'kind', r.relkind, 'owner', r.relowner::regrole::text, 'definition', pg_catalog.pg_get_viewdef(r.oid),
         'options', (select array_agg(o order by o) from unnest(r.reloptions) as o)),
       array[format('create %sview %s%s as%s%s', case r.relkind when 'm' then 'materialized ' else '' end, r.path,
                    coalesce(' with (' || array_to_string(r.reloptions, ', ') || ')', ''),
                    E'\n' || rtrim(pg_catalog.pg_get_viewdef(r.oid), ';'),
                    case when r.relkind = 'm' and not r.relispopulated then E'\nwith no data' else '' end),
             format('alter %sview %s owner to %s', case r.relkind when 'm' then 'materialized ' else '' end, r.path,
               r.relowner::regrole)],
       null, format('drop %sview %s', case r.relkind when 'm' then 'materialized ' else '' end, r.path),
       'pg_catalog.pg_class'::regclass, r.oid, 0, jsonb_build_object('subject', 'table ' || r.path)
from relations r where r.relkind in ('v', 'm')
union all
select format('rule %s.%I', r.path, w.rulename), 'rule', r.key, jsonb_build_object('definition',
  pg_catalog.pg_get_ruledef(w.oid)),
       array[rtrim(pg_catalog.pg_get_ruledef(w.oid), ';')], null, format('drop rule %I on %s', w.rulename, r.path),
       'pg_catalog.pg_rewrite'::regclass, w.oid, 0, null
from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'
union all
select format('trigger %s.%I', g.path, t.tgname), 'trigger', g.parent,
       jsonb_build_object('definition', pg_catalog.pg_get_triggerdef(t.oid), 'enabled', t.tgenabled),
       array[pg_catalog.pg_get_triggerdef(t.oid)] || case
         when t.tgenabled <> 'O' then format('alter table %s %s trigger %I', g.path,
         case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end,
           t.tgname) end,
       null, format('drop trigger %I on %s', t.tgname, g.path), 'pg_catalog.pg_trigger'::regclass, t.oid, 0, null
from pg_catalog.pg_trigger t
  join (select oid, path, key as parent from relations union all select oid, path, null
    from foreign_ground) as g on g.oid = t.tgrelid
where not t.tgisinternal and t.tgparentid = 0
  and (g.parent is not null or exists (select from routines p where p.oid = t.tgfoid))
union all
select 'row security ' || g.path, 'row security', g.parent, jsonb_build_object('enabled', g.relrowsecurity, 'forced',
  g.relforcerowsecurity),
       array[case when g.relrowsecurity then format('alter table %s enable row level security', g.path) end,
             case when g.relforcerowsecurity then format('alter table %s force row level security', g.path) end],
       array[format('alter table %s %s row level security', g.path, case
         when g.relrowsecurity then 'enable' else 'disable' end),
             format('alter table %s %s row level security', g.path, case
               when g.relforcerowsecurity then 'force' else 'no force' end)],
       null, null, null, null, null
from guarded g
union all
select format('policy %s.%I', g.path, p.polname), 'policy', g.parent, jsonb_build_object(
         'command', p.polcmd, 'permissive', p.polpermissive, 'roles', names.roles, 'using', e.using, 'check', e.check),
       array[format('create policy %I on %s as %s for %s to %s', p.polname, g.path,
                    case when p.polpermissive then 'permissive' else 'restrictive' end,
                    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                      when 'd' then 'delete' else 'all' end,
                    array_to_string(names.roles, ', '))
             || coalesce(' using (' || e.using || ')', '') || coalesce(' with check (' || e.check || ')', '')],
       null, format('drop policy %I on %s', p.polname, g.path), 'pg_catalog.pg_policy'::regclass, p.oid, 0, null
from pg_catalog.pg_policy p join guarded g on g.oid = p.polrelid
  cross join lateral (select array_agg(case o when 0 then 'public' else o::regrole::text end order by 1) as roles
    from unnest(p.polroles) as o) as names
  cross join lateral (select pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check) as e
union all
select 'publication ' || p.name, 'publication', null,
       jsonb_build_object('operations', set.operations, 'all_tables', p.puballtables, 'via_root', p.pubviaroot),
       array[format('create publication %s%s with (publish = %L, publish_via_partition_root = %s)', p.name,
                    case when p.puballtables then ' for all tables' else '' end, set.operations, p.pubviaroot)],
       array[format('alter publication %s set (publish = %L, publish_via_partition_root = %s)', p.name,
         set.operations, p.pubviaroot)],
       format('drop publication %s', p.name), 'pg_catalog.pg_publication'::regclass, p.oid, 0, null
from publications p cross join lateral (select concat_ws(', ', case when p.pubinsert then 'insert' end, case
  when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as operations) as set
union all
select format('published %s in %s', r.path, p.name), 'published', r.key,
       jsonb_build_object('filter', e.filter, 'columns', e.columns),
       array[format('alter publication %s add table %s', p.name, r.path)
             || coalesce(' (' || array_to_string(e.columns, ', ') || ')', '') || coalesce(' where (' || e.filter
               || ')', '')],
       null, format('alter publication %s drop table %s', p.name, r.path), 'pg_catalog.pg_publication_rel'::regclass,
         m.oid, 0, null
from pg_catalog.pg_publication_rel m join publications p on p.oid = m.prpubid join relations r on r.oid = m.prrelid
  cross join lateral (select pg_catalog.pg_get_expr(m.prqual, m.prrelid) as filter,
    (select array_agg(quote_ident(a.attname) order by a.attnum) from unnest(m.prattrs::int2[]) as n
       join pg_catalog.pg_attribute a on a.attrelid = m.prrelid and a.attnum = n) as columns) as e
union all
select format('grant on %s to %s', g.subject || coalesce(' (' || g.part || ')', ''), g.grantee),
       case when g.part is null then 'grant' else 'column grant' end, g.parent,
       jsonb_build_object('privileges', g.privileges, 'grantable', g.grantable),
       array[format('grant %s on %s to %s', array_to_string(g.privileges, ', '), g.subject, g.grantee)]
         || case when g.grantable is not null then format('grant %s on %s to %s with grant option',
           array_to_string(g.grantable, ', '), g.subject, g.grantee) end,
       null, format('revoke %s on %s from %s', array_to_string(g.privileges, ', '), g.subject, g.grantee), null,
         null, null,
       jsonb_build_object('subject', g.subject, 'grantee', g.grantee)
from grants g
union all
select concat_ws(' ', 'default privileges', d.plural, 'of', d.role, 'in ' || quote_ident(d.schema)),
  'default privileges', null,
       (select coalesce(jsonb_object_agg(x.grantee, x.privileges), '{}') from (
          select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
            jsonb_agg(a.privilege_type order by 1) as privileges
          from aclexplode(d.defaclacl) as a group by a.grantee) as x),
       array[]::text[], null, null, 'pg_catalog.pg_default_acl'::regclass, d.oid, 0,
       jsonb_build_object('plural', d.plural, 'scope', format('alter default privileges for role %s', d.role)
         || coalesce(' in schema ' || quote_ident(d.schema), ''),
         'base', (select coalesce(jsonb_object_agg(x.grantee, x.privileges), '{}') from (
            select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
              jsonb_agg(a.privilege_type order by 1) as privileges
            from aclexplode(case when d.defaclnamespace = 0 then acldefault(
              case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end,
                d.defaclrole) end) as a group by a.grantee) as x))
from defaults d

-- name: aliases
-- Catalog rows that stand for an object under another address: (classid, objid) of the one, address of the other.
select 'pg_catalog.pg_type'::regclass::oid as classid, t.oid as objid,
  'pg_catalog.pg_class'::regclass::oid as toclassid,
       t.typrelid as toobjid, 0 as tosubid
from pg_catalog.pg_type t join pg_catalog.pg_class c on c.oid = t.typrelid
where c.relkind <> 'c' and t.oid >= 16384
union all
select 'pg_catalog.pg_class'::regclass, t.typrelid, 'pg_catalog.pg_type'::regclass, t.oid, 0
from pg_catalog.pg_type t join pg_catalog.pg_class c on c.oid = t.typrelid
where c.relkind = 'c' and t.oid >= 16384
union all
select 'pg_catalog.pg_type'::regclass, t.typarray, 'pg_catalog.pg_type'::regclass, t.oid, 0
from pg_catalog.pg_type t where t.typarray >= 16384
union all
select 'pg_catalog.pg_type'::regclass, r.rngmultitypid, 'pg_catalog.pg_type'::regclass, r.rngtypid, 0
from pg_catalog.pg_range r where r.rngtypid >= 16384
union all
select 'pg_catalog.pg_rewrite'::regclass, w.oid, 'pg_catalog.pg_class'::regclass, w.ev_class, 0
from pg_catalog.pg_rewrite w where w.rulename = '_RETURN' and w.oid >= 16384
union all
select 'pg_catalog.pg_class'::regclass, c.conindid, 'pg_catalog.pg_constraint'::regclass, c.oid, 0
from pg_catalog.pg_constraint c where c.contype in ('p', 'u', 'x') and c.conindid >= 16384
union all
select 'pg_catalog.pg_constraint'::regclass, c.oid, 'pg_catalog.pg_type'::regclass, c.contypid, 0
from pg_catalog.pg_constraint c where c.contypid >= 16384
union all
select 'pg_catalog.pg_attrdef'::regclass, d.oid, 'pg_catalog.pg_class'::regclass, d.adrelid, d.adnum::int
from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where a.attgenerated <> '' and d.oid >= 16384
union all
select 'pg_catalog.pg_class'::regclass, d.objid, 'pg_catalog.pg_class'::regclass, d.refobjid, d.refobjsubid
from pg_catalog.pg_depend d
where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.deptype = 'i' and d.refobjsubid > 0

-- name: dependencies
select classid, objid, objsubid, refclassid, refobjid, refobjsubid from pg_catalog.pg_depend
where deptype <> 'e' and objid >= 16384 and refobjid >= 16384
