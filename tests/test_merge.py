"""A spec on top of a template: one table per entity, the spec's word, and never wider than either said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from architect.plan.merge import merge
from architect.plan.model import (
    AuthenticatedRead,
    Column,
    ColumnType,
    Command,
    InsertSelf,
    LiteralValue,
    Member,
    Now,
    OneOf,
    Origin,
    Owner,
    ParentOwner,
    Plan,
    Policy,
    PublicRead,
    Quote,
    ServiceOnly,
    Table,
)
from architect.plan.rules import check
from architect.plan.templates import NAMES, template
from tests import plans
from tests.plan_strategies import sound_plans
from tests.plans import ALL, apply, key, reference, to_user

SELECT, INSERT, UPDATE, DELETE = Command
QUOTE = [Quote(chunk_index=0, quote="said so")]
SAID: dict[str, Any] = {"origin": Origin.SPEC, "because": QUOTE}


@pytest.fixture
def database_connection(database: Any) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        yield connection


def said(name: str, type: ColumnType = "text", **more: Any) -> Column:
    return Column(name=name, type=type, **SAID, **more)


def asked(name: str, columns: list[Column], policies: list[Policy] | None = None, **more: Any) -> Table:
    """A table as a reader finds it: the spec's columns under a conventional key."""
    made = plans.table(name, columns, policies, **more)
    made.origin, made.because, made.columns[0].origin = Origin.SPEC, QUOTE, Origin.CONVENTION
    if policies is None:
        made.policies = [ServiceOnly(name="closed", origin=Origin.CONVENTION, commands=ALL)]
    return made


def united(name: str, *tables: Table) -> Plan:
    built = merge(template(name), plans.plan(*tables))
    assert check(built) == []
    return built


def get(built: Plan, name: str) -> Table:
    return next(t for t in built.tables if t.name == name)


def kinds(table: Table, command: Command) -> set[str]:
    return {p.kind for p in table.policies if command in p.commands}


def test_the_same_entity_becomes_one_table_with_both_sets_of_columns() -> None:
    built = united(
        "marketplace", asked("listings", [said("title"), said("condition"), said("price", "integer")])
    )
    listings = get(built, "listings")
    assert [t.name for t in built.tables] == [t.name for t in template("marketplace").tables]
    assert listings.origin is Origin.SPEC
    names = [c.name for c in listings.columns]
    assert names[-2:] == ["created_at", "updated_at"]
    assert {"seller_id", "category_id", "condition"} <= set(names)
    price, title, currency = (listings.column(n) for n in ("price", "title", "currency"))
    assert price is not None
    assert (price.type, price.origin) == ("integer", Origin.SPEC)
    assert title is not None
    assert title.checks, "what the template checks stays where the type does"
    assert currency is not None
    assert currency.origin is Origin.TEMPLATE


def test_a_synonym_is_matched_and_the_spec_names_it() -> None:
    built = united(
        "saas",
        asked("workspaces", [said("name")]),
        asked(
            "documents",
            [said("workspace_id", "uuid")],
            foreign_keys=[reference("workspace_id", "workspaces")],
        ),
    )
    assert "organizations" not in [t.name for t in built.tables]
    memberships = get(built, "memberships")
    assert memberships.column("workspace_id") is not None
    assert memberships.column("organization_id") is None
    assert memberships.primary_key == ["workspace_id", "user_id"]
    assert get(built, "documents").foreign_keys[0].table == get(built, "workspaces").id


def test_a_users_column_by_another_word_is_the_same_column() -> None:
    rule = Owner(name="own", commands=[UPDATE], column="vendor_id", **SAID)
    built = united(
        "marketplace",
        asked("listings", [said("vendor_id", "uuid")], [rule], foreign_keys=[to_user("vendor_id")]),
    )
    listings = get(built, "listings")
    assert listings.column("seller_id") is None
    assert {p.column for p in listings.policies if isinstance(p, Owner)} == {"vendor_id"}
    seen = next(p for p in get(built, "orders").policies if isinstance(p, ParentOwner))
    assert seen.owner_column == "vendor_id"


def test_a_plain_column_by_another_word_is_the_same_column() -> None:
    listings = get(united("marketplace", asked("listings", [said("name")])), "listings")
    assert listings.column("title") is None
    price = listings.column("price")
    assert price is not None
    assert price.nullable, "what the spec leaves out must not block an insert"


def test_a_policy_of_the_spec_replaces_the_templates_for_its_command_only() -> None:
    rule = AuthenticatedRead(name="signed_in", **SAID)
    listings = get(united("marketplace", asked("listings", [said("title")], [rule])), "listings")
    assert kinds(listings, SELECT) == {"authenticated_read"}
    assert kinds(listings, INSERT) == kinds(listings, DELETE) == {"owner"}


def test_a_convention_of_the_spec_reader_does_not_replace_the_template() -> None:
    rule = Owner(name="guess", origin=Origin.CONVENTION, commands=ALL, column="seller_id")
    table = asked("listings", [said("seller_id", "uuid")], [rule], foreign_keys=[to_user("seller_id")])
    listings = get(united("marketplace", table), "listings")
    assert kinds(listings, SELECT) == {"public_read"}


def test_service_only_of_the_spec_closes_the_table() -> None:
    rule = ServiceOnly(name="closed", commands=ALL, **SAID)
    orders = get(united("marketplace", asked("orders", [said("total", "numeric")], [rule])), "orders")
    assert [p.kind for p in orders.policies] == ["service_only"]


