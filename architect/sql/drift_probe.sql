-- Trying the doors of a clone on the scratch server. Everything runs as a role that is no superuser, so that a
-- function of the guarded database which gives itself the session's own rights gains nothing.

-- name: make_prober
create role vibe_scratch_prober login nosuperuser bypassrls noinherit;
create role vibe_scratch_rows nologin noinherit;
grant set on parameter session_replication_role to vibe_scratch_prober;
grant pg_read_all_data, pg_write_all_data to vibe_scratch_rows with inherit true;
grant vibe_scratch_rows to vibe_scratch_prober with inherit true;

-- name: roles
select r.rolname, r.rolsuper, r.rolbypassrls, coalesce(pg_catalog.pg_has_role('vibe_scratch_prober', r.oid, 'SET'), false)
from pg_catalog.pg_roles r
where r.rolname !~ '^(pg_|vibe_scratch)';

-- name: lend
grant {role} to vibe_scratch_prober with inherit false, set true;

-- name: tame
-- A superuser of the clone can do everything with rows, but nothing with files and programs of this machine.
alter role {role} nosuperuser bypassrls;
grant vibe_scratch_rows to {role} with inherit true;

-- name: untame
alter role {role} superuser {bypass};
revoke vibe_scratch_rows from {role};

-- name: session
set session_replication_role = replica;
set statement_timeout = '5s';
set lock_timeout = '1s';
set search_path = public, extensions;
set timezone = 'UTC';
set datestyle = 'ISO';
set intervalstyle = 'postgres';
set check_function_bodies = off;
set client_min_messages = error;
set work_mem = '4MB';

-- name: functions
create temp table va_rows (relation int, place oid, tid tid, number int);
create temp table va_places (relation int, place oid);

-- Seeds one row; a row that does not fit is left out.
create function pg_temp.va_seed(relation int, statement text, number int) returns boolean language plpgsql as $va$
begin
  begin
    execute format('with i as (%s returning tableoid, ctid) insert into pg_temp.va_rows select %s, tableoid, ctid, %s from i',
      statement, relation, number);
    return found;
  exception when others then
    return false;
  end;
end
$va$;

-- One attempt in its own subtransaction, which always ends in an error and so takes everything back.
create function pg_temp.va_try(
  role text, claims text, relation int, name text, mode text, statement text, known jsonb default null,
  out state text, out message text, out numbers int[], out amount bigint
) language plpgsql as $va$
declare
  token jsonb := claims::jsonb;
  places oid[];
  tids text[];
