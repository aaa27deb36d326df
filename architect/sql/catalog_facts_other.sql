-- Facts of what is rare: there, and with which properties. Options that may hold a secret are left out.

-- name: other
select o.kind, coalesce(i.schema, ''), coalesce(
         case when i.schema is not null then i.name end,
         case when pg_catalog.starts_with(i.identity, pg_catalog.quote_ident(i.schema) || '.')
           then substr(i.identity, length(pg_catalog.quote_ident(i.schema)) + 2) end, i.identity),
       json_build_object('object_type', i.type, 'identity', i.identity, 'properties', o.properties)
from (
  select 'cast' as kind, 'pg_catalog.pg_cast'::regclass as class, oid, jsonb_build_object(
    'function', nullif(castfunc, 0)::regprocedure::text, 'context', castcontext, 'method', castmethod) as properties
  from pg_catalog.pg_cast
  union all select 'operator', 'pg_catalog.pg_operator'::regclass, oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(oprowner), 'function', oprcode::oid::regprocedure::text,
    'restrict', oprrest::text, 'join', oprjoin::text, 'hashes', oprcanhash, 'merges', oprcanmerge,
    'commutator', nullif(oprcom, 0)::regoperator::text, 'negator', nullif(oprnegate, 0)::regoperator::text)
  from pg_catalog.pg_operator
  union all select 'operator_class', 'pg_catalog.pg_opclass'::regclass, oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(opcowner), 'default', opcdefault, 'type', opcintype::regtype::text,
    'stored', nullif(opckeytype, 0)::regtype::text)
  from pg_catalog.pg_opclass
  union all select 'operator_family', 'pg_catalog.pg_opfamily'::regclass, f.oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(f.opfowner), 'operators', (
      select jsonb_agg(jsonb_build_array(a.amopstrategy, a.amopopr::regoperator::text, a.amoppurpose)
                       order by a.amopstrategy, a.amopopr::regoperator::text collate "C")
      from pg_catalog.pg_amop a where a.amopfamily = f.oid),
    'functions', (
      select jsonb_agg(jsonb_build_array(a.amprocnum, a.amproc::oid::regprocedure::text)
                       order by a.amprocnum, a.amproc::oid::regprocedure::text collate "C")
      from pg_catalog.pg_amproc a where a.amprocfamily = f.oid))
  from pg_catalog.pg_opfamily f where f.oid >= 16384
  union all select 'collation', 'pg_catalog.pg_collation'::regclass, c.oid,
    to_jsonb(c) - array['oid', 'collname', 'collnamespace', 'collowner', 'collversion']
      || jsonb_build_object('owner', pg_catalog.pg_get_userbyid(c.collowner))
  from pg_catalog.pg_collation c
  union all select 'conversion', 'pg_catalog.pg_conversion'::regclass, oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(conowner), 'function', conproc::text, 'default', condefault,
    'from', pg_catalog.pg_encoding_to_char(conforencoding), 'to', pg_catalog.pg_encoding_to_char(contoencoding))
  from pg_catalog.pg_conversion
  union all select 'access_method', 'pg_catalog.pg_am'::regclass, oid, jsonb_build_object(
    'handler', amhandler::text, 'type', amtype) from pg_catalog.pg_am
  union all select 'language', 'pg_catalog.pg_language'::regclass, oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(lanowner), 'trusted', lanpltrusted, 'handler', lanplcallfoid::regproc::text,
    'inline', laninline::regproc::text, 'validator', lanvalidator::regproc::text)
  from pg_catalog.pg_language
  union all select 'transform', 'pg_catalog.pg_transform'::regclass, oid, jsonb_build_object(
    'from', trffromsql::text, 'to', trftosql::text) from pg_catalog.pg_transform
  union all select 'text_search_configuration', 'pg_catalog.pg_ts_config'::regclass, c.oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(c.cfgowner), 'parser', (
      select pg_catalog.format('%s.%s', p.prsnamespace::regnamespace, p.prsname)
      from pg_catalog.pg_ts_parser p where p.oid = c.cfgparser),
    'mappings', (select jsonb_agg(jsonb_build_array(m.maptokentype, m.mapdict::regdictionary::text)
                                  order by m.maptokentype, m.mapseqno)
                 from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid))
  from pg_catalog.pg_ts_config c
  union all select 'text_search_dictionary', 'pg_catalog.pg_ts_dict'::regclass, d.oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(d.dictowner), 'options', d.dictinitoption, 'template', (
      select pg_catalog.format('%s.%s', t.tmplnamespace::regnamespace, t.tmplname)
      from pg_catalog.pg_ts_template t where t.oid = d.dicttemplate))
  from pg_catalog.pg_ts_dict d
  union all select 'text_search_parser', 'pg_catalog.pg_ts_parser'::regclass, oid, jsonb_build_object(
    'start', prsstart::text, 'token', prstoken::text, 'end', prsend::text, 'headline', prsheadline::text,
    'types', prslextype::text) from pg_catalog.pg_ts_parser
  union all select 'text_search_template', 'pg_catalog.pg_ts_template'::regclass, oid, jsonb_build_object(
    'init', tmplinit::text, 'lexize', tmpllexize::text) from pg_catalog.pg_ts_template
  union all select 'foreign_data_wrapper', 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(fdwowner), 'handler', nullif(fdwhandler, 0)::regproc::text,
    'validator', nullif(fdwvalidator, 0)::regproc::text)
  from pg_catalog.pg_foreign_data_wrapper
  union all select 'foreign_server', 'pg_catalog.pg_foreign_server'::regclass, s.oid, jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(s.srvowner), 'type', s.srvtype, 'version', s.srvversion, 'wrapper', (
      select w.fdwname from pg_catalog.pg_foreign_data_wrapper w where w.oid = s.srvfdw),
    'options', (select jsonb_object_agg(split_part(o, '=', 1),
                  case when o ~* '^[^=]*(secret|password|passwd|token|key|credential)' then 'hidden'
                    else substr(o, strpos(o, '=') + 1) end) from unnest(s.srvoptions) as o))
  from pg_catalog.pg_foreign_server s
) o cross join lateral pg_catalog.pg_identify_object(o.class, o.oid, 0) i
where o.oid >= 16384 and not exists (select from members m where m.classid = o.class and m.objid = o.oid)
  -- A range type brings the cast to its multirange along.
  and not exists (select from pg_catalog.pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype = 'i')

-- name: user_mapping
-- That there is one; what it holds is a secret.
select 'user_mapping', '', pg_catalog.format('%s on %s', case umuser when 0 then 'public'
         else pg_catalog.pg_get_userbyid(umuser)::text end, srvname), json_build_object(
    'role', case umuser when 0 then 'public' else pg_catalog.pg_get_userbyid(umuser) end, 'server', srvname)
from pg_catalog.pg_user_mappings
