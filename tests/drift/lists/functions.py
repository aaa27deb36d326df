"""Functions, helpers of policies first."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, MINOR, OPENING, QUALITY, SERIOUS, Drift

HELPER = "helper_changed function_*"
BODY = "create or replace function {} as $$ {} $$"
PLAIN = "set search_path = ''"
MEMBER = f"private.is_org_member(target uuid) returns boolean language sql stable security definer {PLAIN}"

FUNCTIONS = [
    Drift("helper always true", BODY.format(MEMBER, "select true"), HELPER, CRITICAL, "is_org_member"),
    Drift(
        "helper ignores the caller",
        BODY.format(MEMBER, "select exists (select 1 from public.memberships m where m.org_id = target)"),
        HELPER,
        CRITICAL,
        "is_org_member",
    ),
    Drift(
        "helper ignores the organisation",
        BODY.format(
            MEMBER, "select exists (select 1 from public.memberships m where m.user_id = (select auth.uid()))"
        ),
        HELPER,
        CRITICAL,
        "is_org_member",
    ),
    Drift(
        "helper of plpgsql",
        """create or replace function private.is_org_admin(target uuid) returns boolean
          language plpgsql stable security definer set search_path = '' as $$ begin return true; end $$""",
        HELPER,
        CRITICAL,
        "is_org_admin",
    ),
    Drift(
        "helper admits members",
        """create or replace function private.is_org_admin(target uuid) returns boolean
          language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select 1 from public.memberships m
    where m.org_id = target and m.user_id = auth.uid() and m.role in ('admin', 'owner', 'member'));
end $$""",
        HELPER,
        CRITICAL,
        "is_org_admin",
    ),
    Drift(
        "set helper returns all",
        """create or replace function private.my_orgs() returns setof uuid
          language sql stable security definer set search_path = '' as $$ select id from public.orgs $$""",
        HELPER,
        CRITICAL,
        "my_orgs",
    ),
    Drift(
        "auth.uid constant",
        """create or replace function auth.uid() returns uuid language sql stable as
          $$ select '00000000-0000-4000-8000-000000000001'::uuid $$""",
        HELPER,
        CRITICAL,
        "auth uid",
    ),
    Drift(
        "auth.uid from a header",
        """create or replace function auth.uid() returns uuid language sql stable as
          $$ select nullif(current_setting('request.headers', true)::jsonb ->> 'x-user', '')::uuid $$""",
        HELPER,
        CRITICAL,
        "auth uid",
    ),
    Drift(
        "auth.jwt replaced",
        """create or replace function auth.jwt() returns jsonb language sql stable as
          $$ select '{"aal": "aal2"}'::jsonb $$""",
        HELPER,
        CRITICAL,
        "auth jwt",
    ),
    Drift(
        "auth.role replaced",
        """create or replace function auth.role() returns text language sql stable as
          $$ select 'service_role' $$""",
        HELPER,
        CRITICAL,
        "auth role",
    ),
    Drift(
        "storage.foldername replaced",
        """create or replace function storage.foldername(name text) returns text[]
          language sql immutable as $$ select array[current_setting('request.jwt.claim.sub', true)] $$""",
        HELPER,
        CRITICAL,
        "foldername",
    ),
    Drift(
        "helper loses definer",
        "alter function private.is_org_member(uuid) security invoker",
        HELPER,
        OPENING,
        "is_org_member",
    ),
    Drift(
        "search gains definer",
        "alter function public.search_projects(text) security definer",
        "function_security",
        CRITICAL,
        "search_projects",
    ),
    Drift(
        "procedure gains definer",
        "alter procedure public.archive(uuid) security definer",
        "function_security",
        CRITICAL,
        "archive",
    ),
    Drift(
        "search_path lost",
        "alter function private.is_org_admin(uuid) reset search_path",
        HELPER,
        OPENING,
        "is_org_admin",
    ),
    Drift(
        "search_path lost on a definer",
        "alter function public.invite(uuid, uuid) reset all",
        "function_security",
        OPENING,
        "invite",
    ),
    Drift(
        "search_path opened",
        "alter function public.invite(uuid, uuid) set search_path = 'public'",
        "function_security",
        OPENING,
        "invite",
    ),
    Drift(
        "function setting added",
        "alter function public.search_projects(text) set row_security = off",
        "function_*",
        QUALITY,
        "search_projects",
    ),
    Drift(
        "leakproof",
        "alter function public.add_up(integer, integer) leakproof",
        "function_security",
        SERIOUS,
        "add_up",
    ),
    Drift(
        "volatility",
        "alter function public.search_projects(text) volatile",
        "function_* helper_changed",
        QUALITY,
        "search_projects",
    ),
    Drift(
        "helper volatility",
        "alter function private.is_org_member(uuid) volatile",
        HELPER,
        QUALITY + " critical",
        "is_org_member",
    ),
    Drift(
        "strict lost",
        "alter function public.add_up(integer, integer) called on null input",
        "function_*",
        QUALITY,
        "add_up",
    ),
    Drift(
        "parallel",
        "alter function public.add_up(integer, integer) parallel unsafe",
        "function_*",
        MINOR + " high",
        "add_up",
    ),
    Drift(
        "new definer function",
        """create function public.everything() returns setof public.invoices language sql
          security definer as $$ select * from public.invoices $$""",
        "function_extra function_security",
        CRITICAL,
        "everything",
    ),
    Drift(
        "new function",
        "create function public.hello() returns text language sql as $$ select 'hello' $$",
        "function_extra",
        SERIOUS + " low",
        "hello",
    ),
    Drift(
        "overload",
        """create function private.is_org_member(target text) returns boolean language sql
          security definer as $$ select true $$""",
        "function_extra function_security",
        SERIOUS,
        "is_org_member text",
    ),
    Drift(
        "function dropped",
        "drop function public.search_projects(text)",
        "function_missing",
        SERIOUS,
        "search_projects",
    ),
    Drift(
        "function body",
        """create or replace function public.invite(target uuid, who uuid) returns void
          language plpgsql security definer set search_path = '' as $$
