"""What nobody decided about is closed: a table without a policy is for the service alone."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from architect.catalog.access import compare, observed, probe_sql, promised
from architect.plan.model import Command, Origin, Owner, Plan, ServiceOnly
from architect.render import render
from tests import plans
from tests.plans import T, apply
from tests.test_access_matrix import answer

ROLES = ["anon", "authenticated"]
STATEMENTS = ["select * from {}", "insert into {} default values", "update {} set id = id", "delete from {}"]


@pytest.fixture
def closed() -> Plan:
    policy = ServiceOnly(origin=Origin.CONVENTION, name="closed", commands=list(Command))
    return plans.plan(plans.table("secrets", [plans.column("body")], [policy]))


def test_a_table_for_the_service_is_open_to_nobody_else(database: Any, closed: Plan) -> None:
    with database.connect("postgres") as conn:
        apply(conn, closed)
    matrix = observed(answer(database, probe_sql(closed)))
    assert compare(promised(closed), matrix) == []
    allowed = {identity for (_, _, identity), cell in matrix.cells.items() if cell.allowed}
    assert allowed == {"service_role"}
    assert {c.reason for (_, _, who), c in matrix.cells.items() if who != "service_role"} == {"grant"}


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_and_a_grant_added_later_do_not_open_it(database: Any, closed: Plan, role: str) -> None:
    with database.connect("postgres") as conn:
        apply(conn, closed)
        conn.execute("insert into secrets (body) values ('kept')")
        conn.execute("create policy anyone on secrets for all to public using (true) with check (true)")
        conn.execute("grant all on secrets to anon, authenticated, service_role")
        conn.execute(f"set role {role}".encode())
        assert conn.execute("select * from secrets").fetchall() == []
        assert conn.execute("update secrets set body = 'mine'").rowcount == 0
        assert conn.execute("delete from secrets").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("insert into secrets (body) values ('mine')")
        conn.execute("set role service_role")
        assert conn.execute("select body from secrets").fetchall() == [("kept",)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_fresh_table_of_somebody_else_is_closed_too(
    database: Any, closed: Plan, role: str, statement: str
) -> None:
    """It inherits no grant: the default privileges are locked."""
    with database.connect("postgres") as conn:
        apply(conn, closed)
        conn.execute("create table public.later (id uuid primary key default gen_random_uuid())")
        conn.execute(f"set role {role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.format("public.later").encode())


@pytest.mark.parametrize("role", [*ROLES, "service_role"])
def test_a_fresh_function_is_not_callable(database: Any, closed: Plan, role: str) -> None:
    with database.connect("postgres") as conn:
        apply(conn, closed)
        conn.execute("create function public.later() returns int language sql as 'select 1'")
        conn.execute(f"set role {role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select public.later()")


def test_before_its_policies_a_table_shows_nothing(database: Any) -> None:
    """Half a build is a closed build: with tables and functions applied, but no policies and grants."""
    owner = Owner(origin=T, name="own", commands=list(Command), column="owner_id")
    plan = plans.plan(
        plans.table(
            "notes", [plans.column("owner_id", "uuid")], [owner], foreign_keys=[plans.to_user("owner_id")]
        )
    )
    with database.connect("postgres") as conn:
        for step in render(plan):
            if step.concern not in ("policies", "grants"):
                conn.execute(step.sql.encode())
    matrix = observed(answer(database, probe_sql(plan)))
    assert not [k for k, c in matrix.cells.items() if c.allowed]
    assert {d.direction for d in compare(promised(plan), matrix)} == {"narrower"}
