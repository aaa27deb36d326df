"""One fingerprint for one catalog: it tells every change that matters and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from architect.catalog.fingerprint import facts, fingerprint, fingerprint_async
from architect.plan.model import Plan
from architect.plan.templates import template
from architect.render import render
from tests.plans import apply


@pytest.fixture
def plan() -> Plan:
    return template("saas")


@pytest.fixture
def conn(database: Any, plan: Plan) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        apply(connection, plan)
        yield connection


def test_the_function_and_the_direct_query_agree(conn: psycopg.Connection[Any]) -> None:
    direct = fingerprint(conn)
    with conn.transaction():
        conn.execute("set local role service_role")
        called = conn.execute("select public.catalog_fingerprint()").fetchone()
    assert called == (direct,)
    assert direct["facts"] == len(facts(conn)) == sum(k["facts"] for k in direct["kinds"].values())


async def test_an_async_connection_gives_the_same(database: Any, conn: psycopg.Connection[Any]) -> None:
    async with await AsyncConnection.connect(database.dsn("postgres"), autocommit=True) as connection:
        assert await fingerprint_async(connection) == fingerprint(conn)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_only_the_service_may_ask(conn: psycopg.Connection[Any], role: str) -> None:
    conn.execute(f"set role {role}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select public.catalog_fingerprint()")


def test_a_clone_has_the_same_fingerprint(database: Any, conn: psycopg.Connection[Any]) -> None:
    before = fingerprint(conn)
    conn.close()
    name = f"test_{secrets.token_hex(6)}"
    database.cluster.create_database(name, template=database.name)
    try:
        with psycopg.connect(database.cluster.dsn(name), autocommit=True) as clone:
            assert fingerprint(clone) == before
    finally:
        database.cluster.drop_database(name)


def test_the_order_of_creation_does_not_show(
    database: Any, plan: Plan, conn: psycopg.Connection[Any]
) -> None:
    """The same plan with its tables in another order, in another database with other oids."""
    before = fingerprint(conn)
    name = f"test_{secrets.token_hex(6)}"
    database.cluster.create_database(name)
    try:
        with psycopg.connect(database.cluster.dsn(name), autocommit=True) as other:
            other.execute("create table public.scratch (id int); drop table public.scratch")
            apply(other, plan.model_copy(update={"tables": plan.tables[::-1]}))
            assert fingerprint(other) == before
    finally:
        database.cluster.drop_database(name)


BENIGN = {
    "search_path": "alter role postgres set search_path = public, private, auth",
    "a row": "insert into auth.users (id) values (gen_random_uuid())",
    "a comment": "comment on table public.projects is 'hello'",
    "statistics": "analyze public.projects",
    "a policy made again": (
        "do $$ declare p record; begin"
        " select pg_get_expr(polqual, polrelid) as u into p from pg_policy where polname = 'projects_select';"
        " drop policy projects_select on public.projects;"
        " execute format('create policy projects_select on public.projects for select to authenticated"
        " using (%s)', p.u);"
        " end $$"
    ),
    "grants in another order": (
        "revoke all on public.projects from authenticated, service_role;"
        "grant delete, update, insert, select on public.projects to service_role;"
        "grant select on public.projects to authenticated;"
        "grant delete, update, insert on public.projects to authenticated"
    ),
    "a temporary table": "create temporary table t (id int)",
}


@pytest.mark.parametrize("name", BENIGN)
def test_what_means_the_same_has_the_same_fingerprint(conn: psycopg.Connection[Any], name: str) -> None:
    before = fingerprint(conn)
    with conn.transaction(force_rollback=True):
        conn.execute(BENIGN[name].encode())
        conn.execute("set search_path = public, private, auth")
        assert fingerprint(conn) == before


CHANGES = {
    "policy using": ("policy", "alter policy projects_select on public.projects using (true)"),
    "policy check": ("policy", "alter policy projects_insert on public.projects with check (true)"),
    "policy roles": ("policy", "alter policy projects_select on public.projects to public"),
    "policy dropped": ("policy", "drop policy projects_select on public.projects"),
    "restrictive policy": ("policy", "create policy x on public.projects as restrictive using (false)"),
    "storage policy": ("policy", "create policy x on storage.objects for select to anon using (true)"),
    "rls off": ("row_security", "alter table public.projects disable row level security"),
    "rls forced": ("row_security", "alter table public.projects force row level security"),
    "storage rls off": ("row_security", "alter table storage.objects disable row level security"),
    "table grant": ("grant", "grant select on public.projects to anon"),
    "table grant to public": ("grant", "grant select on public.projects to public"),
    "grant option": ("grant", "grant select on public.projects to authenticated with grant option"),
    "column grant": ("grant", "grant select (id) on public.projects to anon"),
    "function grant": ("grant", "grant execute on function public.catalog_fingerprint() to anon"),
    "schema grant": ("grant", "grant usage on schema private to anon"),
    "default privileges": (
        "grant",
        "alter default privileges in schema public grant select on tables to anon",
    ),
    "truncate": ("grant", "grant truncate on public.projects to authenticated"),
    "column added": ("column", "alter table public.projects add column x int"),
    "column type": ("column", "alter table public.projects alter column name type varchar(10)"),
    "column default": ("column", "alter table public.projects alter column name set default 'x'"),
    "column nullable": ("column", "alter table public.projects alter column name drop not null"),
    "check added": ("constraint", "alter table public.projects add constraint x check (name <> 'x')"),
    "index added": ("index", "create index x on public.projects (name)"),
    "table added": ("relation", "create table public.x (id int)"),
    "table dropped": ("relation", "drop table public.tasks"),
    "view": ("relation", "create view public.v as select 1 as one"),
    "sequence": ("relation", "create sequence public.s"),
    "trigger": (
        "trigger",
        "create function private.t() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger t before insert on public.projects for each row execute function private.t()",
    ),
    "trigger off": ("trigger", "alter table public.organizations disable trigger user"),
    "function body": (
        "function",
        "create or replace function public.catalog_fingerprint() returns jsonb language sql stable"
        " set search_path = '' as $$ select '{}'::jsonb $$",
    ),
    "function definer": ("function", "alter function public.catalog_fingerprint() security definer"),
    "function config": ("function", "alter function public.catalog_fingerprint() reset search_path"),
    "enum": ("type", "create type public.mood as enum ('good', 'bad')"),
    "publication": ("publication", "alter publication supabase_realtime add table public.projects"),
    "extension": ("extension", "create extension hstore schema extensions"),
    "another schema": ("schema", "create schema app"),
    "a table in another schema": ("relation", "create schema app; create table app.secrets (id int)"),
    "rule": ("rule", "create rule r as on delete to public.projects do instead nothing"),
    "role bypasses": ("role", "alter role authenticated bypassrls"),
    "role member": ("role", "grant pg_read_all_data to anon"),
    "role setting": ("role", "alter role anon set statement_timeout = '1s'"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_matters_changes_the_fingerprint(database: Any, plan: Plan, name: str) -> None:
    kind, sql = CHANGES[name]
    # Some of these only an administrator could do; all of them happen.
    with database.connect("supabase_admin") as admin:
        apply(admin, plan)
        before = fingerprint(admin)
        with admin.transaction(force_rollback=True):
            admin.execute(sql.encode())
            after = fingerprint(admin)
    assert after["fingerprint"] != before["fingerprint"]
    changed = {k for k in before["kinds"] | after["kinds"] if before["kinds"].get(k) != after["kinds"].get(k)}
    assert kind in changed


def test_rendering_again_gives_the_same_catalog(
    database: Any, plan: Plan, conn: psycopg.Connection[Any]
) -> None:
    """`create or replace` of the functions changes nothing, and neither do the same grants twice."""
    before = fingerprint(conn)
    for step in render(plan):
        if step.concern == "grants":
            conn.execute(step.sql.encode())
    assert fingerprint(conn) == before


def test_the_names_of_databases_and_oids_do_not_show(conn: psycopg.Connection[Any], database: Any) -> None:
    text = str(facts(conn))
    assert database.name not in text
    oids = conn.execute(
        "select oid::text from pg_class where relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert not [oid for (oid,) in oids if oid in text]