def test_a_templates_convention_stays_beside_the_specs_policy() -> None:
    """Reading the organization just created needs its creator's policy, whatever the spec says of members."""
    rule = Member(
        name="m", commands=[SELECT], column="id", via="members", tenant_column="organization_id", **SAID
    )
    members = asked(
        "members",
        [said("organization_id", "uuid"), said("user_id", "uuid")],
        foreign_keys=[reference("organization_id", "organizations"), to_user("user_id")],
    )
    built = united("saas", asked("organizations", [said("name")], [rule]), members)
    assert kinds(get(built, "organizations"), SELECT) == {"owner", "member"}


def test_a_key_that_others_build_on_keeps_its_type() -> None:
    number = said("listing_number", "integer")
    table = asked("listings", [number, said("title")], primary_key=["listing_number"])
    table.columns.pop(0)
    listings = get(united("marketplace", table), "listings")
    assert listings.primary_key == ["id"]
    assert ["listing_number"] in listings.uniques


def test_a_surrogate_key_is_not_added_beside_the_templates_key() -> None:
    favorites = get(united("marketplace", asked("favorites", [said("note")])), "favorites")
    assert favorites.primary_key == ["user_id", "listing_id"]
    assert favorites.column("id") is None


def test_the_specs_values_move_defaults_and_roles() -> None:
    role = said("role", checks=[OneOf(values=["viewer", "editor", "manager"])])
    state = said("status", checks=[OneOf(values=["open", "closed"])])
    built = united("saas", asked("memberships", [role]), asked("tasks", [state]))
    status = get(built, "tasks").column("status")
    assert status is not None
    assert status.default == LiteralValue(value="open")
    roles = {r for t in built.tables for p in t.policies if isinstance(p, Member) for r in p.roles_in}
    assert roles == {"manager"}
    assert any("viewer, editor, manager" in q.question for q in built.open_questions)


def test_roles_without_an_administrator_open_nothing() -> None:
    role = said("role", checks=[OneOf(values=["viewer", "editor"])])
    built = united("saas", asked("memberships", [role]))
    assert kinds(get(built, "organizations"), DELETE) == set()
    assert [p.kind for p in get(built, "subscriptions").policies] == ["service_only"]
    assert any("left out" in q.question for q in built.open_questions)


def test_a_seller_who_is_a_table_still_owns_the_listing() -> None:
    sellers = asked(
        "sellers", [said("user_id", "uuid"), said("shop_name")], foreign_keys=[to_user("user_id")]
    )
    table = asked("listings", [said("seller_id", "uuid")], foreign_keys=[reference("seller_id", "sellers")])
    listings = get(united("marketplace", sellers, table), "listings")
    rule = next(p for p in listings.policies if INSERT in p.commands)
    assert isinstance(rule, ParentOwner)
    assert (rule.table, rule.owner_column) == ("sellers", "user_id")


def test_unused_template_tables_stay_and_neither_argument_changes() -> None:
    base, spec = template("marketplace"), plans.plan(asked("auctions", [said("ends_at", "timestamptz")]))
    before = base.canonical_json(), spec.canonical_json()
    built = merge(base, spec)
    assert (base.canonical_json(), spec.canonical_json()) == before
    assert [t.name for t in built.tables] == [*(t.name for t in base.tables), "auctions"]
    assert merge(base, spec).digest() == built.digest()


def test_on_blank_the_spec_is_all_there_is() -> None:
    table = asked("patients", [said("name")], [PublicRead(name="p", **SAID)])
    assert merge(template("blank"), plans.plan(table)).tables == [table]


WORDS = (
    "listings products orders purchases users profile reviews companies teams members memberships projects "
    "tasks messages bids payments invoices categories invitations"
)
COLUMNS = (
    "title name price amount status role email seller_id created_by user_id organization_id rating "
    "created_at comment total"
)


@st.composite
def specs(draw: st.DrawFn) -> Plan:
    """Sound plans about the entities that templates know, each item from the spec or a convention."""
    built = draw(sound_plans(st.sampled_from(WORDS.split()), st.sampled_from(COLUMNS.split())))
    for table in built.tables:
        for item in (table, *table.columns, *table.foreign_keys, *table.policies, *table.triggers):
            if draw(st.booleans()):
                item.origin, item.because = Origin.SPEC, QUOTE
            else:
                item.origin = Origin.CONVENTION
    return built


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.sampled_from(NAMES), spec=specs())
def test_any_spec_merges_into_a_plan_that_applies(database_connection: Any, name: str, spec: Plan) -> None:
    built = merge(template(name), spec)
    assert check(built) == []
    assert len({t.id for t in built.tables}) == len(built.tables)
    asked_columns = {(t.name, c.name) for t in spec.tables for c in t.columns if c.origin is Origin.SPEC}
    assert asked_columns <= {(t.name, c.name) for t in built.tables for c in t.columns}
    with database_connection.transaction(force_rollback=True):
        apply(database_connection, built)


def test_a_template_takes_what_the_spec_adds_to_types(database_connection: Any) -> None:
    """The merged plan is real: it applies, and its defaults hold."""
    visits = asked("visits", [said("listing_id", "uuid"), said("at", "timestamptz", default=Now())],
                   [InsertSelf(name="in", column="visitor_id", **SAID)],
                   foreign_keys=[reference("listing_id", "listings"), to_user("visitor_id")])  # fmt: skip
    visits.columns.append(said("visitor_id", "uuid"))
    built = united("marketplace", asked("listings", [said("title")]), visits)
    apply(database_connection, built)
    assert key().name in get(built, "visits").primary_key
