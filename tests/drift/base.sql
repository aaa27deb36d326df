-- A small database of every shape that a drift can hit. Run by a superuser in a fresh database; roles belong to the
-- whole server and may be there already.

-- Roles ------------------------------------------------------------------------------------------------------------
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role', 'authenticator', 'supabase_admin',
    'supabase_auth_admin', 'supabase_storage_admin', 'dashboard_user', 'reporting', 'app_owner']
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
end $$;
alter role anon nologin noinherit;
alter role authenticated nologin noinherit;
alter role service_role nologin noinherit bypassrls;
alter role authenticator login noinherit;
alter role reporting nologin inherit;
grant anon, authenticated, service_role to authenticator;
alter role authenticator set pgrst.db_schemas = 'public, storage';
alter role authenticator set statement_timeout = '8s';
alter role anon set statement_timeout = '3s';

-- Schemas ----------------------------------------------------------------------------------------------------------
create schema auth authorization supabase_auth_admin;
create schema storage authorization supabase_storage_admin;
create schema realtime authorization supabase_admin;
create schema cron authorization supabase_admin;
create schema private;
create schema extensions;
create schema reports;
create extension hstore schema extensions;
create extension unaccent schema extensions;
create extension postgres_fdw schema extensions;
grant usage on schema public to anon, authenticated, service_role;
grant usage on schema auth to anon, authenticated, service_role;
grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema private to authenticated;
grant usage on schema extensions to anon, authenticated, service_role;

-- Platform stubs ---------------------------------------------------------------------------------------------------
create table auth.users (
  id uuid primary key default gen_random_uuid(), email text unique, encrypted_password text,
  raw_user_meta_data jsonb default '{}', raw_app_meta_data jsonb default '{}', created_at timestamptz default now());
alter table auth.users owner to supabase_auth_admin;
alter table auth.users enable row level security;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'))::text
$$;
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb
$$;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.jwt() owner to supabase_auth_admin;

create table storage.buckets (
  id text primary key, name text not null unique, owner uuid, public boolean default false,
  file_size_limit bigint, allowed_mime_types text[], avif_autodetection boolean default false,
  created_at timestamptz default now(), updated_at timestamptz default now());
create table storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets, name text, owner uuid,
  metadata jsonb, created_at timestamptz default now());
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.objects, storage.buckets to anon, authenticated, service_role;
create function storage.foldername(name text) returns text[] language sql immutable as $$
  select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1]
