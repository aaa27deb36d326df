"""Every template is a sound plan whose SQL applies, keeps its promises and never changes by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from architect.errors import UnknownTemplate
from architect.plan.model import Command, Origin, Owner, PublicRead
from architect.plan.rules import check
from architect.plan.templates import NAMES, template
from architect.render import render
from tests.plans import apply, caller

SELECT, INSERT, UPDATE, DELETE = Command


@pytest.mark.parametrize("name", NAMES)
def test_template_is_sound_and_its_sql_applies(database: Any, name: str) -> None:
    built = template(name, spec_gate=True, analytics=True)
    assert check(built, []) == []
    with database.connect("postgres") as conn:
        apply(conn, built)
        found = conn.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        assert {n for (n,) in found} == {t.name for t in built.tables}


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_a_template_says_where_it_comes_from(name: str) -> None:
    built = template(name)
    assert [f.slug for f in built.functions] == ["drift_check"]
    assert [f.slug for f in template(name, spec_gate=True).functions] == ["drift_check", "spec_gate"]
    for table in built.tables:
        assert table.origin is Origin.TEMPLATE
        for key in ("id", "created_at", "updated_at"):
            found = table.column(key)
            if found and not (
                key == "id" and table.foreign_keys[:1] and table.foreign_keys[0].columns == ["id"]
            ):
                assert found.origin is Origin.CONVENTION


def test_a_template_is_a_fresh_copy_each_time() -> None:
    template("saas").tables.clear()
    assert template("saas").tables


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(UnknownTemplate, match="no template 'shop'"):
        template("shop")


def test_the_same_plan_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "from architect.plan.templates import *; from architect.render import render; import hashlib\n"
        "print(*(hashlib.sha256(m.sql.encode()).hexdigest() for n in NAMES for m in render(template(n))))"
    )
    seen = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        seen.add(done.stdout)
    assert len(seen) == 1
    assert [m.name for m in render(template("saas"))] == [
        "create_tables", "add_constraints", "add_functions", "add_policies", "grant_access",
    ]  # fmt: skip


def test_marketplace_has_the_policies_it_must() -> None:
    listings = template("marketplace").table("listings")
    assert listings is not None
    read, write = listings.policies
    assert isinstance(read, PublicRead)
    assert read.where is None
    assert isinstance(write, Owner)
    assert set(write.commands) == {INSERT, UPDATE, DELETE}


def run(conn: psycopg.Connection[Any], role: str, user: Any, sql: str, *values: Any) -> int:
    with caller(conn, role, user) as acting:
        try:
            with acting.transaction():
                return acting.execute(sql.encode(), values).rowcount
        except psycopg.errors.InsufficientPrivilege:
            return -1


def test_marketplace_rows_go_to_whom_they_should(database: Any) -> None:
    seller, buyer, other = uuid4(), uuid4(), uuid4()
    with database.connect("postgres") as conn:
        apply(conn, template("marketplace"))
        for user in (seller, buyer, other):
            conn.execute("insert into auth.users (id) values (%s)", [user])
        listing, order = uuid4(), uuid4()
        conn.execute(
            "insert into listings (id, seller_id, title, price) values (%s, %s, 'Lamp', 20)",
            [listing, seller],
        )
        conn.execute("insert into bids (listing_id, bidder_id, amount) values (%s, %s, 15)", [listing, buyer])
        conn.execute(
            "insert into orders (id, listing_id, buyer_id, total) values (%s, %s, %s, 20)",
            [order, listing, buyer],
        )
        conn.execute("insert into payments (order_id, amount) values (%s, 20)", [order])
        counts = {
            name: [
                run(conn, "anon", None, f"select from {name}"),
                *(run(conn, "authenticated", user, f"select from {name}") for user in (seller, buyer, other)),
            ]
            for name in ("listings", "bids", "orders", "payments")
        }
        assert counts == {
            "listings": [1, 1, 1, 1],
            "bids": [-1, 0, 1, 0],
            "orders": [-1, 1, 1, 0],
            "payments": [-1, 0, 1, 0],
        }
        assert run(conn, "authenticated", other, "update listings set price = 1") == 0
        assert run(conn, "authenticated", seller, "update listings set price = 1") == 1
        assert run(conn, "authenticated", seller, "update listings set seller_id = %s", other) == -1
        for_self = "insert into bids (listing_id, amount) values (%s, 9)"
        assert run(conn, "authenticated", other, for_self, listing) == 1
        assert run(conn, "anon", None, for_self, listing) == -1
        spoofed = "insert into {} values (%s, %s, {})"
        for name, user_column in (("bids", "bidder_id, amount"), ("orders", "buyer_id, total")):
            sql = spoofed.format(f"{name} (listing_id, {user_column})", 9)
            assert run(conn, "authenticated", other, sql, listing, buyer) == -1
            assert run(conn, "authenticated", other, sql, listing, other) == 1
        assert run(conn, "authenticated", buyer, "update orders set status = 'paid'") == -1
        review = "insert into reviews (order_id, rating) values (%s, 5)"
        assert run(conn, "authenticated", buyer, review, order) == 1
        assert run(conn, "authenticated", seller, review, order) == -1


def test_saas_tenants_are_apart_and_admins_cannot_make_themselves_owners(database: Any) -> None:
    owner, admin, member, stranger = (uuid4() for _ in range(4))
    with database.connect("postgres") as conn:
        apply(conn, template("saas"))
        for user in (owner, admin, member, stranger):
            conn.execute("insert into auth.users (id) values (%s)", [user])
        org, project = uuid4(), uuid4()
        conn.execute("insert into organizations (id, name, created_by) values (%s, 'Org', %s)", [org, owner])
        conn.execute(
            "insert into memberships values (%s, %s, 'admin'), (%s, %s, 'member')", [org, admin, org, member]
        )
        conn.execute("insert into projects (id, organization_id, name) values (%s, %s, 'P')", [project, org])
        conn.execute("insert into tasks (project_id, title) values (%s, 'T')", [project])
        for name in ("organizations", "memberships", "projects", "tasks"):
            assert run(conn, "authenticated", member, f"select from {name}") > 0
            assert run(conn, "authenticated", stranger, f"select from {name}") == 0
            assert run(conn, "anon", None, f"select from {name}") == -1
        promote = "update memberships set role = 'owner' where user_id = %s"
        assert run(conn, "authenticated", admin, promote, admin) == 0
        assert run(conn, "authenticated", owner, promote, admin) == 1
        join = "insert into memberships (organization_id, user_id) values (%s, %s)"
        assert run(conn, "authenticated", stranger, join, org, stranger) == -1
        invite = "insert into invitations (organization_id, email) values (%s, 'a@example.com')"
        assert run(conn, "authenticated", admin, invite, org) == 1
        assert run(conn, "authenticated", member, invite, org) == -1
        assert run(conn, "authenticated", member, "delete from projects") == 0
        assert run(conn, "authenticated", admin, "delete from projects") == 1
        assert (
            run(
                conn,
                "authenticated",
                stranger,
                "insert into tasks (project_id, title) values (%s, 'x')",
                project,
            )
            == -1
        )
        assert run(conn, "authenticated", member, "delete from memberships") == 1
