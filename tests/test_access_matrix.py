"""What the live database allows is what the plan promises, and every hole shows as a named cell."""

from __future__ import annotations

import io
import json
from typing import Any

import psycopg
import pytest
from rich.console import Console

from architect.catalog.access import AccessMatrix, CellDifference, compare, observed, probe_sql, promised
from architect.catalog.fingerprint import fingerprint
from architect.catalog.show import matrix_table
from architect.errors import AccessMismatch
from architect.plan.model import Plan
from architect.plan.templates import template
from architect.render import render
from architect.sql import quote_identifier
from tests.fixtures.platform import Platform
from tests.plans import apply
from tests.random_plans import random_plan

SEEDS = range(12)


def answer(database: Any, sql: str) -> list[dict[str, Any]]:
    """What ``execute_sql`` answers: the rows of the last result that has any."""
    with database.connect("postgres") as conn:
        return answer_on(conn, sql)


def answer_on(conn: psycopg.Connection[Any], sql: str) -> list[dict[str, Any]]:
    """The same on a connection that is open; the probe's own rollback ends the transaction it is in."""
    rows: list[dict[str, Any]] = []
    cursor = conn.execute(sql.encode())
    while True:
        if cursor.description:
            names = [d.name for d in cursor.description]
            rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()] or rows
        if not cursor.nextset():
            return rows


def probe(database: Any, plan: Plan) -> AccessMatrix:
    return observed(answer(database, probe_sql(plan)))


def holes(database: Any, plan: Plan) -> list[CellDifference]:
    return compare(promised(plan), probe(database, plan))


def change(database: Any, sql: str) -> None:
    with database.connect("postgres") as conn:
        conn.execute(sql.encode())


@pytest.fixture
def marketplace(database: Any) -> Plan:
    plan = template("marketplace")
    with database.connect("postgres") as conn:
        apply(conn, plan)
    return plan


@pytest.fixture
def saas(database: Any) -> Plan:
    plan = template("saas")
    with database.connect("postgres") as conn:
        apply(conn, plan)
    return plan


@pytest.mark.parametrize("name", ["marketplace", "saas"])
def test_templates_allow_exactly_what_they_promise(database: Any, name: str) -> None:
    plan = template(name)
    with database.connect("postgres") as conn:
        apply(conn, plan)
    matrix = probe(database, plan)
    assert compare(promised(plan), matrix) == []
    assert matrix.to_json() == promised(plan).to_json()
    assert not [c.error for c in matrix.cells.values() if c.error]
    # The world is worth something: every table has rows that some may have and others may not.
    for table in plan.tables:
        assert matrix.word(table.name, "select", "service_role") == "allow"


async def test_the_probe_runs_through_the_mcp_server(platform: Platform, branch: str) -> None:
    """The way a build asks: `execute_sql` of the real MCP server over the Management API."""
    plan = template("marketplace")
    async with platform.mcp() as mcp:
        for step in render(plan):
            await mcp.call("apply_migration", project_id=branch, name=step.name, query=step.sql)
        matrix = observed(await mcp.call("execute_sql", project_id=branch, query=probe_sql(plan)))
        assert compare(promised(plan), matrix) == []
        await mcp.call(
            "execute_sql", project_id=branch, query="alter table public.bids disable row level security"
        )
        matrix = observed(await mcp.call("execute_sql", project_id=branch, query=probe_sql(plan)))
    assert ("other", "bids", "select", "wider") in named(compare(promised(plan), matrix))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_plan_allows_exactly_what_it_promises(database: Any, seed: int) -> None:
    plan = random_plan(seed)
    with database.connect("postgres") as conn:
        apply(conn, plan)
    matrix = probe(database, plan)
    assert [d.sentence for d in compare(promised(plan), matrix)] == []
    assert not [c.error for c in matrix.cells.values() if c.error]
    assert matrix.unseeded == ()


def policies(database: Any) -> list[tuple[str, str, str, str | None, str | None]]:
    with database.connect("postgres") as conn:
        rows: list[tuple[str, str, str, str | None, str | None]] = conn.execute(
            "select tablename, policyname, cmd, qual, with_check from pg_policies"
            " where schemaname = 'public' order by 1, 2"
        ).fetchall()
    return rows


