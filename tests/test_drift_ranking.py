"""What differs becomes alerts: none is lost, what follows stands with its cause, the rank fits the harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from architect.catalog.facts import sections
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import Run
from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.change import changes
from architect.drift.compare import drift
from architect.drift.kinds import _JUDGES, judge
from architect.drift.model import Alert, Severity
from architect.drift.world import World
from tests.drift.handmade import (
    but,
    column,
    fact,
    function,
    grant,
    member,
    policy,
    role,
    table,
    world,
)
from tests.fixtures.cluster import Database

ORDERS = table("orders")
HELPER = function("is_member(uuid)", "select true", definer=True, config=["search_path="])
READS = policy("orders.members read", using="private.is_member(org_id)")
SHOP = world(
    ORDERS, HELPER, READS, grant("table", "orders", "authenticated", "SELECT"), edges=[(READS, HELPER)]
)


def alerts(expected: Snapshot, found: Snapshot, plan: dict[str, Any] | None = None) -> list[Alert]:
    return [finding.alert for finding in drift(expected, found, plan=plan)]


def one(expected: Snapshot, found: Snapshot, plan: dict[str, Any] | None = None) -> Alert:
    (alert,) = alerts(expected, found, plan)
    return alert


# Nothing is lost ---------------------------------------------------------------------------------------

_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 5),
    st.sampled_from(["", "public", "O", "D", "r", "true", "anon"]),
)
_NEEDED: dict[str, dict[str, Any]] = {
    "policy": dict(READS.detail),
    "grant": dict(grant("table", "orders", "anon", "SELECT").detail),
    "membership": dict(member("a", "b").detail),
    "default_acl": {"object_kind": "tables", "role": "postgres", "schema": None, "holders": {}},
    "publication_table": {"publication": "p", "table": "orders", "filter": None, "columns": None},
    "publication_schema": {"publication": "p", "schema": "public"},
}


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Snapshot, Snapshot]:
    sides: list[dict[Key, Fact]] = [{}, {}]
    kinds = st.sampled_from(sorted([*_JUDGES.keys() - {"database_setting"}, "cast", "never heard of"]))
    for kind in draw(st.lists(kinds, min_size=1, max_size=4)):
        key = Key(
            kind, draw(st.sampled_from(["", "public", "auth"])), draw(st.sampled_from(["a", "a.b", "orders"]))
        )
        for side in sides:
            if draw(st.booleans()):
                extra = draw(st.dictionaries(st.sampled_from(["rls", "new", "schema", "enabled"]), _VALUES))
                side[key] = Fact(key, _NEEDED.get(kind, {"owner": "postgres"}) | extra)
    return Snapshot(180000, sides[0]), Snapshot(180000, sides[1])


@given(_pairs())
@settings(max_examples=100, deadline=None)
def test_every_difference_is_part_of_an_alert(pair: tuple[Snapshot, Snapshot]) -> None:
    expected, found = pair
    differing = {
        key
        for key in expected.facts.keys() | found.facts.keys()
        if expected.facts.get(key) != found.facts.get(key)
    }
    findings = drift(expected, found)
    world = World(expected, found)
    assert all(
        judge(change, world) or change.key.kind == "database_setting" for change in changes(expected, found)
    )
    assert set().union(*(finding.keys for finding in findings)) == differing
    assert all(finding.alert.reason and finding.alert.type for finding in findings)
    assert [f.alert.severity.rank for f in findings] == sorted(f.alert.severity.rank for f in findings)


def test_a_kind_without_words_of_its_own_is_of_medium_severity() -> None:
    alert = one(world(), world(fact("gadget", "public", "x", speed=1)))
    assert (alert.type, alert.severity, alert.resource.kind) == ("gadget_extra", Severity.MEDIUM, "gadget")


# What opens is critical, and says how ------------------------------------------------------------------


def test_row_level_security_off_says_who_can_do_what() -> None:
    alert = one(SHOP, but(SHOP, table("orders", rls=False)))
    assert (alert.type, alert.severity, alert.direction) == ("rls_disabled", Severity.CRITICAL, "weaker")
    assert "every signed-in user can read every row" in alert.reason
    assert alert.before == "alter table public.orders enable row level security"


@pytest.mark.parametrize(
    ("changed", "direction", "severity"),
    [
        (policy("orders.members read", using="true"), "weaker", Severity.CRITICAL),
        (policy("orders.members read", using="false"), "stronger", Severity.HIGH),
        (policy("orders.members read", using="private.is_member(id)"), "weaker", Severity.CRITICAL),
        (
            policy("orders.members read", using="private.is_member(org_id)", roles=["anon", "authenticated"]),
            "weaker",
            Severity.CRITICAL,
        ),
        (policy("orders.members read", using="(private.is_member(org_id))"), "equal", Severity.INFO),
    ],
)
def test_a_policy_has_a_direction(changed: Fact, direction: str, severity: Severity) -> None:
    alert = one(SHOP, but(SHOP, changed))
    assert (alert.direction, alert.severity) == (direction, severity)
    assert alert.resource.name == "orders.members read"


def test_policies_that_come_and_go() -> None:
    gate = policy("orders.gate", permissive=False, using="status <> 'archived'")
    fenced = but(SHOP, gate)
    gone = one(fenced, SHOP)
    assert (gone.type, gone.direction, gone.severity) == ("policy_missing", "weaker", Severity.CRITICAL)
    outage = one(SHOP, but(SHOP, without=[READS]))
    assert (outage.direction, outage.severity) == ("stronger", Severity.CRITICAL)
    twin = policy("orders.twin", using="private.is_member(org_id)")
    assert (one(SHOP, but(SHOP, twin)).severity, one(SHOP, but(SHOP, twin)).direction) == (
        Severity.LOW,
        "equal",
    )
    renamed = one(
        SHOP, but(SHOP, policy("orders.readers", using="private.is_member(org_id)"), without=[READS])
    )
    assert (renamed.type, renamed.severity, renamed.direction) == ("policy_renamed", Severity.LOW, "equal")
    server = policy("orders.server", roles=["service_role"])
    assert one(SHOP, but(SHOP, server)).severity is Severity.LOW


def test_a_helper_names_every_policy_and_table_that_asks_it() -> None:
    through = function("is_admin(uuid)", "select private.is_member(o)")
    writes = policy("items.admins write", command="w", using="private.is_admin(org_id)")
    expected = world(
        ORDERS, HELPER, READS, table("items"), through, writes, edges=[(READS, HELPER), (writes, through)]
    )
    changed = function("is_member(uuid)", "select false", definer=True, config=["search_path="])
    alert = one(expected, but(expected, changed))
    assert (alert.type, alert.severity) == ("helper_changed", Severity.CRITICAL)
    assert [str(r.name) for r in alert.blast_radius] == [
        "is_admin(uuid)", "items.admins write", "orders.members read", "items", "orders",
    ]  # fmt: skip
    assert "2 policies ask it, on 2 tables" in alert.reason
    comment = function("is_member(uuid)", "select true -- as ever", definer=True, config=["search_path="])
    assert one(expected, but(expected, comment)).severity is Severity.INFO


def test_a_helper_that_says_yes_more_often_is_weaker_unless_a_policy_asks_for_its_no() -> None:
    def helper(body: str) -> Fact:
        return function("is_member(uuid)", body)

    strict, lax = helper("select o = 1 and not gone"), helper("select o = 1")
    for using, directions in (
        ("private.is_member(org_id)", ("weaker", "stronger")),
        ("(NOT private.is_member(org_id))", (None, None)),
    ):
        reads = policy("orders.members read", using=using)
        expected = world(ORDERS, strict, reads, edges=[(reads, strict)])
        opened = but(expected, lax)
        assert (one(expected, opened).direction, one(opened, expected).direction) == directions
        assert one(opened, expected).severity is Severity.CRITICAL


def test_what_auth_and_the_api_ask_is_a_helper() -> None:
    asked = function("check_request()", "select 1", returns="void")
    hook = function("claims(jsonb)", "select event", returns="jsonb")
    name = "authenticator.pgrst.db_pre_request"
    granted = grant("function", "claims(jsonb)", "supabase_auth_admin", "EXECUTE", schema="private")
    setting = fact("role_setting", "", name, setting="pgrst.db_pre_request", value="private.check_request")
    expected = world(asked, hook, setting, granted)
    for changed in (
        function("check_request()", "select 2", returns="void"),
        function("claims(jsonb)", "select '{}'", returns="jsonb"),
    ):
        alert = one(expected, but(expected, changed))
        assert (alert.type, alert.severity) == ("helper_changed", Severity.CRITICAL)
        assert ("the API asks it before each request" in alert.reason) == (changed.key == asked.key)
        assert ("Auth asks it when it makes tokens" in alert.reason) == (changed.key == hook.key)


def test_a_right_through_membership_is_the_opening_it_is() -> None:
    expected = but(SHOP, role("editors"), member("anon", "editors"))
    alert = one(expected, but(expected, grant("table", "orders", "editors", "SELECT")))
    assert (alert.type, alert.severity) == ("grant_added", Severity.CRITICAL)
    assert (
        "Everybody with the public key (through membership in editors) may now read table public.orders"
        in alert.reason
    )
    assert alert.after == "grant select on table public.orders to editors"
    assert (alert.resource.kind, alert.resource.name) == ("table", "orders")
    others = but(SHOP, role("reporting"))
    assert one(others, but(others, grant("table", "orders", "reporting", "SELECT"))).severity is Severity.HIGH


@pytest.mark.parametrize(
    ("extra", "severity"),
    [
        (grant("table", "orders", "anon", "TRUNCATE"), Severity.CRITICAL),
        (grant("column", "orders.total", "anon", "SELECT"), Severity.CRITICAL),
        (column("orders.ssn"), Severity.HIGH),
        (column("orders.note"), Severity.MEDIUM),
        (grant("function", "is_member(uuid)", "anon", "EXECUTE", schema="private"), Severity.CRITICAL),
        (grant("table", "orders", "service_role", "DELETE"), Severity.LOW),
        (grant("table", "orders", "authenticated", "SELECT*"), Severity.HIGH),
        (grant("type", "mood", "anon", "USAGE"), Severity.LOW),
        (member("anon", "pg_read_all_data"), Severity.CRITICAL),
        (member("authenticated", "service_role"), Severity.CRITICAL),
        (member("postgres", "pg_monitor"), Severity.HIGH),
        (role("authenticated", bypass_rls=True), Severity.CRITICAL),
        (role("intruder", login=True, superuser=True), Severity.CRITICAL),
        (role("visitor"), Severity.MEDIUM),
        (fact("bucket", "", "docs", id="docs", public=True), Severity.HIGH),
        (fact("edge_function", "", "pay", slug="pay", verify_jwt=False, digest="a"), Severity.HIGH),
        (fact("auth_setting", "", "external_anonymous_users_enabled", value=True), Severity.HIGH),
        (fact("api_setting", "", "db_schema", value="public, private"), Severity.CRITICAL),
        (fact("cron_job", "", "sync", schedule="* * * * *", command="select 1", username="x"), Severity.HIGH),
        (table("plain", rls=False), Severity.CRITICAL),
        (table("plain", schema="private"), Severity.MEDIUM),
    ],
    ids=str,
)
def test_what_is_new_has_its_rank(extra: Fact, severity: Severity) -> None:
    assert one(SHOP, but(SHOP, extra)).severity is severity


def test_a_grant_always_has_a_direction() -> None:
    wider = but(SHOP, grant("table", "orders", "authenticated", "SELECT", "DELETE"))
    other = but(SHOP, grant("table", "orders", "authenticated", "INSERT"))
    assert one(SHOP, wider).direction == "weaker"
    assert (one(wider, SHOP).direction, one(wider, SHOP).type) == ("stronger", "grant_missing")
    assert one(SHOP, other).direction == "both"
    assert "signed-in users may no longer delete rows of" in one(wider, SHOP).reason.lower()


# One cause, one alert ----------------------------------------------------------------------------------


def test_a_new_owner_is_one_change() -> None:
    expected = but(SHOP, grant("table", "orders", "its owner"))
    found = but(
        expected, table("orders", owner="authenticated"), without=[grant("table", "orders", "its owner"),
                                                                   grant("table", "orders", "authenticated")]
    )  # fmt: skip
    alert = one(expected, found)
    assert (alert.type, alert.severity) == ("owner_changed", Severity.CRITICAL)


def test_the_same_drift_found_again_is_the_same_alert() -> None:
    opened = but(SHOP, table("orders", rls=False))
    elsewhere = but(opened, table("orders", rls=False, replica_identity="f"))
    first = one(SHOP, opened)
    again = next(a for a in alerts(SHOP, elsewhere) if a.type == "rls_disabled")
    assert first.id == again.id
    assert len({a.id for a in alerts(SHOP, elsewhere)}) == 2


# What the spec declares --------------------------------------------------------------------------------

PLAN = {
    "tables": [
        {"name": "orders", "policies": [{"kind": "public_read", "where": None}]},
        {
            "name": "notes",
            "policies": [{"kind": "public_read", "where": {"column": "public", "value": True}}],
        },
    ],
    "buckets": [{"name": "covers", "public": True}],
    "functions": [{"slug": "hook", "verify_jwt": False}, {"slug": "gate", "verify_jwt": True}],
}


@pytest.mark.parametrize(
    ("extra", "declared"),
    [
        (grant("table", "orders", "anon", "SELECT"), True),
        (grant("table", "orders", "anon", "SELECT", "INSERT"), False),
        (grant("table", "orders", "anon", "SELECT*"), False),
        (grant("table", "notes", "anon", "SELECT"), True),
        (policy("orders.catalogue", roles=["anon"]), True),
        (policy("orders.catalogue", roles=["anon"], command="*"), False),
        (policy("notes.all", roles=["anon"]), False),
        (fact("bucket", "", "covers", id="covers", public=True), True),
        (fact("edge_function", "", "hook", verify_jwt=False, digest="a"), True),
        (fact("edge_function", "", "gate", verify_jwt=False, digest="a"), False),
        (fact("bucket", "", "invoices", id="invoices", public=True), False),
    ],
    ids=str,
)
def test_what_the_spec_asks_for_is_no_alarm(extra: Fact, declared: bool) -> None:
    expected = but(SHOP, table("notes"))
    alert = one(expected, but(expected, extra), PLAN)
    assert (alert.severity is Severity.INFO) == declared
    assert ("The spec asks for that" in alert.reason) == declared
    assert one(expected, but(expected, extra)).severity is not Severity.INFO


def test_the_spec_excuses_no_table_without_row_level_security() -> None:
    open_ = but(SHOP, table("orders", rls=False))
    assert (
        one(open_, but(open_, grant("table", "orders", "anon", "SELECT")), PLAN).severity is Severity.CRITICAL
    )
    assert one(SHOP, open_, PLAN).severity is Severity.CRITICAL


def test_what_the_platform_upgrades_itself_is_information() -> None:
    users = table("users", schema="auth", owner="supabase_auth_admin")
    expected = but(SHOP, users)
    stamp = column("users.confirmed_at", schema="auth")
    assert one(expected, but(expected, stamp)).severity is Severity.INFO
    for opening in (
        grant("table", "users", "anon", "SELECT", schema="auth"),
        table("users", schema="auth", owner="supabase_auth_admin", rls=False),
        function("uid()", "select 1", schema="auth", owner="supabase_auth_admin", definer=True),
    ):
        assert one(expected, but(expected, opening)).severity in (Severity.CRITICAL, Severity.HIGH)


# A real database ---------------------------------------------------------------------------------------

SCHEMA = """
create schema private; create schema shelf;
create table public.orgs (id uuid primary key);
create table public.tasks (id bigint generated always as identity primary key,
  org uuid references public.orgs, title text unique check (title <> ''), weight int default 1);
