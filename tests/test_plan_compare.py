"""Two plans side by side: what is told of columns and keys, and which way access moved."""

from __future__ import annotations

import pytest

from architect.plan.compare import compare
from architect.plan.model import (
    AuthenticatedRead,
    Bucket,
    ColumnEquals,
    Command,
    InsertSelf,
    LiteralValue,
    Member,
    NotBlank,
    OneOf,
    OpenQuestion,
    Origin,
    Owner,
    ParentOwner,
    Plan,
    PublicRead,
    ServiceOnly,
    Staff,
)
from tests import plans

T = Origin.TEMPLATE
READ = [Command.SELECT]
ALL = list(Command)


def books(*policies, columns=(), **more) -> Plan:
    table = plans.table("books", [plans.column("title"), *columns], policies or None, **more)
    return plans.plan(table)


def told(before: Plan, after: Plan) -> list[tuple[str, str]]:
    return [(one.change, one.words) for one in compare(before, after)]


PUBLIC = PublicRead(name="p", origin=T)
ACTIVE = PublicRead(name="p", origin=T, where=ColumnEquals(column="status", value="active"))
SIGNED_IN = AuthenticatedRead(name="p", origin=T)
OWNER = Owner(name="p", origin=T, commands=READ, column="owner_id")
OWNER_ALL = Owner(name="p", origin=T, commands=ALL, column="owner_id")
INSERT = InsertSelf(name="p", origin=T, column="owner_id")
NOBODY = ServiceOnly(name="p", origin=T, commands=ALL)
STAFF = Staff(name="p", origin=T, commands=READ, via="staff", role_column="role", roles_in=["boss"])
ANY_STAFF = Staff(name="p", origin=T, commands=READ, via="staff")
MEMBER = Member(name="p", origin=T, commands=READ, column="org_id", via="seats", tenant_column="org_id")
PARENT = ParentOwner(name="p", origin=T, commands=READ, column="x_id", table="x", owner_column="owner_id")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (NOBODY, PUBLIC, [("wider", "books: anyone may now read")]),
        (PUBLIC, NOBODY, [("narrower", "books: anyone may no longer read")]),
        (PUBLIC, OWNER, [("narrower", "books: anyone may no longer read")]),
        (OWNER, SIGNED_IN, [("wider", "books: every signed-in user may now read")]),
        (SIGNED_IN, ANY_STAFF, [("narrower", "books: every signed-in user may no longer read")]),
        (STAFF, ANY_STAFF, [("wider", "books: everybody in staff may now read")]),
        (ANY_STAFF, STAFF, [("narrower", "books: everybody in staff may no longer read")]),
        (ACTIVE, PUBLIC, [("wider", "books: anyone may now read")]),
        (PUBLIC, ACTIVE, [("narrower", "books: anyone may no longer read")]),
        (
            OWNER,
            OWNER_ALL,
            [("wider", "books: the user in owner_id may now add and change and delete")],
        ),
        (
            MEMBER,
            PARENT,
            [
                ("wider", "books: the user in owner_id of x may now read"),
                ("narrower", "books: members by seats may no longer read"),
            ],
        ),
        (OWNER, OWNER.model_copy(update={"name": "other", "origin": Origin.SPEC}), []),
    ],
)
def test_access_moves_one_way_or_the_other(before, after, expected):
    assert told(books(before), books(after)) == expected


def test_a_policy_that_another_one_includes_makes_no_difference():
    assert told(books(PUBLIC), books(PUBLIC, SIGNED_IN, OWNER, STAFF, MEMBER, ACTIVE)) == []
    assert told(books(OWNER_ALL), books(OWNER_ALL, INSERT)) == []


def test_columns_and_keys_are_told_with_what_they_were():
    before = books(columns=[plans.column("price", "integer"), plans.column("gone"), plans.column("state")])
    after = books(
        columns=[
            plans.column("price", "numeric", nullable=True, default=LiteralValue(value=0)),
            plans.column("isbn", unique=True),
            plans.column("state", checks=[OneOf(values=["in", "out"]), NotBlank()]),
            plans.column("shelf_id", "uuid"),
        ],
        primary_key=["isbn"],
        foreign_keys=[plans.reference("shelf_id", "books")],
        uniques=[["title", "price"]],
    )
    assert told(before, after) == [
        ("changed", "books.price: type numeric, was integer"),
        ("changed", "books.price: optional yes, was no"),
        ("changed", "books.price: default 0, was none"),
        ("added", "books.isbn is new: text"),
        ("changed", "books.state: check not blank; one of in, out, was none"),
        ("added", "books.shelf_id is new: uuid"),
        ("removed", "books.gone is gone"),
        ("changed", "books: key isbn, was id"),
        ("added", "books.shelf_id refers to books (id)"),
        ("added", "books: price and title are unique together"),
    ]
    assert [change for change, _ in told(after, before)].count("removed") == 4


def test_tables_come_go_and_change_their_name():
    one, two = plans.table("books", []), plans.table("shelves", [], [PUBLIC])
    renamed = plans.table("volumes", [], id="books")
    assert told(plans.plan(one), plans.plan(one, two)) == [
        ("added", "table shelves is new: id"),
        ("added", "shelves: anyone may read"),
    ]
    assert told(plans.plan(one, two), plans.plan(one)) == [("removed", "table shelves is gone")]
    assert told(plans.plan(one), plans.plan(renamed)) == [("changed", "table books is now called volumes")]


def test_the_rest_of_a_plan_is_compared_and_how_it_came_about_is_not():
    before = plans.plan(
        buckets=[Bucket(name="files", origin=T)], open_questions=[OpenQuestion(question="Who?")]
    )
    after = plans.plan(buckets=[Bucket(name="files", origin=T, public=True)], title="Another title")
    after.planner.attempts = 3
    assert told(before, after) == [
        ("wider", "bucket files is public now"),
        ("removed", "no longer open: Who?"),
    ]
    assert told(after, after) == []
