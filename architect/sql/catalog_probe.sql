-- The access probe: one script that seeds a world, tries every door and leaves nothing behind.
-- It runs through the Management API as role postgres, so it needs no superuser and no session_replication_role.
-- Row keys are the primary key's columns as text, joined by "|".

-- name: open
begin;
set local statement_timeout = '120s';
set local lock_timeout = '5s';
set local search_path = public, extensions;
set local timezone = 'UTC';
set local datestyle = 'ISO';
set local intervalstyle = 'postgres';

-- name: functions
-- Rows that a blind update or a delete reaches, before constraints or other triggers see them. In mode "count" it
-- notes the row and skips it; in mode "target" it lets through only the row whose key is the target.
create function pg_temp.va_skip() returns trigger language plpgsql as $va$
declare
  key text;
begin
  execute 'select ' || tg_argv[0] into key using old;
  if current_setting('va_probe.mode') = 'target' then
    if key = current_setting('va_probe.target') then
      return new;
    end if;
    return null;
  end if;
  if position(E'\n' || key || E'\n' in current_setting('va_probe.keys')) > 0 then
    perform set_config('va_probe.hits', current_setting('va_probe.hits') || key || E'\n', true);
  end if;
  return null;
end
$va$;

-- One attempt in its own subtransaction, which always ends in an error and so takes everything back.
create function pg_temp.va_try(
  role text, claims text, mode text, target text, keys text, statement text,
  out state text, out message text, out hits text[], out touched bigint
) language plpgsql as $va$
declare
  token jsonb := claims::jsonb;
begin
  begin
    perform set_config('request.jwt.claims', claims, true),
            set_config('request.jwt.claim.sub', coalesce(token ->> 'sub', ''), true),
            set_config('request.jwt.claim.role', token ->> 'role', true),
            set_config('va_probe.mode', mode, true),
            set_config('va_probe.target', coalesce(target, ''), true),
            set_config('va_probe.keys', keys, true),
            set_config('va_probe.hits', '', true);
    perform set_config('role', role, true);
    if mode = 'read' then
      execute statement into hits;
    else
      execute statement;
      get diagnostics touched = row_count;
    end if;
    if mode = 'count' then
      hits := string_to_array(rtrim(current_setting('va_probe.hits'), E'\n'), E'\n');
    end if;
    raise exception using errcode = 'VA000';
  exception when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text;
  end;
end
$va$;

-- Seeds the world: users, then one statement per group of tables, so that circles of references close at its end.
create function pg_temp.va_seed(world jsonb) returns void language plpgsql as $va$
declare
  step jsonb;
  clear jsonb;
  statement text;
begin
  insert into auth.users (id, email)
    select (u ->> 0)::uuid, u ->> 1 from jsonb_array_elements(world -> 'users') as u;
  for step in select jsonb_array_elements(world -> 'seed') loop
    select string_agg(
        format('i%s as (insert into public.%I (%s) values %s)', n, part ->> 'table', (
            select string_agg(quote_ident(c), ', ' order by place)
            from jsonb_array_elements_text(part -> 'columns') with ordinality as columns (c, place)
          ), (
            select string_agg('(' || (
                select string_agg(quote_nullable(v), ', ' order by place)
                from jsonb_array_elements_text(r) with ordinality as cells (v, place)
              ) || ')', ', ')
            from jsonb_array_elements(part -> 'rows') as r
          )
        ), ', ' order by n
      ) into statement
    from jsonb_array_elements(step -> 'inserts') with ordinality as parts (part, n);
    execute 'with ' || statement || ' select';
    for clear in select jsonb_array_elements(step -> 'clear') loop
      execute format('delete from public.%I where %I::text = any ($1)', clear ->> 'table', clear ->> 'column')
        using array(select jsonb_array_elements_text(clear -> 'values'));
    end loop;
  end loop;
end
$va$;

-- The whole probe. Returns {"meta", "privileges", "cells"}; a cell is
-- [table, operation, identity, variant or null, sqlstate, row names or null, rows touched or null, message or null].
create function pg_temp.va_probe(world jsonb) returns jsonb language plpgsql as $va$
declare
  cells jsonb[] := '{}';
  privileges jsonb;
  t jsonb;
  i jsonb;
  a jsonb;
  op record;
  outcome record;
  key text;
  old_key text;
  keys text;
  statement text;
  failed_state text;
  failed_message text;