begin
  begin
    perform set_config('request.jwt.claims', claims, true),
            set_config('request.jwt.claim.sub', coalesce(token ->> 'sub', ''), true),
            set_config('request.jwt.claim.role', token ->> 'role', true),
            set_config('request.jwt.claim.email', coalesce(token ->> 'email', ''), true);
    perform set_config('role', role, true);
    if mode = 'rows' then
      execute statement into places, tids;
      reset role;
      select array_agg(r.number order by r.number), coalesce(cardinality(tids), 0) into numbers, amount
      from pg_temp.va_rows r join unnest(places, tids) as u (place, tid) on r.place = u.place and r.tid = u.tid::tid;
      amount := coalesce(cardinality(tids), 0);
    elsif mode = 'keys' then
      execute statement into tids;
      reset role;
      select array_agg((known ->> k)::int order by (known ->> k)::int) filter (where known ? k), count(*)
      into numbers, amount from unnest(tids) as u (k);
    elsif mode = 'count' then
      execute statement into amount;
      reset role;
    else
      execute statement;
      get diagnostics amount = row_count;
      reset role;
      if mode = 'touch' then
        -- A row that was touched is no longer where it was.
        execute format('select array_agg(r.number order by r.number) from pg_temp.va_rows r
          where r.place in (select p.place from pg_temp.va_places p where p.relation = %s)
            and not exists (select from %s x where x.tableoid = r.place and x.ctid = r.tid)', relation, name) into numbers;
      end if;
    end if;
    raise exception using errcode = 'VA000';
  exception when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text;
    message := nullif(message, 'VA000');
  end;
end
$va$;

-- The columns of the list that the role holds the privilege for.
create function pg_temp.va_may(role text, schema text, name text, columns text[], privilege text)
returns text[] language sql as $va$
  select coalesce(array_agg(c order by n), '{}') from unnest(columns) with ordinality as u (c, n)
  where has_schema_privilege(role, schema, 'usage') and has_column_privilege(role, name, c, privilege)
$va$;

-- Everything that one person can do with one relation: [[operation, variant, sqlstate, row numbers, amount, message]].
create function pg_temp.va_door(r jsonb, p jsonb) returns jsonb language plpgsql as $va$
declare
  cells jsonb[] := '{}';
  name text := r ->> 'name';
  schema text := r ->> 'schema';
  role text := p ->> 'role';
  claims text := p ->> 'claims';
  relation int := (r ->> 'number')::int;
  columns text[] := array(select jsonb_array_elements_text(r -> 'columns'));
  readable text[];
  writable text[];
  insertable text[];
  column_name text;
  attempt jsonb;
  o record;
begin
  if r ->> 'kind' = 'function' then
    select * into o from pg_temp.va_try(role, claims, relation, name, 'count', format('select count(*) from %s', name));
    return jsonb_build_array(jsonb_build_array('call', '', o.state, null, o.amount, o.message));
  end if;
  readable := pg_temp.va_may(role, schema, name, columns, 'select');
  cells := cells || jsonb_build_array('columns', '', 'VA000', null, cardinality(readable), null, to_jsonb(readable));
  select * into o from pg_temp.va_try(role, claims, relation, name,
    case when r ->> 'kind' = 'table' then 'rows' else 'count' end,
    case when r ->> 'kind' = 'table' then format('select array_agg(tableoid), array_agg(ctid::text) from %s', name)
         else format('select count(*) from %s', name) end);
  if o.state = '42501' and r ->> 'key' = any (readable) then
    select * into o from pg_temp.va_try(role, claims, relation, name, 'keys',
      format('select array_agg(%I::text) from %s', r ->> 'key', name), r -> 'numbers');
  elsif o.state = '42501' and cardinality(readable) > 0 then
    select * into o from pg_temp.va_try(role, claims, relation, name, 'count',
      format('select count(%I) from (select %I from %s) x', readable[1], readable[1], name));
  end if;
  cells := cells || jsonb_build_array('read', '', o.state, o.numbers, o.amount, o.message);
  if r ->> 'kind' <> 'table' then
    return to_jsonb(cells);
  end if;

  writable := pg_temp.va_may(role, schema, name, array(select jsonb_array_elements_text(r -> 'touch')), 'update');
  cells := cells || jsonb_build_array('writable', '', 'VA000', null, cardinality(writable), null, to_jsonb(writable));
  column_name := coalesce(writable[1], r -> 'touch' ->> 0);
  if column_name is not null then
    select * into o from pg_temp.va_try(role, claims, relation, name, 'touch',
      format('update %s set %I = %I', name, column_name, column_name));
    cells := cells || jsonb_build_array('change', 'reading', o.state, o.numbers, o.amount, o.message);
    -- An update that reads nothing is not held up by the policies for reading.
    select * into o from pg_temp.va_try(role, claims, relation, name, 'touch',
      format('update %s set %I = %L', name, column_name, r -> 'values' ->> column_name));
    cells := cells || jsonb_build_array('change', 'blind', o.state, o.numbers, o.amount, o.message);
  end if;
  select * into o from pg_temp.va_try(role, claims, relation, name, 'touch', format('delete from %s', name));
  cells := cells || jsonb_build_array('delete', '', o.state, o.numbers, o.amount, o.message);
  if has_table_privilege(role, name, 'truncate') then
    select * into o from pg_temp.va_try(role, claims, relation, name, 'touch', format('truncate %s', name));
    cells := cells || jsonb_build_array('empty', '', o.state, o.numbers, o.amount, o.message);
  end if;
  for attempt in select jsonb_array_elements(p -> 'inserts' -> relation::text) loop
    insertable := pg_temp.va_may(role, schema, name, array(select jsonb_object_keys(attempt -> 'row')), 'insert');
    if cardinality(insertable) = 0 then
      insertable := array(select jsonb_object_keys(attempt -> 'row'));
    end if;
    select * into o from pg_temp.va_try(role, claims, relation, name, 'write',
      format('insert into %s (%s) overriding system value values (%s)', name,
        (select string_agg(quote_ident(c), ', ' order by c) from unnest(insertable) c),
        (select string_agg(quote_nullable(attempt -> 'row' ->> c), ', ' order by c) from unnest(insertable) c)));
    cells := cells || jsonb_build_array('insert', attempt ->> 'variant', o.state, null, o.amount, o.message);
  end loop;
  for attempt in select jsonb_array_elements(p -> 'hand_overs' -> relation::text) loop
    select * into o from pg_temp.va_try(role, claims, relation, name, 'touch',
      format('update %s set %I = %L', name, attempt ->> 'column', attempt ->> 'value'));
    cells := cells || jsonb_build_array('set', attempt ->> 'variant', o.state, o.numbers, o.amount, o.message);
  end loop;
  return to_jsonb(cells);
end
$va$;

-- name: places
insert into pg_temp.va_places
select %s, t.relid from pg_catalog.pg_partition_tree(%s::regclass) t
union select %s, %s::regclass
union select %s, i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = %s::regclass;

-- name: seed
select pg_temp.va_seed(%s, %s, %s);

-- name: door
select pg_temp.va_door(%s::jsonb, %s::jsonb);

-- name: filled
select distinct p.relation from pg_temp.va_places p join pg_temp.va_rows r on r.place = p.place;

-- name: drop_check
alter table {table} drop constraint {name};

-- name: drop_domain_check
alter domain {domain} drop constraint {name};

-- name: drop_publication
drop publication {name};

-- name: refresh
refresh materialized view {name};

-- name: admit
grant connect, temporary on database {database} to vibe_scratch_prober;