def clause(using: str | None, check: str | None) -> str:
    return (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")


@pytest.mark.parametrize("name", ["marketplace", pytest.param("saas", marks=pytest.mark.long)])
def test_every_policy_opened_or_closed_shows(database: Any, name: str) -> None:
    """Mutation test: each policy of the template alone, made true for everybody, then false."""
    plan = template(name)
    with database.connect("postgres") as conn:
        apply(conn, plan)
    missed = []
    for table, policy, _, using, check in policies(database):
        target = f"alter policy {quote_identifier(policy)} on {quote_identifier('public', table)}"
        for word, direction in (("true", "wider"), ("false", "narrower")):
            change(database, target + clause(using and word, check and word))
            found = {d.direction for d in holes(database, plan) if d.table == table}
            # What is public already cannot be opened any further.
            if direction not in found and not (word == "true" and (using or check) == "true"):
                missed.append((policy, word))
        change(database, target + clause(using, check))
    assert missed == []
    assert holes(database, plan) == []


def named(found: list[CellDifference]) -> set[tuple[str, str, str, str]]:
    return {(d.identity, d.table, d.operation, d.direction) for d in found}


def test_a_policy_that_is_true_lets_another_user_read(database: Any, marketplace: Plan) -> None:
    change(database, "alter policy bids_select on public.bids using (true)")
    found = holes(database, marketplace)
    assert ("other", "bids", "select", "wider") in named(found)
    sentence = next(d.sentence for d in found if d.identity == "other")
    assert sentence == "another signed-in user can read 2 rows of bids; the plan promises 1"


def test_rls_switched_off_shows_for_every_operation(database: Any, marketplace: Plan) -> None:
    change(database, "alter table public.orders disable row level security")
    assert {
        ("owner", "orders", "select", "wider"),
        ("nonmember", "orders", "insert_spoofed", "wider"),
    } <= named(holes(database, marketplace))


@pytest.mark.parametrize("privilege", ["select", "insert", "update", "delete", "select (id)"])
def test_a_grant_to_anon_shows_though_no_row_passes(database: Any, marketplace: Plan, privilege: str) -> None:
    change(database, f"grant {privilege} on public.orders to anon")
    found = holes(database, marketplace)
    assert {(d.identity, d.table, d.direction) for d in found} == {("anon", "orders", "wider")}
    assert "privilege on orders; the plan grants none" in found[0].sentence


def test_a_lost_condition_on_update_shows_by_the_blind_update(database: Any, saas: Plan) -> None:
    """The select policy still hides the rows, so only an update that reads nothing reaches them."""
    change(database, "alter policy projects_update on public.projects using (true)")
    found = named(holes(database, saas))
    assert ("nonmember", "projects", "blind_update", "wider") in found
    assert not {f for f in found if f[2] in ("select", "update")}


def test_a_weak_check_lets_rows_be_forged(database: Any, marketplace: Plan) -> None:
    change(database, "alter policy listings_insert on public.listings with check (true)")
    assert ("other", "listings", "insert_spoofed", "wider") in named(holes(database, marketplace))


def test_a_weak_check_on_update_lets_rows_be_handed_over(database: Any, marketplace: Plan) -> None:
    change(database, "alter policy listings_update on public.listings with check (true)")
    found = named(holes(database, marketplace))
    assert found == {(who, "listings", "update_spoofed", "wider") for who in ("owner", "other")}


def test_a_replaced_helper_shows_wherever_it_is_used(database: Any, saas: Plan) -> None:
    with database.connect("postgres") as conn:
        conn.execute(
            """create or replace function private.my_memberships_organization_id() returns setof uuid
            language sql stable security definer set search_path = ''
            as $$ select organization_id from public.memberships $$"""
        )
    found = holes(database, saas)
    assert {"projects", "organizations"} <= {d.table for d in found if d.direction == "wider"}
    assert ("nonmember", "projects", "select", "wider") in named(found)


def test_trust_in_what_users_write_about_themselves_shows(database: Any) -> None:
    plan = next(p for p in map(random_plan, range(100)) if _selects_by_claim(p))
    table = next(t for t in plan.tables if any(q.kind == "tenant" for q in t.policies))
    with database.connect("postgres") as conn:
        apply(conn, plan)
        name = quote_identifier(f"{table.name}_select")
        conn.execute(
            f"alter policy {name} on {quote_identifier('public', table.name)} using "
            "(realm::text = (select auth.jwt() -> 'user_metadata' ->> 'realm'))".encode()
        )
    assert ("nonmember", table.name, "select", "wider") in named(holes(database, plan))


def _selects_by_claim(plan: Plan) -> bool:
    kinds = [[(q.kind, "select" in q.commands) for q in t.policies] for t in plan.tables]
    return any(k == [("tenant", True)] for k in kinds)


def test_a_dropped_policy_is_narrower(database: Any, marketplace: Plan) -> None:
    change(database, "drop policy favorites_select on public.favorites")
    found = holes(database, marketplace)
    assert named(found) == {(who, "favorites", "select", "narrower") for who in ("owner", "other")}
    assert found[0].sentence == "the signed-in owner can read 0 rows of favorites; the plan promises 1"


def test_a_restrictive_policy_is_narrower(database: Any, marketplace: Plan) -> None:
    change(
        database,
        "create policy no on public.favorites as restrictive for select to authenticated using (false)",
    )
    assert ("owner", "favorites", "select", "narrower") in named(holes(database, marketplace))


def test_a_lost_grant_is_narrower_for_the_service_too(database: Any, marketplace: Plan) -> None:
    change(database, "revoke select on public.favorites from service_role")
    assert ("service_role", "favorites", "select", "narrower") in named(holes(database, marketplace))


@pytest.mark.parametrize("name", ["marketplace", "saas"])
def test_the_probe_leaves_nothing_behind(database: Any, name: str) -> None:
    plan = template(name)
    with database.connect("postgres") as conn:
        apply(conn, plan)
    before = traces(database, plan)
    probe(database, plan)
    probe(database, plan)
    assert traces(database, plan) == before


def traces(database: Any, plan: Plan) -> list[Any]:
    with database.connect("supabase_admin") as conn:
        counts = [
            conn.execute(f"select count(*) from {quote_identifier('public', t.name)}".encode()).fetchone()
            for t in plan.tables
        ]
        users = conn.execute("select count(*) from auth.users").fetchone()
        triggers = conn.execute("select count(*) from pg_trigger where tgname like '%va_probe%'").fetchone()
        functions = conn.execute("select count(*) from pg_proc where proname like 'va\\_%'").fetchone()
        return [fingerprint(conn)["fingerprint"], counts, users, triggers, functions]


def test_the_probe_keeps_out_of_rows_that_are_there(database: Any, marketplace: Plan) -> None:
    with database.connect("postgres") as conn:
        conn.execute("insert into auth.users (id, email) values (gen_random_uuid(), 'real@example.com')")
        conn.execute("insert into public.profiles (id, display_name) select id, 'Real' from auth.users")
    assert holes(database, marketplace) == []
    with database.connect("postgres") as conn:
        assert conn.execute("select display_name from public.profiles").fetchall() == [("Real",)]


def test_the_probe_answers_the_same_every_time(database: Any, marketplace: Plan) -> None:
    assert probe_sql(marketplace) == probe_sql(template("marketplace"))
    assert probe(database, marketplace).cells == probe(database, marketplace).cells


@pytest.mark.parametrize(
    "sql",
    [
        "alter table public.orders add column surprise text not null",
        "alter table public.orders rename to gone",
        "create function public.no() returns trigger language plpgsql as $$ begin raise 'no'; end $$;"
        "create trigger no before insert on public.orders for each row execute function public.no()",
    ],
)
def test_a_database_that_cannot_be_seeded_is_not_proven(database: Any, marketplace: Plan, sql: str) -> None:
    change(database, sql)
    with pytest.raises(AccessMismatch, match="access probe could not run"):
        probe(database, marketplace)


@pytest.mark.parametrize("rows", [[], [{}], [{"access_matrix": None}], [{"other": 1}]])
def test_an_empty_answer_is_not_a_proof(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(AccessMismatch):
        observed(rows)


def test_a_cell_that_was_not_observed_counts_as_missing(marketplace: Plan) -> None:
    full = promised(marketplace)
    cells = {k: c for k, c in full.cells.items() if k[0] != "orders"}
    found = compare(full, AccessMatrix(full.identities, full.tables, cells))
    assert {d.table for d in found} == {"orders"}
    assert {d.direction for d in found} == {"narrower"}


def test_the_matrix_is_json_and_a_table_for_people() -> None:
    matrix = promised(template("saas"))
    read = json.loads(json.dumps(matrix.to_json()))
    assert read["tables"]["projects"]["select"] == {
        "anon": "deny",
        "no_subject": "deny",
        "owner": "tenant",
        "other": "tenant",
        "member": "tenant",
        "member_admin": "tenant",
        "nonmember": "deny",
        "service_role": "allow",
    }
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(matrix_table(matrix))
    text = console.export_text()
    assert all(t in text for t in read["tables"])
    row = next(line.split() for line in text.splitlines() if line.split()[:1] == ["subscriptions"])
    assert row[1:5] == ["·", "·", "·", "·"]


def test_the_probe_needs_no_more_than_the_role_postgres(database: Any, marketplace: Plan) -> None:
    with database.connect("postgres") as conn:
        superuser = conn.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        assert superuser == (False,)
    assert probe(database, marketplace).cells


def test_a_plan_with_circles_and_self_references_is_seeded(database: Any) -> None:
    plan = next(p for p in map(random_plan, range(100)) if any(t.name == "left_side" for t in p.tables))
    with database.connect("postgres") as conn:
        apply(conn, plan)
    matrix = probe(database, plan)
    assert matrix.word("left_side", "select", "service_role") == "allow"
    assert compare(promised(plan), matrix) == []


def test_a_stray_column_with_a_hostile_name_changes_nothing(database: Any, marketplace: Plan) -> None:
    change(database, """alter table public.bids add column "a""b'c; --" text""")
    assert holes(database, marketplace) == []