$$;
create policy "own folder read" on storage.objects for select to authenticated
  using (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "own folder write" on storage.objects for insert to authenticated
  with check (bucket_id = 'documents' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "avatars are public" on storage.objects for select to anon, authenticated
  using (bucket_id = 'avatars');
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('documents', 'documents', false, 5242880, '{application/pdf,text/plain}'),
  ('avatars', 'avatars', true, 1048576, '{image/png,image/jpeg}');

create table realtime.messages (
  id bigint generated always as identity primary key, topic text not null, extension text, payload jsonb,
  private boolean default true, inserted_at timestamptz default now());
alter table realtime.messages owner to supabase_admin;
alter table realtime.messages enable row level security;
grant select, insert on realtime.messages to authenticated;
create policy "members listen" on realtime.messages for select to authenticated
  using (topic = 'user:' || (select auth.uid())::text);

create table cron.job (
  jobid bigint generated by default as identity primary key, schedule text not null, command text not null,
  nodename text default 'localhost', nodeport int default 5432, database text default current_database(),
  username text default current_user, active boolean default true, jobname text);
insert into cron.job (schedule, command, jobname) values
  ('0 3 * * *', 'select private.purge_audit()', 'purge audit'),
  ('*/5 * * * *', 'refresh materialized view public.org_stats', 'refresh stats');

-- Types ------------------------------------------------------------------------------------------------------------
create type public.item_status as enum ('draft', 'published', 'archived');
create type public.address as (street text, city text, zip text);
create type public.price_range as range (subtype = numeric);
create domain public.email as text constraint email_shape check (value ~ '^[^@]+@[^@]+$');
create domain public.positive as integer not null default 1 constraint above_zero check (value > 0);
create collation public.plain (locale = 'C');

-- Organisations and who belongs to them ----------------------------------------------------------------------------
create table public.orgs (
  id uuid primary key default gen_random_uuid(), name text not null, slug text unique, plan text default 'free',
  created_at timestamptz not null default now());
create table public.memberships (
  org_id uuid not null references public.orgs on delete cascade, user_id uuid not null references auth.users,
  role text not null default 'member' check (role in ('member', 'admin', 'owner')),
  primary key (org_id, user_id));
create index memberships_user_idx on public.memberships (user_id);
create function private.is_org_member(target uuid) returns boolean
  language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.memberships m where m.org_id = target and m.user_id = (select auth.uid()))
$$;
create function private.is_org_admin(target uuid) returns boolean
  language plpgsql stable security definer set search_path = '' as $$
begin
  -- Owners count as administrators.
  return exists (select 1 from public.memberships m
    where m.org_id = target and m.user_id = auth.uid() and m.role in ('admin', 'owner'));
end
$$;
create function private.my_orgs() returns setof uuid
  language sql stable security definer set search_path = '' as $$
  select org_id from public.memberships where user_id = (select auth.uid())
$$;
revoke execute on all functions in schema private from public;
grant execute on all functions in schema private to authenticated, service_role;

create table public.profiles (
  id uuid primary key references auth.users on delete cascade, display_name text, contact public.email,
  home public.address, avatar_url text, is_public boolean not null default false);
create table public.projects (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs on delete cascade,
  title text not null, status public.item_status not null default 'draft', budget numeric(12, 2),
  tags text[] default '{}', starts date, ends date,
  constraint dates_in_order check (starts is null or ends is null or starts <= ends));
create index projects_org_idx on public.projects (org_id);
create index projects_live_idx on public.projects (org_id, status) where status <> 'archived';
create table public.tasks (
  id bigint generated always as identity primary key, project_id uuid not null references public.projects,
  org_id uuid not null, owner_id uuid not null default auth.uid(), title text not null, done boolean default false,
  points integer default 1, estimate numeric generated always as (points * 1.5) stored, due date,
  unique (project_id, title));
create index tasks_owner_idx on public.tasks (owner_id);
create table public.documents (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, owner_id uuid not null,
  title text, body text, secret_note text, status public.item_status default 'draft', shared boolean default false);
create table public.invoices (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, number text not null,
  total numeric(12, 2) not null check (total >= 0), paid boolean default false, card_last4 text,
  exclude using btree (number with =));
create table public.comments (
  id bigserial primary key, document_id uuid references public.documents on delete cascade, author_id uuid not null,
  body text not null, created_at timestamptz default now());
create table public.countries (code char(2) primary key, name text not null, population bigint);
create table public.messages (
  id bigint generated by default as identity primary key, sender_id uuid not null, receiver_id uuid not null,
  body text, sent_at timestamptz default now());
create table public.api_tokens (id uuid primary key default gen_random_uuid(), user_id uuid not null, hash text not null);
create table public.drafts (id uuid primary key default gen_random_uuid(), owner_id uuid not null, body text);
create table private.secrets (name text primary key, value text not null);
create unlogged table private.cache (key text primary key, value jsonb);

-- Partitions and children ------------------------------------------------------------------------------------------
create table public.audit_log (
  id bigint generated always as identity, org_id uuid not null, actor_id uuid, action text not null,
  at timestamptz not null default now(), primary key (id, at)) partition by range (at);
create table public.audit_log_2026 partition of public.audit_log
  for values from ('2026-01-01') to ('2027-01-01');
create table public.audit_log_rest partition of public.audit_log default;
create table public.vehicles (id uuid primary key default gen_random_uuid(), owner_id uuid not null, plate text);
create table public.trucks (axles integer) inherits (public.vehicles);

-- Rows are guarded -------------------------------------------------------------------------------------------------
alter table public.orgs enable row level security;
alter table public.memberships enable row level security;
alter table public.profiles enable row level security;
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
alter table public.documents enable row level security;
alter table public.documents force row level security;
alter table public.invoices enable row level security;
alter table public.invoices force row level security;
alter table public.comments enable row level security;
alter table public.countries enable row level security;
alter table public.messages enable row level security;
alter table public.api_tokens enable row level security;
alter table public.drafts enable row level security;
alter table public.audit_log enable row level security;
alter table public.audit_log_2026 enable row level security;
alter table public.audit_log_rest enable row level security;
alter table public.vehicles enable row level security;
alter table public.trucks enable row level security;

create policy "members read orgs" on public.orgs for select to authenticated using (private.is_org_member(id));
create policy "admins change orgs" on public.orgs for update to authenticated
  using (private.is_org_admin(id)) with check (private.is_org_admin(id));
create policy "own memberships" on public.memberships for select to authenticated
  using (user_id = (select auth.uid()));
create policy "admins manage members" on public.memberships for all to authenticated
  using (private.is_org_admin(org_id)) with check (private.is_org_admin(org_id));
create policy "public or own profile" on public.profiles for select to authenticated
  using (is_public or id = (select auth.uid()));
create policy "own profile" on public.profiles for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));
create policy "members read projects" on public.projects for select to authenticated
  using (org_id in (select private.my_orgs()));