begin
  begin
    perform pg_temp.va_seed(world);
  exception when others then
    get stacked diagnostics failed_state = returned_sqlstate, failed_message = message_text;
    return jsonb_build_object('error', jsonb_build_object('sqlstate', failed_state, 'message', failed_message));
  end;

  select jsonb_agg(jsonb_build_array(
      name, grantee,
      has_schema_privilege(grantee, 'public', 'usage') and has_any_column_privilege(grantee, relation, 'select'),
      has_schema_privilege(grantee, 'public', 'usage') and has_any_column_privilege(grantee, relation, 'insert'),
      has_schema_privilege(grantee, 'public', 'usage') and has_any_column_privilege(grantee, relation, 'update'),
      has_schema_privilege(grantee, 'public', 'usage') and has_table_privilege(grantee, relation, 'delete')
    )) into privileges
  from jsonb_array_elements(world -> 'tables') as tables (entry)
    cross join lateral (
      select entry ->> 'name' as name, format('public.%I', entry ->> 'name')::regclass::oid as relation
    ) as named
    cross join unnest(array['anon', 'authenticated', 'service_role']::name[]) as grantee;

  for t in select jsonb_array_elements(world -> 'tables') loop
    select format('concat_ws(''|'', %s)', string_agg(quote_ident(c) || '::text', ', ' order by n)),
           format('concat_ws(''|'', %s)', string_agg('($1).' || quote_ident(c) || '::text', ', ' order by n))
      into key, old_key
    from jsonb_array_elements_text(t -> 'key') with ordinality as columns (c, n);
    select E'\n' || string_agg(k, E'\n') || E'\n' into keys from jsonb_object_keys(t -> 'rows') as k;
    -- The leading blank makes it the first BEFORE trigger.
    execute format(
      'create trigger " va_probe" before update or delete on public.%I for each row
         when (current_setting(''va_probe.mode'', true) in (''count'', ''target''))
         execute function pg_temp.va_skip(%L)', t ->> 'name', old_key);
    for i in select jsonb_array_elements(world -> 'identities') loop
      for op in select * from (values
          ('select', 'read', format('select array_agg(%s) from public.%I', key, t ->> 'name')),
          ('update', 'read', format('with u as (update public.%1$I set %2$I = %2$I returning %3$s as k) select array_agg(k) from u',
            t ->> 'name', t ->> 'touch', key)),
          ('blind_update', 'count', format('update public.%I set %I = null', t ->> 'name', t ->> 'touch')),
          ('delete', 'count', format('delete from public.%I', t ->> 'name'))
        ) as ops (name, mode, statement)
      loop
        select * into outcome from pg_temp.va_try(i ->> 1, i ->> 2, op.mode, null, keys, op.statement);
        cells := cells || jsonb_build_array(t ->> 'name', op.name, i ->> 0, null, outcome.state,
          (select jsonb_agg(t -> 'rows' ->> k order by t -> 'rows' ->> k) from unnest(outcome.hits) as k
            where t -> 'rows' ? k),
          null, case when outcome.state <> 'VA000' then outcome.message end);
      end loop;
    end loop;
  end loop;

  for a in select jsonb_array_elements(world -> 'attempts') loop
    i := world -> 'identities' -> (a ->> 0)::int;
    t := world -> 'tables' -> (a ->> 1)::int;
    if a ->> 2 = 'update_spoofed' then
      select format('update public.%I set %s', t ->> 'name', string_agg(format('%I = %L', k, v), ', ')) into statement
      from jsonb_each_text(a -> 4) as changes (k, v);
    else
      select format('insert into public.%I (%s) values (%s)', t ->> 'name',
          string_agg(quote_ident(k), ', '), string_agg(quote_nullable(v), ', ')) into statement
      from jsonb_each_text((t -> 'base') || (a -> 4)) as columns (k, v);
    end if;
    select * into outcome from pg_temp.va_try(
      i ->> 1, i ->> 2, case when a ->> 2 = 'update_spoofed' then 'target' else 'write' end, a ->> 5, '', statement);
    cells := cells || jsonb_build_array(t ->> 'name', a ->> 2, i ->> 0, a ->> 3, outcome.state, null,
      outcome.touched, case when outcome.state <> 'VA000' then outcome.message end);
  end loop;
  return jsonb_build_object('meta', world -> 'meta', 'privileges', privileges, 'cells', to_jsonb(cells));
end
$va$;

-- name: run
select pg_temp.va_probe({world}::jsonb) as access_matrix;
rollback;

-- name: remove_users
delete from auth.users where id in ({ids}) or email in ({addresses});
