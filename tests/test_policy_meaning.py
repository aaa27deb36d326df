"""What a changed condition does to the rows that pass it, and that this holds on a real database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from psycopg import sql

from architect.drift.meaning import (
    Meaning,
    calls_outside_select,
    compare_expressions,
    compare_policy,
    trusts_user_metadata,
)
from tests.fixtures.cluster import Database
from tests.meaning_conditions import condition_pairs
from tests.meaning_pairs import BOTH, MEMBER, OWNER, SAME, SAME_BUT_SLOWER, UID, UNKNOWN, WEAKER

CALLERS = ["", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"]
#: How many random pairs are tried; thousands by hand.
EXAMPLES = int(os.environ.get("ARCHITECT_MEANING", "40"))
WORLD = """
create schema if not exists private;
create table public.orgs (id int primary key, parent int, active boolean);
create table public.members (org_id int, user_id uuid, role text);
create table public.items (id serial primary key, org_id int, owner uuid, st text, n int, m int, p boolean,
    q boolean, created_at timestamptz, code varchar, tags text[]);
create function private.is_member(o int) returns boolean language sql stable as 'select o = 1';
create function private.is_friend(o int) returns boolean language sql stable as 'select o <> 1';
insert into public.orgs values (1, 2, true), (2, null, false), (3, 1, null);
"""


@pytest.fixture(scope="module")
def world(cluster: Any) -> Iterator[psycopg.Connection[Any]]:
    """A database with rows for every combination of what the conditions look at."""
    name = "meaning"
    cluster.create_database(name, template="template_supabase")
    with Database(cluster, name).connect() as connection:
        connection.execute(WORLD)
        _fill(connection)
        yield connection
    cluster.drop_database(name)


def _fill(connection: psycopg.Connection[Any]) -> None:
    members = [(1, CALLERS[1], "admin"), (2, CALLERS[1], None), (None, CALLERS[2], "x"), (2, None, "admin")]
    rows = product([1, 2, None], [*CALLERS[1:], None], ["a", "b", None], [1, 2, None], [1, 2, None])
    flags = list(product([True, False, None], repeat=2))
    with connection.cursor() as cursor:
        cursor.executemany("insert into public.members values (%s, %s, %s)", members)
        cursor.executemany(
            "insert into public.items (org_id, owner, st, n, m, p, q, created_at, code, tags) "
            "values (%s, %s, %s, %s, %s, %s, %s, now() - %s * interval '40 days', %s, %s)",
            [
                (*row, *flags[i % 9], i % 3, [None, "x", "z"][i % 3], [None, ["a"], ["b"]][i % 3])
                for i, row in enumerate(rows)
            ],
        )


def passing(connection: psycopg.Connection[Any], *conditions: str) -> list[set[tuple[str, int]]]:
    """The rows that pass each condition, with the caller they pass for."""
    found: list[set[tuple[str, int]]] = [set() for _ in conditions]
    columns = sql.SQL(", ").join(sql.SQL(f"({text}) is true") for text in conditions)
    for caller in CALLERS:
        with connection.transaction():
            claims = f'{{"sub": "{caller}", "role": "authenticated"}}' if caller else "{}"
            connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            rows = connection.execute(sql.SQL("select id, {} from public.items").format(columns)).fetchall()
        for number, *passed in rows:
            for place, passes in enumerate(passed):
                if passes:
                    found[place].add((caller, number))
    return found


def assert_holds(meaning: Meaning, before: set[Any], after: set[Any]) -> None:
    """The one thing that must never happen: more rows pass and the verdict says otherwise."""
    if meaning.direction == "equal":
        assert before == after
    if meaning.direction == "stronger":
        assert after <= before


@pytest.mark.parametrize(("before", "after"), SAME)
def test_written_otherwise_is_the_same(before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        meaning = compare_expressions(one, other)
        assert (meaning.tier, meaning.direction) == (1, "equal"), meaning


@pytest.mark.parametrize(("before", "after"), SAME_BUT_SLOWER)
def test_a_call_in_a_select_of_its_own_is_another_plan_only(before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        meaning = compare_expressions(one, other)
        assert (meaning.tier, meaning.direction) == (2, "equal"), meaning


@pytest.mark.parametrize(("before", "after"), WEAKER)
def test_what_lets_more_through_is_weaker(before: str, after: str) -> None:
    meaning = compare_expressions(before, after)
    assert (meaning.tier, meaning.direction) == (3, "weaker"), meaning
    assert meaning.reason
    assert compare_expressions(after, before).direction in ("stronger", "both", None)


@pytest.mark.parametrize(("before", "after"), BOTH)
def test_what_opens_and_closes_is_both(before: str, after: str) -> None:
    meaning = compare_expressions(before, after)
    assert (meaning.tier, meaning.direction) == (3, "both"), meaning
    assert meaning.lost
    assert meaning.added


@pytest.mark.parametrize(("before", "after"), UNKNOWN)
def test_what_cannot_be_told_has_no_direction_and_says_so(before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        meaning = compare_expressions(one, other)
        assert meaning.direction is None
        assert "could not be compared" in meaning.reason


def test_the_reverse_of_a_plain_loosening_is_stronger() -> None:
    exact = [pair for pair in WEAKER if compare_expressions(*reversed(pair)).direction == "stronger"]
    assert len(exact) >= len(WEAKER) - 8, [pair for pair in WEAKER if pair not in exact]


def test_every_verdict_holds_on_a_real_database_as_it_prints_them(world: psycopg.Connection[Any]) -> None:
    """Postgres prints a condition in its own way, and what it prints means what was written."""
    pairs = [*SAME, *SAME_BUT_SLOWER, *WEAKER, *BOTH, *UNKNOWN[:2]]
    for before, after in pairs:
        printed = [_printed(world, text) for text in (before, after)]
        rows = passing(world, *printed)
        meaning = compare_expressions(*printed)
        assert_holds(meaning, *rows)
        assert_holds(compare_expressions(*reversed(printed)), *reversed(rows))
        assert meaning.direction == compare_expressions(before, after).direction, (printed, meaning)


def _printed(connection: psycopg.Connection[Any], text: str) -> str:
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL(f"create policy printed on public.items using ({text})"))
        connection.execute("set local search_path = ''")
        row = connection.execute(
            "select pg_get_expr(polqual, polrelid) from pg_policy where polname = 'printed'"
        ).fetchone()
    assert row
    return str(row[0])


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pair=condition_pairs())
@example(pair=("(n = m)", "(NOT (n <> m))"))
def test_no_verdict_hides_an_opening(world: psycopg.Connection[Any], pair: tuple[str, str]) -> None:
    before, after = pair
    rows = passing(world, before, after)
    assert_holds(compare_expressions(before, after), *rows)
    assert_holds(compare_expressions(after, before), *reversed(rows))


POLICY: dict[str, Any] = {
    "table": "items", "policy": "p", "command": "r", "permissive": True, "roles": ["authenticated"],
    "using": OWNER, "check": None,
}  # fmt: skip
RESTRICTIVE = {**POLICY, "permissive": False}
UPDATE = {**POLICY, "command": "w", "check": OWNER}
INSERT = {**POLICY, "command": "a", "using": None, "check": OWNER}
ALL = {**POLICY, "command": "*"}
POLICIES: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    (POLICY, {"roles": ["public"]}, "weaker"),
    (POLICY, {"roles": ["anon", "authenticated"]}, "weaker"),
    (POLICY, {"roles": ["anon"]}, "both"),
    (POLICY, {"roles": ["public", "authenticated"]}, "weaker"),
    ({**POLICY, "roles": ["public"]}, {"roles": ["authenticated"]}, "stronger"),
    ({**POLICY, "roles": ["public", "anon"]}, {"roles": ["public"]}, "equal"),
    ({**POLICY, "roles": ["anon", "x"]}, {"roles": ["x", "anon"]}, "equal"),
    (POLICY, {"command": "*"}, "weaker"),
    (POLICY, {"command": "w"}, "both"),
    (ALL, {"command": "r"}, "stronger"),
    (POLICY, {"permissive": False}, "stronger"),
    (RESTRICTIVE, {"permissive": True}, "weaker"),
    (RESTRICTIVE, {"permissive": True, "using": "false"}, "weaker"),
    (RESTRICTIVE, {"roles": ["public"]}, "stronger"),
    (RESTRICTIVE, {"roles": ["anon", "authenticated"]}, "stronger"),
    ({**RESTRICTIVE, "roles": ["public"]}, {"roles": ["authenticated"]}, "weaker"),
    ({**RESTRICTIVE, "command": "*"}, {"command": "r"}, "weaker"),
    (RESTRICTIVE, {"using": "true"}, "weaker"),
    (RESTRICTIVE, {"using": f"({OWNER} AND p)"}, "stronger"),
    (UPDATE, {"check": "true"}, "weaker"),
    (UPDATE, {"check": None}, "equal"),
    ({**UPDATE, "check": f"({OWNER} AND p)"}, {"check": None}, "weaker"),
    ({**UPDATE, "using": "true"}, {"check": None}, "weaker"),
    (UPDATE, {"using": "true", "check": OWNER}, "weaker"),
    (UPDATE, {"using": "true", "check": f"({OWNER} AND p)"}, "both"),
    (UPDATE, {"using": f"(owner = {UID})"}, "equal"),
    (INSERT, {"check": "true"}, "weaker"),
    (INSERT, {"check": None}, "stronger"),
    ({**ALL, "check": OWNER}, {"check": None}, "equal"),
    ({**ALL, "using": "true", "check": OWNER}, {"check": None}, "weaker"),
    (ALL, {"check": f"({OWNER} AND p)"}, "stronger"),
    (POLICY, {"using": f"({OWNER} AND p)", "roles": ["public"]}, "both"),
    (POLICY, {"using": "private.x(org_id)"}, None),
    (POLICY, {"using": "private.x(org_id)", "roles": ["public"]}, "weaker"),
    (POLICY, {"using": "(auth.uid() = owner)"}, "equal"),
    (POLICY, {}, "equal"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "change", "direction"), POLICIES)
def test_a_policy_is_for_whom_for_what_and_for_which_rows(
    policy: dict[str, Any], change: dict[str, Any], direction: str | None
) -> None:
    meaning = compare_policy(policy, {**policy, **change})
    assert meaning.direction == direction, meaning
    assert meaning.reason
    assert (meaning.tier == 0) == (not change)


def test_what_changed_is_said_in_the_words_of_the_condition() -> None:
    dropped = compare_expressions(f"({OWNER} AND (st = 'a'::text))", OWNER)
    assert (dropped.lost, dropped.added) == (["st = 'a'::text"], [])
    opened = compare_expressions(OWNER, f"({OWNER} OR (auth.uid() IS NULL))")
    assert (opened.lost, opened.added) == ([], ["auth.uid() IS NULL"])
    inside = compare_expressions(MEMBER, MEMBER.replace(f" AND (m.user_id = {UID})", ""))
    assert inside.lost == ["m.user_id = (SELECT auth.uid() AS uid)"]
    assert inside.reason.startswith("in the subquery over members: no longer requires m.user_id")


def test_no_condition_lets_every_row_through() -> None:
    assert compare_expressions("p", None).direction == "weaker"
    assert compare_expressions(None, "p").direction == "stronger"
    assert compare_expressions(None, "true") == Meaning(
        1, "equal", reason="written differently, the same rows pass"
    )


def test_answers_that_change_from_call_to_call_are_not_put_together() -> None:
    meaning = compare_expressions("((random() < 0.5) AND (random() < 0.5))", "(random() < 0.5)")
    assert meaning.direction not in ("equal", "stronger")
    swapped = compare_expressions("(p AND (random() < 0.5))", "((random() < 0.5) AND p)")
    assert swapped.direction == "equal"


def test_an_operator_of_somebodys_own_is_left_as_it_stands() -> None:
    own = "(owner OPERATOR(public.=) auth.uid())"
    assert compare_expressions(own, "(auth.uid() OPERATOR(public.=) owner)").direction not in (
        "equal",
        "stronger",
    )
    assert compare_expressions(own, f"({own} AND p)").direction == "stronger"


def test_a_long_list_that_grows_is_weaker() -> None:
    listed = [f"(n = ANY (ARRAY[{', '.join(map(str, range(size)))}]))" for size in (400, 401)]
    assert compare_expressions(*listed).direction == "weaker"
    assert compare_expressions(*reversed(listed)).direction == "stronger"
    turned = f"(n = ANY (ARRAY[{', '.join(map(str, reversed(range(400))))}]))"
    assert compare_expressions(listed[0], turned).direction == "equal"


def test_a_condition_too_large_to_compare_is_unknown() -> None:
    large = " OR ".join(f"((n = {i}) AND (m = {(i * 7) % 40}) AND (id = {(i * 11) % 40}))" for i in range(40))
    meaning = compare_expressions(large, large.replace("(n = 3)", "(n <> 3)").replace("OR", "or p OR", 1))
    assert meaning.direction in (None, "both", "weaker")
    deep = "(" * 3000 + "p" + ")" * 3000
    assert compare_expressions(f"NOT {deep}", "p").direction not in ("equal", "stronger")
    nested = "NOT (p AND " * 900 + "q" + ")" * 900
    assert compare_expressions(nested, "p").direction not in ("equal", "stronger")


def test_trust_in_what_users_write_of_themselves_is_seen() -> None:
    assert trusts_user_metadata("((auth.jwt() -> 'user_metadata'::text) ->> 'role'::text) = 'x'::text")
    assert trusts_user_metadata("(SELECT u.raw_user_meta_data FROM auth.users u) IS NOT NULL")
    assert not trusts_user_metadata("((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'x'::text")
    assert not trusts_user_metadata(None)


def test_calls_for_every_row_are_named() -> None:
    assert calls_outside_select(f"({OWNER} AND (current_setting('x'::text) = st))") == [
        "auth.uid",
        "current_setting",
    ]
    assert calls_outside_select(f"(owner = {UID})") == []
    assert calls_outside_select(MEMBER.replace(UID, "auth.uid()")) == ["auth.uid"]
    assert calls_outside_select("private.is_member(org_id)") == []
    assert calls_outside_select("no ) SQL") == []
