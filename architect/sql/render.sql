-- The SQL an environment is built from. Only architect.render fills the braces: identifiers arrive quoted,
-- literals escaped, and nothing else does.

-- name: lock_defaults
-- Whatever is created from here on starts without a single grant; each grant below is written out.
alter default privileges revoke all on tables from public, anon, authenticated, service_role;
alter default privileges revoke all on sequences from public, anon, authenticated, service_role;
alter default privileges revoke all on functions from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on tables from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from public, anon, authenticated, service_role;

-- name: create_table
create table {table} (
{columns}
);

-- name: lock_table
alter table {table} enable row level security;
revoke all on table {table} from public, anon, authenticated, service_role;

-- name: comment_table
comment on table {table} is {text};

-- name: comment_column
comment on column {column} is {text};

-- name: create_bucket
insert into storage.buckets (id, name, public) values ({name}, {name}, {public}) on conflict (id) do nothing;

-- name: add_unique
alter table {table} add constraint {name} unique ({columns});

-- name: add_check
alter table {table} add constraint {name} check ({condition});

-- name: add_foreign_key
alter table {table} add constraint {name} foreign key ({columns})
  references {target} ({references}) on delete {on_delete}{timing};

-- name: create_index
create index {name} on {table} ({columns});

-- name: create_private_schema
-- Not exposed by REST: helpers of policies live here and answer about the caller only.
create schema if not exists private;
revoke all on schema private from public, anon, authenticated, service_role;

-- name: grant_private_schema
grant usage on schema private to authenticated;

-- name: member_rows
select m.{tenant} from {via} as m where m.{user} = (select auth.uid()){roles}

-- name: parent_rows
select p.{key} from {parent} as p where p.{owner} = (select auth.uid())

-- name: parent_member_rows
select p.{key} from {parent} as p
  join {via} as m on m.{tenant} = p.{parent_tenant}
  where m.{user} = (select auth.uid()){roles}

-- name: staff_test
select exists (select from {via} as m where m.{user} = (select auth.uid()){roles})

-- name: create_helper
create or replace function {name}() returns {returns}
  language sql stable security definer set search_path = ''
  as {body};
revoke all on function {name}() from public, anon, authenticated, service_role;
grant execute on function {name}() to authenticated;

-- name: creator_body
begin
  if new.{creator} is not null then
    insert into {via} ({columns}) values ({values}) on conflict do nothing;
  end if;
  return null;
end

-- name: touch_body
begin
  new.{column} := now();
  return new;
end

-- name: create_trigger_function
create or replace function {name}() returns trigger
  language plpgsql {security} set search_path = ''
  as {body};
revoke all on function {name}() from public, anon, authenticated, service_role;

-- name: create_trigger
create trigger {name} {moment} on {table}
  for each row execute function {function}();

-- name: create_policy
create policy {name} on {table} for {command} to {roles}{using}{check};

-- name: close_table
-- Restrictive: a policy that somebody adds later does not open the table to these roles either.
create policy {name} on {table} as restrictive for all to anon, authenticated using (false) with check (false);

-- name: comment_policy
comment on policy {name} on {table} is {text};

-- name: grant_table
grant {privileges} on table {table} to {role};
