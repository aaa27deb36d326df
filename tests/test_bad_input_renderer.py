"""Bad input in the renderer: no text of a plan changes what the SQL is, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from architect.plan import rules
from architect.plan.model import Command, Member, Owner, Plan
from architect.render import render
from tests import plans
from tests.plan_strategies import sound_plans
from tests.plans import ALL, T, apply, caller, column, reference, table, to_user

#: Literals, quoted names, dollar-quoted bodies and comments: all that may hold a text of the plan.
QUOTED = re.compile(
    r"""(?P<literal>\bE'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')|(?P<name>"(?:[^"]|"")*")"""
    r"""|(?P<tag>\$\w*\$)(?P<body>.*?)(?P=tag)|--[^\n]*""",
    re.S,
)
#: The keys under which a plan holds text that is not a name.
TEXTS = ("description", "title", "values", "roles_in", "value")


def shape(sql: str) -> str:
    """The SQL without what stands in quotes; bodies of functions are SQL too."""

    def plain(found: re.Match[str]) -> str:
        if found["body"] is not None:
            return f"( {shape(found['body'])} )"
        return "?" if found["literal"] else "x" if found["name"] else ""

    return " ".join(QUOTED.sub(plain, sql).split())


def without_texts(plan: Plan) -> Plan:
    """The same plan with a plain word for each different text."""
    words: dict[str, str] = {}

    def change(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            literal = value.get("kind") == "literal" and not isinstance(value["value"], str)
            return value if literal else {k: change(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [change(item, key) for item in value]
        if isinstance(value, str) and value and key in TEXTS and not _is_other_literal(value):
            return words.setdefault(value, f"w{len(words)}")
        return value

    return Plan.model_validate(change(plan.model_dump(mode="json")))


def _is_other_literal(value: str) -> bool:
    """Defaults of dates, times, uuids and intervals are checked by rules of their own."""
    return re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]+|[\dT:+-]{8,}|3 days", value) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(built=sound_plans())
def test_no_text_of_a_plan_changes_the_statements(built: Plan) -> None:
    harmless = without_texts(built)
    assert rules.check(harmless) == []
    hostile = [shape(migration.sql) for migration in render(built)]
    assert hostile == [shape(migration.sql) for migration in render(harmless)]


def test_the_comparison_of_statements_can_fail() -> None:
    """A renderer that forgot to quote would be found."""
    good = "comment on table \"a\" is 'it''s'; select E'\\\\'"
    assert shape(good) == "comment on table x is ?; select ?"
    for bad in ("is 'it's'", "is ''; drop table \"a\"", "$$ a $$; b", "E'\\'; drop'"):
        assert shape(bad) != "is ?"


@pytest.fixture
def conn(database: Any) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        yield connection


def one(conn: psycopg.Connection[Any], sql: str) -> Any:
    row = conn.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_membership_that_reads_itself_does_not_recurse(conn: psycopg.Connection[Any]) -> None:
    """42P17 is what a policy gets that selects from its own table."""
    seats = table(
        "seats",
        [column("org_id", "uuid"), column("user_id", "uuid"), column("boss_id", "uuid", nullable=True)],
        [
            Member(
                name="fellows", origin=T, commands=[Command.SELECT, Command.UPDATE], column="org_id",
                via="seats", tenant_column="org_id",
            ),
            Owner(name="own", origin=T, commands=ALL, column="user_id"),
        ],
        foreign_keys=[to_user("user_id"), reference("boss_id", "seats")],
    )  # fmt: skip
    apply(conn, plans.plan(seats))
    users = [
        one(conn, "insert into auth.users (id) values (gen_random_uuid()) returning id") for _ in range(3)
    ]
    for user, org in zip(users, ("a", "a", "b"), strict=True):
        org_id = f"{org}0000000-0000-4000-8000-000000000000"
        conn.execute("insert into public.seats (org_id, user_id) values (%s, %s)", [org_id, user])
    with caller(conn, "authenticated", users[0]):
        seen = conn.execute("select user_id from public.seats").fetchall()
    assert {user for (user,) in seen} == set(users[:2])
