-- What is there and not among the facts. Nothing is left out in silence.

-- name: blind
-- Kinds of objects that these queries do not know, as a later version of the server may bring them.
select 'blind' as kind, '' as schema, b.what as name, json_build_object('why', b.why) as detail
from (
  select distinct 'objects of ' || d.classid::regclass::text as what, 'this kind of object is not compared' as why
  from (select classid, objid from pg_catalog.pg_depend where deptype <> 'e'
        union all
        select classid, objid from pg_catalog.pg_shdepend
        where dbid in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))) d
  where d.objid >= 16384 and d.classid::regclass::text <> all (array[
    'pg_am', 'pg_amop', 'pg_amproc', 'pg_attrdef', 'pg_authid', 'pg_auth_members', 'pg_cast', 'pg_class', 'pg_collation', 'pg_constraint',
    'pg_conversion', 'pg_database', 'pg_default_acl', 'pg_event_trigger', 'pg_extension', 'pg_foreign_data_wrapper',
    'pg_foreign_server', 'pg_language', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_namespace', 'pg_opclass',
    'pg_operator', 'pg_opfamily', 'pg_parameter_acl', 'pg_policy', 'pg_proc', 'pg_publication',
    'pg_publication_namespace', 'pg_publication_rel', 'pg_rewrite', 'pg_statistic_ext', 'pg_subscription',
    'pg_tablespace', 'pg_transform', 'pg_trigger', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template',
    'pg_type', 'pg_user_mapping'])
  union all
  select pg_catalog.format('relation %s.%s', s.name, c.relname), pg_catalog.format('relations of kind %s are not compared', c.relkind)
  from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
  where c.oid >= 16384 and c.relkind not in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 't', 'c')
  union all
  select pg_catalog.format('function %s.%s', s.name, p.proname), pg_catalog.format('functions of kind %s are not compared', p.prokind)
  from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
  where p.oid >= 16384 and p.prokind not in ('f', 'p', 'a', 'w')
  union all
  select pg_catalog.format('type %s.%s', s.name, t.typname), pg_catalog.format('types of kind %s are not compared', t.typtype)
  from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace
  where t.oid >= 16384 and t.typtype not in ('b', 'c', 'd', 'e', 'm', 'r')
  union all
  select pg_catalog.format('constraint %s of %s', c.conname, nullif(c.conrelid, 0)::regclass), pg_catalog.format('constraints of kind %s are not compared', c.contype)
  from pg_catalog.pg_constraint c where c.contype not in ('c', 'f', 'p', 'u', 'x', 'n', 't')
  union all
  select pg_catalog.format('policy %s on %s', p.polname, p.polrelid::regclass), pg_catalog.format('policies for %s are not compared', p.polcmd)
  from pg_catalog.pg_policy p where p.polcmd not in ('r', 'a', 'w', 'd', '*')
  union all
  select pg_catalog.format('trigger %s on %s', t.tgname, t.tgrelid::regclass), pg_catalog.format('triggers in state %s are not compared', t.tgenabled)
  from pg_catalog.pg_trigger t where t.tgenabled not in ('O', 'D', 'R', 'A')
  union all
  select pg_catalog.format('column %s.%s', a.attrelid::regclass, a.attname), 'this way of making values is not compared'
  from pg_catalog.pg_attribute a
  where a.attrelid >= 16384 and (a.attgenerated not in ('', 's', 'v') or a.attidentity not in ('', 'a', 'd'))
  union all
  select 'default privileges on ' || d.defaclobjtype::text, 'this kind of object is not compared'
  from pg_catalog.pg_default_acl d where d.defaclobjtype not in ('r', 'S', 'f', 'T', 'n', 'L')
  union all
  select 'server version ' || pg_catalog.current_setting('server_version_num')::int / 10000,
         'made for versions 15 to 18: what is new since then is not compared'
  where pg_catalog.current_setting('server_version_num')::int >= 190000
) b group by b.what, b.why