create index on public.tasks (org);
alter table public.tasks enable row level security;
create function private.is_member(o uuid) returns boolean language sql stable security definer
  set search_path = ''
  as $$ select exists (select from public.orgs where id = o) $$;
create policy "members read" on public.tasks for select to authenticated using (private.is_member(org));
grant select, update on public.tasks to authenticated;
create view public.titles with (security_invoker = on) as select title from public.tasks;
create table public.log (at date not null) partition by range (at);
create table public.log_1 partition of public.log for values from ('2026-01-01') to ('2027-01-01');
create index log_at on public.log (at);
create table shelf.books (id int primary key, title text); grant select on shelf.books to anon;
create publication changes for table public.tasks;
"""
#: Each with the alerts that it makes, by type and name.
GROUPED = {
    "drop schema shelf cascade": {"schema_missing shelf"},
    "drop table public.tasks cascade": {"table_missing tasks", "view_missing titles"},
    "alter table public.tasks drop column org cascade": {
        "column_missing tasks.org", "policy_missing tasks.members read",
    },
    "alter table public.tasks drop constraint tasks_title_key": {
        "constraint_missing tasks.tasks_title_key"
    },
    "alter table public.tasks alter id drop identity": {"column_identity tasks.id"},
    "alter table public.log detach partition public.log_1": {"table_partition_changed log_1"},
    "drop index public.log_at": {"index_missing log.log_at"},
    "alter table public.tasks owner to authenticated": {"owner_changed tasks"},
    "drop publication changes": {"publication_missing changes"},
    """create table public.more (id bigserial primary key, org uuid references public.orgs);
       alter table public.more enable row level security;
       create policy p on public.more to authenticated using (false)""": {"table_extra more"},
    "create function public.hi() returns int language sql as 'select 1'": {"function_extra hi()"},
    "alter policy \"members read\" on public.tasks rename to readers": {"policy_renamed tasks.members read"},
    "alter table public.tasks rename constraint tasks_title_key to unique_title": {
        "constraint_renamed tasks.tasks_title_key"
    },
}  # fmt: skip


class Within:
    """A reader that sees what an open transaction did."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @contextmanager
    def moment(self) -> Iterator[Run]:
        cursor = self._connection.cursor(row_factory=dict_row)
        _isolation, _, rest = sections.settings().partition(";")
        cursor.execute(rest)  # type: ignore[call-overload]  # our own queries
        yield lambda sql: cursor.execute(sql).fetchall()  # type: ignore[call-overload]


def test_what_follows_from_a_change_is_told_with_it(database: Database) -> None:
    with psycopg.connect(database.dsn("supabase_admin")) as connection:
        connection.execute(SCHEMA)
        expected = read(Within(connection))
        connection.execute("savepoint built")
        for statement, wanted in GROUPED.items():
            connection.execute(statement)  # type: ignore[call-overload]  # a text of this file
            findings = drift(expected, read(Within(connection), against=expected))
            connection.execute("rollback to built")
            assert {f"{f.alert.type} {f.alert.resource.name}" for f in findings} == wanted, statement
        connection.rollback()
