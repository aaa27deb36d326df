"""Changes that mean nothing: not one alert may come of them."""

from __future__ import annotations

from tests.drift.drift import Harmless

TASKS_READ = """create policy "members read tasks" on public.tasks for select to authenticated
  using (exists (select 1 from public.memberships m where m.org_id = tasks.org_id and m.user_id = (select
  auth.uid())))"""

BENIGN = [
    Harmless("nothing", "select 1"),
    Harmless(
        "policy re-created",
        f'drop policy "members read tasks" on public.tasks; {TASKS_READ}',
    ),
    Harmless(
        "policy re-created with other spelling",
        """drop policy "own drafts" on public.drafts; create policy "own drafts" on public.drafts
        as permissive to authenticated using ((owner_id=(SELECT auth.uid())))
        with check (owner_id = (select   auth.uid() as uid))""",
    ),
    Harmless("policy altered to itself", 'alter policy "everybody reads" on public.countries using (true)'),
    Harmless("role list order", 'alter policy "everybody reads" on public.countries to authenticated, anon'),
    Harmless(
        "roles out and in",
        """alter policy "avatars are public" on storage.objects to anon;
        alter policy "avatars are public" on storage.objects to authenticated, anon, anon""",
    ),
    Harmless(
        "rls off and on",
        "alter table public.tasks disable row level security; alter table public.tasks enable row level "
        "security",
    ),
    Harmless("rls on again", "alter table storage.objects enable row level security"),
    Harmless(
        "granted again",
        "grant select, insert, update, delete on public.tasks to authenticated; grant usage on schema "
        "public to anon",
    ),
    Harmless(
        "granted in another order",
        """revoke all on public.countries from anon, authenticated, service_role, reporting;
        grant select on public.countries to reporting; grant delete, update, insert, select on
        public.countries
        to service_role; grant select on public.countries to authenticated, anon""",
    ),
    Harmless(
        "granted once more by another role",
        "set role dashboard_user; grant select on public.countries to anon; reset role",
    ),
    Harmless(
        "granted by another role only",
        """revoke select on public.countries from authenticated; set role dashboard_user;
        grant select on public.countries to authenticated; reset role""",
    ),
    Harmless(
        "granted by somebody else",
        """grant select on public.orgs to app_owner with grant option; set role app_owner;
        grant select on public.orgs to authenticated; reset role; revoke select on public.orgs from
        authenticated;
        revoke select on public.orgs from app_owner cascade; grant select on public.orgs to authenticated""",
    ),
    Harmless(
        "column grants again",
        """revoke select (id, display_name) on public.profiles from anon;
        grant select (display_name) on public.profiles to anon; grant select (id) on public.profiles to
        anon""",
    ),
    Harmless(
        "owner grants himself",
        "do $$ begin execute format('grant all on public.orgs to %I', (select current_user)); end $$",
    ),
    Harmless(
        "function grants spelled out",
        """revoke all on function public.add_up(integer, integer) from public;
        grant execute on function public.add_up(integer, integer) to public""",
    ),
    Harmless(
        "default privileges again",
        "alter default privileges in schema public grant select, insert, update, delete on tables to "
        "service_role",
    ),
    Harmless(
        "default privileges given and taken",
        """alter default privileges in schema reports grant insert on tables to anon;
        alter default privileges in schema reports revoke insert on tables from anon""",
    ),
    Harmless(
        "grant and revoke",
        "grant select on public.invoices to anon; revoke select on public.invoices from anon",
    ),
    Harmless(
        "column order",
        """alter table public.countries drop column population; alter table public.countries drop column
        name cascade;
        alter table public.countries add column population bigint; alter table public.countries add column
        name text;
        update public.countries set name = code, population = 1; alter table public.countries alter name
        set not null""",
    ),
    Harmless(
        "column of the middle at the end",
        """alter table public.invoices drop column paid;
        alter table public.invoices add column paid boolean default false""",
    ),
    Harmless("vacuum", "vacuum analyze public.tasks"),
    Harmless("vacuum full", "vacuum full public.projects"),
    Harmless("analyze", "analyze"),
    Harmless("reindex", "reindex table public.projects"),
    Harmless("reindex concurrently", "reindex index concurrently public.tasks_owner_idx"),
    Harmless(
        "cluster", "cluster public.tasks using tasks_owner_idx; alter table public.tasks set without cluster"
    ),
    Harmless(
        "database search_path",
        """do $$ begin execute format('alter database %I set search_path = "$user", public, private, auth,
        storage',
        current_database()); end $$""",
    ),
    Harmless(
        "sequence advanced", "select nextval('public.invoice_numbers'), setval('public.comments_id_seq', 500)"
    ),
    Harmless(
        "rows",
        """insert into public.orgs (name) select 'org ' || n from generate_series(1, 200) n;
        insert into public.tasks (project_id, org_id, owner_id, title) select
        '00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', gen_random_uuid(),
        't' || n
        from generate_series(1, 200) n; update public.countries set population = 5; delete from
        public.messages""",
    ),
    Harmless("files", "insert into storage.objects (bucket_id, name) values ('documents', 'a/b.pdf')"),
    Harmless("bucket touched", "update storage.buckets set updated_at = now() + interval '1 day'"),
    Harmless(
        "mime types in another order",
        "update storage.buckets set allowed_mime_types = '{text/plain,application/pdf}' where id = "
        "'documents'",
    ),
    Harmless(
        "temporary objects", "create temp table scratch (id int); create temp view peek as select 1 as one"
    ),
    Harmless(
        "function replaced by itself",
        """create or replace function private.my_orgs() returns setof uuid
  language sql stable security definer set search_path = '' as $$
  select org_id from public.memberships where user_id = (select auth.uid())
$$""",
    ),
    Harmless(
        "function re-created",
        """drop function public.add_up(integer, integer); create function public.add_up(a int4, b int)
        returns int
        immutable returns null on null input parallel safe language sql begin atomic select a+b; end""",
    ),
    Harmless(
        "view replaced by itself",
        """create or replace view public.my_tasks with (security_invoker = on) as
        select id, title, done, due from public.tasks where not done""",
    ),
    Harmless(
        "view option of other spelling",
        "alter view public.my_tasks set (security_invoker = true)",
    ),
    Harmless(
        "view re-created",
        """drop view public.open_projects; create view public.open_projects with (security_invoker = on) as
        select p.id, p.title, o.name as org from public.projects as p inner join public.orgs as o on (o.id
        = p.org_id)
        where (p.status <> 'archived'::public.item_status);
        grant select on public.open_projects to authenticated;
        grant select, insert, update, delete on public.open_projects to service_role""",
    ),
    Harmless(
        "trigger re-created",
        """drop trigger trim_title on public.tasks; create trigger trim_title before update or insert on
        public.tasks
        for each row execute procedure public.touch()""",
    ),
    Harmless(
        "trigger off and on",
        "alter table public.projects disable trigger all; alter table public.projects enable trigger all",
    ),
    Harmless(
        "index re-created",
        "drop index public.projects_org_idx; create index projects_org_idx on public.projects using btree "
        "(org_id asc)",
    ),
    Harmless(
        "constraint re-created",
        """alter table public.projects drop constraint dates_in_order; alter table public.projects add
        constraint
        dates_in_order check (((starts is null) or (ends is null) or (starts <= ends)))""",
    ),
    Harmless(
        "foreign key re-created, not valid and validated",
        """alter table public.projects drop constraint projects_org_id_fkey; alter table public.projects
        add constraint
        projects_org_id_fkey foreign key (org_id) references public.orgs (id) on delete cascade not valid;
        alter table public.projects validate constraint projects_org_id_fkey""",
    ),
    Harmless(
        "table made and dropped",
        "create table public.gone (id serial primary key); grant all on public.gone to anon; drop table "
        "public.gone",
    ),
    Harmless(
        "enum re-created",
        """create type public.spare as enum ('a'); drop type public.spare""",
    ),
    Harmless("extension schema as it is", "alter extension hstore set schema extensions"),
    Harmless(
        "publication set to itself",
        """alter publication supabase_realtime set table public.projects (title, org_id, id), public.messages,
        public.comments where ((id > 0))""",
    ),
    Harmless(
        "publication operations in another order",
        "alter publication changes set (publish = 'update, insert')",
    ),
    Harmless(
        "event trigger re-created",
        """drop event trigger guard_ddl; create event trigger guard_ddl on ddl_command_end
        when tag in ('ALTER TABLE', 'CREATE TABLE') execute procedure private.guard_ddl()""",
    ),
    Harmless(
        "statistics re-created",
        """drop statistics public.projects_stats; create statistics public.projects_stats (dependencies)
        on status, org_id from public.projects; analyze public.projects""",
    ),
    Harmless("statistics target", "alter table public.tasks alter column title set statistics 500"),
    Harmless("refreshed", "refresh materialized view public.org_stats"),
    Harmless("refreshed concurrently", "refresh materialized view concurrently public.org_stats"),
    Harmless(
        "comment", "comment on table public.orgs is 'Tenants'; comment on table public.projects is null"
    ),
    Harmless("membership again", "grant anon to authenticator"),
    Harmless("role set to itself", "alter role authenticated nologin nobypassrls nosuperuser"),
    Harmless(
        "role setting again",
        "alter role authenticator set pgrst.db_schemas = 'public, storage'",
    ),
    Harmless(
        "job written again",
        """delete from cron.job where jobname = 'purge audit'; insert into cron.job (schedule, command,
        jobname)
        values ('0 3 * * *', 'select private.purge_audit()', 'purge audit')""",
    ),
    Harmless("replica identity again", "alter table public.messages replica identity full"),
    Harmless(
        "owner away and back",
        """do $$ declare me text := current_user; begin alter table public.tasks owner to app_owner;
        execute format('alter table public.tasks owner to %I', me); end $$""",
    ),
    Harmless(
        "partition out and in",
        """alter table public.audit_log detach partition public.audit_log_2026; alter table public.audit_log
        attach partition public.audit_log_2026 for values from ('2026-01-01 00:00:00+00') to ('2027-01-01
        00:00:00+00')""",
    ),
    Harmless(
        "time zone of the database",
        "do $$ begin execute format('alter database %I set search_path = ''''', current_database()); end $$",
    ),
    Harmless("table rewritten", "alter table public.orgs alter column plan type text"),
]
