"""In the control plane anon has nothing, a member sees the own tenant, services do what they must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql

from architect.sessions import BuildOptions, ControlPlane
from architect.spec.chunk import Chunk

Connection = psycopg.Connection[Any]

TABLES = (
    "tenants",
    "tenant_members",
    "build_sessions",
    "build_events",
    "spec_chunks",
    "drift_alerts",
    "build_nodes",
    "build_tool_calls",
    "environment_resources",
    "session_keys",
    "drift_expectations",
    "drift_states",
    "drift_requests",
)
#: What service_role may do, whole-table or on some columns. Everything else it may not.
SERVICE = {
    "tenants": {"select"},
    "tenant_members": {"select", "insert", "update", "delete"},
    "build_sessions": {"select", "insert", "update"},
    "build_events": {"select", "insert"},
    "spec_chunks": {"select", "insert", "update", "delete"},
    "drift_alerts": {"select", "insert", "update"},
    "build_nodes": {"select", "insert", "update"},
    "build_tool_calls": {"select", "insert", "update"},
    "environment_resources": {"select", "insert", "update"},
    "session_keys": {"select", "insert", "update"},
    "drift_expectations": {"select", "insert"},
    "drift_states": {"select", "insert", "update"},
    "drift_requests": {"select", "insert", "update"},
}

#: Functions that policies and the session API call as the member who is asking; nobody calls the others.
FOR_MEMBERS = {
    "my_tenant_ids",
    "my_writable_tenant_ids",
    "is_build_request",
    "may_listen",
    "cancel_session",
    "retry_session",
    "decide_plan",
    "request_drift",
}
#: Functions that our own processes call.
FOR_SERVICES = {"request_approval", "decide_plan_as_operator"}


@dataclass(frozen=True)
class World:
    """Two tenants, each with one member and one session with a row in every table."""

    connection: Connection
    users: dict[str, str]
    tenants: dict[str, str]
    sessions: dict[str, str]

    def act_as(self, role: str, user: str | None = None) -> Connection:
        """The connection as ``role``; ``user`` is a key of ``users`` or any uuid."""
        claims = {"role": role} | ({"sub": self.users.get(user, user)} if user else {})
        self.connection.execute("reset role")
        self.connection.execute(
            "select set_config('request.jwt.claims', %s, false),"
            " set_config('request.jwt.claim.sub', %s, false)",
            (json.dumps(claims), claims.get("sub", "")),
        )
        self.connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        return self.connection

    def count(self, table: str) -> int:
        (found,) = self.connection.execute(
            sql.SQL("select count(*) from public.{}").format(sql.Identifier(table))
        ).fetchone() or (0,)
        return int(found)


@pytest.fixture
async def world(control_plane: ControlPlane, control_dsn: str) -> Any:
    tenants, users, sessions = {}, {}, {}
    with psycopg.connect(control_dsn, autocommit=True) as connection:
        for name in ("a", "b"):
            tenants[name], users[name] = str(uuid4()), str(uuid4())
            connection.execute("insert into public.tenants (id, name) values (%s, %s)", (tenants[name], name))
            connection.execute("set role postgres")  # may add users, as Auth does
            connection.execute(
                "insert into auth.users (id, email) values (%s, %s)", (users[name], f"{name}@x.t")
            )
            connection.execute("reset role")
            connection.execute(
                "insert into public.tenant_members (tenant_id, user_id) values (%s, %s)",
                (tenants[name], users[name]),
            )
            sessions[name] = await fill(control_plane, connection, tenants[name], users[name])
        yield World(connection, users, tenants, sessions)


async def fill(cp: ControlPlane, connection: Connection, tenant: str, user: str) -> str:
    """One session of the tenant with a row in each table below it."""
    made = await cp.create_session(
        spec_text="Shop.", template="blank", options=BuildOptions(), tenant_id=tenant, owner_id=user
    )
    await cp.append_event(made.id, "plan_created", "plan")
    await cp.save_chunks(made.id, [Chunk(0, "", "Shop.")], [[1.0] + [0.0] * 383], "model")
    await cp.node_start(made.id, "ingest_vibe", generation=1, plan_hash="h")
    await cp.record_tool_call(made.id, "supabase", "list_tables", {})
    await cp.resource_created(made.id, "branch", "ref")
    key = {"ref": "ref", "purpose": "agent", "name": "a_key", "role": "anon", "subject": None}
    await cp.key_begun(made.id, **key, services=None, read_only=False, expires_at=None)
    connection.execute(
        "insert into public.drift_alerts (session_id, tenant_id, severity, type, resource, recommendation)"
        " values (%s, %s, 'high', 'rls_disabled', 'public.t', 'enable it')",
        (made.id, tenant),
    )
    baseline = {"sha256": "0" * 64, "server_version_num": 180000, "facts": 0}
    await cp.record_expectation(made.id, "{}", reason="built", **baseline)
    await cp.begin_watch(made.id)
    await cp.request_drift(made.id, "check")
    return made.id


@pytest.fixture
def catalog(control_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(control_dsn, autocommit=True) as connection:
        yield connection


def privileges(connection: Connection, role: str) -> dict[str, set[str]]:
    """Table -> what ``role`` may do with it or with some of its columns."""
    rows = connection.execute(
        "select t, p from unnest(%s::text[]) t, unnest(%s::text[]) p"
        " where has_table_privilege(%s, 'public.' || t, p)"
        "    or (p in ('select', 'insert', 'update') and has_any_column_privilege(%s, 'public.' || t, p))",
        (
            list(TABLES),
            ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
            role,
            role,
        ),
    ).fetchall()
    return {table: {p for t, p in rows if t == table} for table in TABLES}


def test_no_table_is_missing_here(catalog: Connection) -> None:
    rows = catalog.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    assert {name for (name,) in rows} == set(TABLES)


def test_row_level_security_is_on_everywhere(catalog: Connection) -> None:
    rows = catalog.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and not relrowsecurity"
    ).fetchall()
    assert rows == []


def test_grants_are_exactly_those_needed(catalog: Connection) -> None:
    assert privileges(catalog, "anon") == {table: set() for table in TABLES}
    reading = {table: {"select"} for table in TABLES}
    assert privileges(catalog, "authenticated") == {**reading, "build_sessions": {"select", "insert"}}
    assert privileges(catalog, "service_role") == SERVICE


def test_a_new_table_or_function_belongs_to_nobody(catalog: Connection) -> None:
    catalog.execute("create table public.later (id int)")
    catalog.execute("create function public.later() returns int language sql as 'select 1'")
    for role in ("anon", "authenticated", "service_role"):
        row = catalog.execute(
            "select has_table_privilege(%s, 'public.later', 'select'),"
            " has_function_privilege(%s, 'public.later()', 'execute')",
            (role, role),
        ).fetchone()
        assert row == (False, False)


def test_every_policy_names_its_role_and_reads_an_indexed_column(catalog: Connection) -> None:
    policies = catalog.execute(
        "select tablename, cmd, roles from pg_policies where schemaname = 'public'"
    ).fetchall()
    reading = [(table, "SELECT", ["authenticated"]) for table in TABLES]
    assert sorted(policies) == sorted([*reading, ("build_sessions", "INSERT", ["authenticated"])])
    first_columns = catalog.execute(
        "select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid"
        " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
        " where c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    for table in TABLES:
        assert (table, "id" if table == "tenants" else "tenant_id") in first_columns


def test_functions_are_closed_and_their_names_resolve_nowhere_else(catalog: Connection) -> None:
    rows = catalog.execute(
        "select p.proname, p.proconfig, has_schema_privilege('anon', p.pronamespace, 'usage'),"
        " array(select r from unnest(array['anon', 'authenticated', 'service_role']) r"
        "       where has_function_privilege(r, p.oid, 'execute'))"
        " from pg_proc p where p.pronamespace in ('private'::regnamespace, 'public'::regnamespace)"
    ).fetchall()
    assert {name for name, *_ in rows} >= {"my_tenant_ids", "may_listen", "number_event", "broadcast_event"}
    for name, config, anon_sees_it, callers in rows:
        assert config == ['search_path=""'], name
        assert not anon_sees_it
        allowed = {"authenticated": FOR_MEMBERS, "service_role": FOR_SERVICES}
        assert callers == [role for role, names in allowed.items() if name in names], name


def test_anon_has_nothing(world: World) -> None:
    world.act_as("anon")
    for table in TABLES:
        with pytest.raises(errors.InsufficientPrivilege):
            world.count(table)


def test_a_member_sees_the_own_tenant_only(world: World) -> None:
    for name in ("a", "b"):
        connection = world.act_as("authenticated", name)
        for table in TABLES:
            column = "id" if table == "tenants" else "tenant_id"
            distinct = sql.SQL("select distinct {}::text from public.{}")
            found = connection.execute(
                distinct.format(sql.Identifier(column), sql.Identifier(table))
            ).fetchall()
            assert found == [(world.tenants[name],)], table


def test_a_stranger_sees_nothing(world: World) -> None:
    for user in (str(uuid4()), None):
        world.act_as("authenticated", user)
        assert {table: world.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize("role", ["authenticated", "anon"])
def test_a_member_writes_nothing(world: World, role: str) -> None:
    connection = world.act_as(role, "a")
    for table in TABLES:
        column = sql.Identifier("id" if table == "tenants" else "tenant_id")
        for statement in (
            "update public.{0} set {1} = {1}",
            "delete from public.{0}",
            "truncate public.{0}",
            "insert into public.{0} default values",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL(statement).format(sql.Identifier(table), column))


def test_a_member_who_leaves_sees_nothing_any_more(world: World) -> None:
    world.connection.execute("delete from public.tenant_members where user_id = %s", (world.users["a"],))
    world.act_as("authenticated", "a")
    assert world.count("build_sessions") == 0


def test_the_service_cannot_rewrite_what_was_asked(world: World) -> None:
    connection = world.act_as("service_role")
    for column in (
        "vibe_text",
        "template",
        "tenant_id",
        "owner_id",
        "created_at",
        "last_seq",
        "closed_attempt",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                sql.SQL("update public.build_sessions set {0} = {0}").format(sql.Identifier(column))
            )
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute("delete from public.build_sessions")
    for column in ("arguments", "tool", "n"):
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                sql.SQL("update public.build_tool_calls set {0} = {0}").format(sql.Identifier(column))
            )


def test_a_row_cannot_be_given_to_another_tenant(world: World) -> None:
    connection = world.act_as("service_role")
    with pytest.raises(errors.ForeignKeyViolation):
        connection.execute(
            "insert into public.build_nodes (session_id, tenant_id, node, generation, plan_hash)"
            " values (%s, %s, 'finalize', 1, 'h')",
            (world.sessions["a"], world.tenants["b"]),
        )


@pytest.mark.parametrize(
    ("role", "user", "topic", "hears"),
    [
        ("authenticated", "a", "build:{a}", True),
        ("authenticated", "b", "build:{a}", False),
        ("authenticated", None, "build:{a}", False),
        ("authenticated", "a", "build:not-a-uuid", False),
        ("authenticated", "a", "other:{a}", False),
        ("anon", None, "build:{a}", False),
    ],
)
def test_only_members_listen_to_a_build(
    world: World, role: str, user: str | None, topic: str, hears: bool
) -> None:
    connection = world.act_as(role, user)
    connection.execute("select set_config('realtime.topic', %s, false)", (topic.format(**world.sessions),))
    heard = connection.execute("select count(*) > 0 from realtime.messages").fetchone()
    assert heard == (hears,)


def test_nobody_but_the_service_sends_on_a_build(world: World) -> None:
    insert = "insert into realtime.messages (topic, extension, private) values (%s, 'broadcast', true)"
    for role, user in (("authenticated", "a"), ("anon", None)):
        connection = world.act_as(role, user)
        connection.execute(
            "select set_config('realtime.topic', %s, false)", (f"build:{world.sessions['a']}",)
        )
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(insert, (f"build:{world.sessions['a']}",))
    world.act_as("service_role").execute(insert, (f"build:{world.sessions['a']}",))
