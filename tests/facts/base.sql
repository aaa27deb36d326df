-- One of everything that facts are about, on top of an environment of the embedded platform.
create schema private;
create schema cron;
create table cron.job (jobid bigserial primary key, schedule text, command text, nodename text default 'localhost',
  nodeport int default 5432, database text default current_database(), username text default current_user,
  active boolean default true, jobname text);
insert into cron.job (schedule, command, jobname) values ('0 3 * * *', 'select 1', 'nightly');
create type public.status as enum ('open', 'done');
create domain public.email as text check (value ~ '@');
create type public.pair as (a integer, b text);
create type public.span as range (subtype = double precision);
create table public.orgs (id bigint primary key, name text not null);
create table public.members (org_id bigint references public.orgs, user_id uuid, primary key (org_id, user_id));
create function private.is_member(o bigint) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.members m where m.org_id = o and m.user_id = (select auth.uid())) $$;
create table public.items (id bigint generated always as identity primary key, org_id bigint references public.orgs,
  owner uuid, state public.status default 'open', mail public.email, price numeric(10, 2) check (price > 0), n serial,
  doubled numeric generated always as (price * 2) stored);
create index items_org on public.items (org_id);
create table public.log (id bigint, at date not null, body text) partition by range (at);
create table public.log_1 partition of public.log for values from ('2026-01-01') to ('2027-01-01');
create table public.child () inherits (public.orgs);
alter table public.items enable row level security;
alter table public.log enable row level security;
alter table public.log_1 enable row level security;
create policy reads on public.items for select to authenticated using (private.is_member(org_id));
create policy writes on public.items for update to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
create policy never on public.items as restrictive to authenticated, anon using (state <> 'done');
create view public.v with (security_invoker = on) as select id, owner from public.items;
create materialized view public.mv as select count(*) as n from public.items;
create function public.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before update on public.items for each row execute function public.touch();
create rule quiet as on delete to public.v do instead nothing;
create statistics public.together on org_id, owner from public.items;
create publication feed for table public.items (id, org_id) where (price > 1);
create publication whole for tables in schema private;
create function public.watch() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger watched on ddl_command_end execute function public.watch();
create aggregate public.total (integer) (sfunc = int4pl, stype = integer, initcond = '0');
create procedure public.tidy() language sql as 'select 1';
create function public.same(integer, integer) returns boolean language sql immutable as 'select $1 = $2';
create operator public.=== (function = public.same, leftarg = integer, rightarg = integer);
create function public.as_text(public.pair) returns text language sql immutable as 'select ($1).b';
create cast (public.pair as text) with function public.as_text(public.pair);
create collation public.plain (provider = libc, locale = 'C');
create text search configuration public.words (copy = pg_catalog.simple);
create foreign data wrapper far;
create server there foreign data wrapper far options (host 'a.example');
create user mapping for anon server there options (password 'hidden');
create foreign table public.remote (id integer) server there;
grant usage on schema public, private to anon, authenticated;
grant select on public.items, public.orgs to authenticated;
grant select (id) on public.items to anon;
alter default privileges in schema private grant select on tables to authenticated;
insert into storage.buckets (id, name, public) values ('docs', 'docs', false);
insert into storage.buckets (id, name, public, allowed_mime_types) values ('kinds', 'kinds', false, '{a/a,b/b}');
comment on table public.orgs is '@graphql({"totalCount": {"enabled": true}})';