begin
  insert into public.memberships (org_id, user_id) values (target, who);
end $$""",
        HELPER,
        CRITICAL,
        "invite",
    ),
    Drift(
        "sql standard body",
        """create or replace function public.add_up(a integer, b integer) returns integer
          language sql immutable strict parallel safe begin atomic select a - b; end""",
        HELPER,
        QUALITY + " critical",
        "add_up",
    ),
    Drift(
        "trigger function body",
        """create or replace function private.handle_new_user() returns trigger
          language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, display_name, is_public) values (new.id, new.email, true);
  return new;
end $$""",
        HELPER,
        OPENING,
        "handle_new_user",
    ),
    Drift(
        "function renamed",
        "alter function public.search_projects(text) rename to find_projects",
        "function_*",
        SERIOUS,
        "search_projects",
    ),
    Drift(
        "function moved",
        "alter function private.purge_audit() set schema public",
        "function_*",
        OPENING,
        "purge_audit",
    ),
    Drift(
        "aggregate dropped",
        "drop aggregate public.multiply(integer)",
        "function_missing aggregate_missing",
        QUALITY,
        "multiply",
    ),
    Drift(
        "aggregate other start",
        """drop aggregate public.multiply(integer);
          create aggregate public.multiply(integer) (sfunc = pg_catalog.int4mul, stype = integer, initcond
          = '0')""",
        "function_* aggregate_* helper_changed",
        QUALITY + " critical",
        "multiply",
    ),
    Drift(
        "cost",
        "alter function public.search_projects(text) cost 9999",
        "function_*",
        MINOR,
        "search_projects",
    ),
    Drift(
        "new function in auth",
        """create function auth.email() returns text language sql as
          $$ select 'x' $$""",
        "function_extra",
        QUALITY + " critical",
        "auth email",
    ),
    Drift(
        "extension function replaced",
        """create or replace function extensions.unaccent(text) returns text
          language sql stable as $$ select 'x' $$""",
        "extension_* function_* helper_changed",
        SERIOUS,
        "unaccent",
    ),
    Drift(
        "helper reads the outer claim",
        BODY.format(
            MEMBER,
            """select exists (select 1 from public.memberships m
          where m.org_id = target and m.user_id = coalesce(nullif(current_setting('app.user', true),
          '')::uuid,
          (select auth.uid())))""",
        ),
        HELPER,
        CRITICAL,
        "is_org_member",
    ),
    Drift(
        "helper compares another literal",
        """create or replace function private.is_org_admin(target uuid)
          returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  -- Owners count as administrators.
  return exists (select 1 from public.memberships m
    where m.org_id = target and m.user_id = auth.uid() and m.role in ('admin', 'member'));
end
$$""",
        HELPER,
        CRITICAL,
        "is_org_admin",
    ),
]