create policy "members write projects" on public.projects for insert to authenticated
  with check (private.is_org_member(org_id) and status = 'draft');
create policy "admins change projects" on public.projects for update to authenticated
  using (private.is_org_admin(org_id)) with check (private.is_org_admin(org_id));
create policy "admins delete projects" on public.projects for delete to authenticated
  using (private.is_org_admin(org_id));
create policy "owner all" on public.tasks for all to authenticated
  using (owner_id = (select auth.uid()) and private.is_org_member(org_id))
  with check (owner_id = (select auth.uid()) and private.is_org_member(org_id));
create policy "members read tasks" on public.tasks for select to authenticated
  using (exists (select 1 from public.memberships m where m.org_id = tasks.org_id and m.user_id = (select auth.uid())));
create policy "owner or shared" on public.documents for select to authenticated
  using (owner_id = (select auth.uid()) or (shared and private.is_org_member(org_id)));
create policy "owner writes" on public.documents for update to authenticated
  using (owner_id = (select auth.uid()) and status <> 'archived')
  with check (owner_id = (select auth.uid()) and status <> 'archived');
create policy "owner inserts" on public.documents for insert to authenticated
  with check (owner_id = (select auth.uid()) and private.is_org_member(org_id));
create policy "not archived" on public.documents as restrictive for all to authenticated
  using (status <> 'archived' or owner_id = (select auth.uid()));
create policy "admins read invoices" on public.invoices for select to authenticated
  using (private.is_org_admin(org_id));
create policy "multi factor" on public.invoices as restrictive for all to authenticated
  using (((select auth.jwt()) ->> 'aal') = 'aal2');
create policy "author or reader" on public.comments for select to authenticated
  using (author_id = (select auth.uid())
    or document_id in (select d.id from public.documents d where d.owner_id = (select auth.uid())));
create policy "author writes" on public.comments for insert to authenticated
  with check (author_id = (select auth.uid()));
create policy "everybody reads" on public.countries for select to anon, authenticated using (true);
create policy "sender or receiver" on public.messages for select to authenticated
  using ((select auth.uid()) in (sender_id, receiver_id));
create policy "sender sends" on public.messages for insert to authenticated
  with check (sender_id = (select auth.uid()));
create policy "own drafts" on public.drafts for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy "admins read audit" on public.audit_log for select to authenticated
  using (private.is_org_admin(org_id));
create policy "admins read audit" on public.audit_log_2026 for select to authenticated
  using (private.is_org_admin(org_id));
create policy "own vehicles" on public.vehicles for select to authenticated using (owner_id = (select auth.uid()));
create policy "own trucks" on public.trucks for select to authenticated using (owner_id = (select auth.uid()));

-- Grants -----------------------------------------------------------------------------------------------------------
grant select, insert, update, delete on public.orgs, public.memberships, public.projects, public.tasks,
  public.documents, public.comments, public.messages, public.drafts to authenticated;
grant select, update on public.profiles to authenticated;
grant select on public.invoices, public.audit_log, public.audit_log_2026, public.vehicles, public.trucks
  to authenticated;
grant select on public.countries to anon, authenticated;
grant select (id, display_name) on public.profiles to anon;
grant select, insert, update, delete on all tables in schema public to service_role;
grant usage on all sequences in schema public to authenticated, service_role;
grant select on public.countries to reporting;
grant select on public.countries to dashboard_user with grant option;
alter default privileges in schema public grant select, insert, update, delete on tables to service_role;
alter default privileges in schema private revoke execute on functions from public;
alter default privileges in schema reports grant select on tables to reporting;

-- Views, functions, triggers ---------------------------------------------------------------------------------------
create view public.my_tasks with (security_invoker = on) as
  select id, title, done, due from public.tasks where not done;
create view public.public_profiles with (security_invoker = on, security_barrier = on) as
  select id, display_name, avatar_url from public.profiles where is_public;
create view public.open_projects with (security_invoker = on) as
  select p.id, p.title, o.name as org from public.projects p join public.orgs o on o.id = p.org_id
  where p.status <> 'archived';
create view reports.totals as select org_id, sum(total) as total from public.invoices group by org_id;
create view public.draft_titles with (security_invoker = on) as
  select id, owner_id, body from public.drafts where body is not null with local check option;
