-- A word that changes whenever a fact may have changed, for the price of reading catalogs without spelling them out.
-- Every change of a row gives it another xmin; vacuum, analyze and rows of tables do not touch the ones summed up
-- here. Sums do not depend on the order of rows. Rows of configuration and roles, whose catalog may not be read, count
-- by their values.

-- name: token
select md5(concat_ws('|', pg_catalog.current_setting('server_version_num'), pg_catalog.current_database(), t.parts)) as token
from (
  select string_agg(concat_ws(':', p.part, p.n, p.sum), ',' order by p.part) as parts
  from (
/*parts*/
  ) p (part, n, sum)
) t

-- name: catalog
select '/*catalog*/', count(*), sum(pg_catalog.hashint8extended(oid::bigint << 32 | xmin::text::bigint, 0)) from pg_catalog./*catalog*/ where /*condition*/

-- name: columns
-- Of tables and views only: a column of an index or of a toast table never changes by itself.
select 'columns', count(*), sum(pg_catalog.hashint8extended(a.attrelid::bigint << 32 | a.xmin::text::bigint, a.attnum))
from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
where c.relkind not in ('i', 'I', 't') and a.attnum > 0

-- name: rowless
-- Catalogs whose rows have no oid.
select 'rowless', count(*), sum(pg_catalog.hashtextextended(r.row, 0)) from (
  select concat_ws(':', 'i', indexrelid, xmin) as row from pg_catalog.pg_index
  union all select concat_ws(':', 'h', inhrelid, inhseqno, xmin) from pg_catalog.pg_inherits
  union all select concat_ws(':', 'p', partrelid, xmin) from pg_catalog.pg_partitioned_table
  union all select concat_ws(':', 's', seqrelid, xmin) from pg_catalog.pg_sequence
  union all select concat_ws(':', 'a', aggfnoid::oid, xmin) from pg_catalog.pg_aggregate where aggfnoid::oid >= 16384
  union all select concat_ws(':', 'r', rngtypid, xmin) from pg_catalog.pg_range
  union all select concat_ws(':', 'f', ftrelid, xmin) from pg_catalog.pg_foreign_table
  union all select concat_ws(':', 'ip', classoid, objoid, objsubid, xmin) from pg_catalog.pg_init_privs
  union all select concat_ws(':', 'sl', classoid, objoid, objsubid, provider, xmin) from pg_catalog.pg_seclabel
  union all select concat_ws(':', 'sh', classoid, objoid, provider, xmin) from pg_catalog.pg_shseclabel
  union all select concat_ws(':', 'd', objoid, objsubid, xmin) from pg_catalog.pg_description where description like '%@graphql%'
  union all select concat_ws(':', 'tm', mapcfg, maptokentype, mapseqno, xmin) from pg_catalog.pg_ts_config_map
  union all select concat_ws(':', 'st', setdatabase, setrole, xmin) from pg_catalog.pg_db_role_setting
  union all select concat_ws(':', 'pa', parname, xmin) from pg_catalog.pg_parameter_acl
  union all select concat_ws(':', 'sub', subname, subenabled, subowner, subpublications::text) from pg_catalog.pg_subscription
  union all select concat_ws(':', 'lo', oid, lomacl::text) from pg_catalog.pg_largeobject_metadata where lomacl is not null
  union all select concat_ws(':', 'um', umid, srvid, umuser) from pg_catalog.pg_user_mappings
  union all select concat_ws(':', 'db', xmin) from pg_catalog.pg_database where datname = pg_catalog.current_database()
  union all select concat_ws(':', 'm', roleid, member, admin_option, to_jsonb(m) ->> 'inherit_option', to_jsonb(m) ->> 'set_option')
    from pg_catalog.pg_auth_members m
  union all select concat_ws(':', 'ro', oid, rolname, rolsuper, rolbypassrls, rolinherit, rolcanlogin, rolcreaterole, rolcreatedb,
                             rolreplication, rolconnlimit, rolvaliduntil) from pg_catalog.pg_roles
) r

-- name: dependencies
-- Who owns a sequence and what belongs to an extension is written nowhere else.
select 'dependencies', count(*), sum(pg_catalog.hashint8extended(
         objid::bigint << 32 | refobjid::bigint, refobjsubid::bigint << 8 | ascii(deptype::text)))
from pg_catalog.pg_depend where deptype in ('e', 'a', 'i')

-- name: rows
select '/*table*/', count(*), sum(pg_catalog.hashtextextended((to_jsonb(r) - array['created_at', 'updated_at', 'owner', 'owner_id', 'nodename', 'nodeport'])::text, 0)) from /*table*/ r
