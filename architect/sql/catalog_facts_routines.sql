-- Facts of functions, types and extensions.

-- name: function
select 'function', p.schema, p.signature, json_build_object(
    'kind', p.prokind, 'owner', pg_catalog.pg_get_userbyid(p.proowner), 'language', l.lanname,
    'arguments', pg_catalog.pg_get_function_arguments(p.oid), 'returns', pg_catalog.pg_get_function_result(p.oid),
    'identity_arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
    'body', p.prosrc, 'sql_body', pg_catalog.pg_get_function_sqlbody(p.oid), 'library', p.probin,
    'definer', p.prosecdef, 'volatility', p.provolatile, 'leakproof', p.proleakproof, 'strict', p.proisstrict,
    'parallel', p.proparallel, 'cost', p.procost, 'rows', p.prorows,
    'config', coalesce((select json_agg(o order by o collate "C") from unnest(p.proconfig) as o), '[]'),
    'support', nullif(p.prosupport, 0)::regproc::text,
    'definition', case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end,
    'aggregate', (
      select to_jsonb(g) - array['aggfnoid', 'aggtranstype', 'aggmtranstype', 'aggsortop'] || jsonb_build_object(
               'aggtranstype', g.aggtranstype::regtype::text, 'aggmtranstype', nullif(g.aggmtranstype, 0)::regtype::text,
               'aggsortop', nullif(g.aggsortop, 0)::regoperator::text)
      from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid))
from routines p join pg_catalog.pg_language l on l.oid = p.prolang

-- name: type
select case t.typtype when 'd' then 'domain' else 'type' end, t.schema, t.typname::text, json_build_object(
    'kind', t.typtype, 'owner', pg_catalog.pg_get_userbyid(t.typowner), 'not_null', t.typnotnull,
    -- typdefault was deparsed when the type was made, under the search_path of that moment.
    'default', coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault),
    'base', case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end,
    'collation', case when t.typtype = 'd' then nullif(t.typcollation, 0)::regcollation::text end,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid),
    'fields', (select json_agg(json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                                                nullif(a.attcollation, f.typcollation)::regcollation::text) order by a.attnum)
               from pg_catalog.pg_attribute a join pg_catalog.pg_type f on f.oid = a.atttypid
               where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
    'range', (select json_build_object(
                'subtype', pg_catalog.format_type(g.rngsubtype, null), 'collation', nullif(g.rngcollation, 0)::regcollation::text,
                'canonical', nullif(g.rngcanonical::oid, 0)::regprocedure::text,
                'subtype_diff', nullif(g.rngsubdiff::oid, 0)::regprocedure::text,
                'multirange', g.rngmultitypid::regtype::text,
                'opclass', (select pg_catalog.format('%s.%s', c.opcnamespace::regnamespace, c.opcname)
                            from pg_catalog.pg_opclass c where c.oid = g.rngsubopc))
              from pg_catalog.pg_range g where g.rngtypid = t.oid),
    'base_type', case when t.typtype = 'b' then json_build_object(
      'input', t.typinput::text, 'output', t.typoutput::text, 'receive', t.typreceive::text, 'send', t.typsend::text,
      'modin', t.typmodin::text, 'modout', t.typmodout::text, 'length', t.typlen, 'by_value', t.typbyval,
      'align', t.typalign, 'storage', t.typstorage, 'category', t.typcategory, 'preferred', t.typispreferred) end,
    'checks', coalesce((
      select json_object_agg(c.conname, json_build_array(pg_catalog.pg_get_constraintdef(c.oid), c.convalidated)
                             order by c.conname)
      from pg_catalog.pg_constraint c where c.contypid = t.oid and c.contype = 'c'), '{}'))
from types t

-- name: extension
-- Its functions count as a whole: they change with its version, or because somebody replaced one.
select 'extension', '', e.extname::text, json_build_object(
    'schema', n.nspname, 'version', e.extversion, 'owner', pg_catalog.pg_get_userbyid(e.extowner),
    'functions', (
      select count(*) from members m where m.extension = e.oid and m.classid = 'pg_catalog.pg_proc'::regclass),
    'contents', (
      select md5(string_agg(md5(concat_ws('|', p.pronamespace::regnamespace, p.proname, oidvectortypes(p.proargtypes), p.prosrc,
                                          p.probin, p.prosecdef, p.proleakproof, p.provolatile,
                                          pg_catalog.pg_get_userbyid(p.proowner), array_to_string(p.proconfig, ','))), ''
                            order by p.pronamespace::regnamespace::text collate "C", p.proname,
                                     oidvectortypes(p.proargtypes) collate "C"))
      from members m join pg_catalog.pg_proc p on p.oid = m.objid
      where m.extension = e.oid and m.classid = 'pg_catalog.pg_proc'::regclass))
from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