create view public.directory as select id, display_name from public.profiles where is_public;
create materialized view public.org_stats as
  select o.id, o.name, count(m.user_id) as members from public.orgs o left join public.memberships m on m.org_id = o.id
  group by o.id, o.name;
create unique index org_stats_id on public.org_stats (id);
grant select on public.my_tasks, public.public_profiles, public.open_projects, public.draft_titles to authenticated;
grant select on reports.totals to reporting;
grant select on public.directory to anon, authenticated;
revoke all on public.org_stats from service_role;

create function public.touch() returns trigger language plpgsql as $$
begin
  new.title = trim(new.title);
  return new;
end
$$;
create function private.write_audit() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.audit_log (org_id, actor_id, action) values (new.org_id, auth.uid(), tg_op);
  return new;
end
$$;
create function private.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, display_name) values (new.id, new.email);
  return new;
end
$$;
create function private.purge_audit() returns void language sql security definer set search_path = '' as $$
  delete from public.audit_log where at < now() - interval '1 year'
$$;
create function public.invite(target uuid, who uuid) returns void
  language plpgsql security definer set search_path = '' as $$
begin
  if not private.is_org_admin(target) then raise exception 'not allowed'; end if;
  insert into public.memberships (org_id, user_id) values (target, who);
end
$$;
create function public.add_up(a integer, b integer) returns integer
  language sql immutable strict parallel safe begin atomic select a + b; end;
create function public.search_projects(term text) returns setof public.projects
  language sql stable as $$ select * from public.projects where title ilike '%' || term || '%' $$;
create procedure public.archive(target uuid) language sql as $$
  update public.projects set status = 'archived' where id = target
$$;
create aggregate public.multiply(integer) (sfunc = pg_catalog.int4mul, stype = integer, initcond = '1');
create operator public.=== (leftarg = text, rightarg = text, function = pg_catalog.texteq);
create cast (public.price_range as text) with inout;
create text search configuration public.simple_words (copy = pg_catalog.simple);
revoke execute on function public.invite(uuid, uuid), private.purge_audit() from public, anon;
revoke execute on function private.purge_audit() from authenticated;
grant execute on function public.invite(uuid, uuid) to authenticated;

create trigger trim_title before insert or update on public.tasks for each row execute function public.touch();
create trigger audit_projects after insert or update on public.projects
  for each row execute function private.write_audit();
create trigger on_user_created after insert on auth.users
  for each row execute function private.handle_new_user();
create constraint trigger audit_invoices after update on public.invoices deferrable initially deferred
  for each row execute function private.write_audit();
create rule countries_keep as on delete to public.countries do instead nothing;
create statistics public.projects_stats (dependencies) on org_id, status from public.projects;
create sequence public.invoice_numbers start 1000 increment 5;
grant usage on sequence public.invoice_numbers to authenticated;

create function private.guard_ddl() returns event_trigger language plpgsql as $$
begin
  perform 1;
end
$$;
create event trigger guard_ddl on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE')
  execute function private.guard_ddl();

-- What leaves the database -----------------------------------------------------------------------------------------
alter table public.messages replica identity full;
create publication supabase_realtime for table public.messages, public.projects (id, org_id, title),
  public.comments where (id > 0);
create publication changes for table public.tasks with (publish = 'insert, update');
create server warehouse foreign data wrapper postgres_fdw options (host 'warehouse.invalid', dbname 'facts');
create user mapping for reporting server warehouse options (user 'reader', password 'not-a-secret');
create foreign table reports.sales (id bigint, total numeric) server warehouse options (table_name 'sales');
comment on schema public is '@graphql({"inflect_names": false})';
comment on table public.projects is 'What an organisation works on';

-- A few rows -------------------------------------------------------------------------------------------------------
insert into auth.users (id, email) values
  ('00000000-0000-4000-8000-000000000001', 'ann@example.com'),
  ('00000000-0000-4000-8000-000000000002', 'bob@example.com');
insert into public.orgs (id, name, slug) values ('00000000-0000-4000-8000-0000000000a1', 'One', 'one');
insert into public.memberships values
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001', 'owner');
insert into public.projects (id, org_id, title) values
  ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'First');
insert into public.tasks (project_id, org_id, owner_id, title) values
  ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1',
   '00000000-0000-4000-8000-000000000001', 'Begin');
insert into public.countries values ('CH', 'Switzerland', 9000000), ('NO', 'Norway', 5500000);
insert into public.messages (sender_id, receiver_id, body) values
  ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'Hello');
refresh materialized view public.org_stats;
