-- The frame that the facts are read in. `/*scope*/` and `/*facts*/` stand for the blocks of the other files.

-- name: settings
-- Everything that a deparsed text depends on, whatever the role or the database is set to.
set transaction isolation level repeatable read, read only;
set local search_path = '';
set local row_security = off;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local lc_monetary = 'C';
set local jit = off;
set local work_mem = '32MB';
set local lock_timeout = '5s';
set local statement_timeout = '/*timeout*/'

-- name: start
-- What a reader has to know before it can ask.
select pg_catalog.current_setting('server_version_num')::int as version,
       left(encode(sha256(convert_to(pg_catalog.current_database(), 'UTF8')), 'hex'), 16) as place,
       (/*states*/) as states

-- name: facts
with
/*scope*/,
facts (kind, schema, name, detail) as (
/*facts*/
)
select kind, schema, name, detail from facts

-- name: digests
with
/*scope*/,
facts (section, kind, schema, name, detail) as (
/*facts*/
)
select section, count(*)::int as count, md5(string_agg(
         md5(concat_ws(chr(1), kind, schema, name, detail)), '' order by kind, schema collate "C", name collate "C")) as digest
from facts group by section
