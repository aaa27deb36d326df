"""What each kind of policy lets a caller do, and what not, asked of a real database as that caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from architect.plan.model import (
    AuthenticatedRead,
    ColumnEquals,
    Command,
    CreatorMembership,
    CurrentUser,
    InsertSelf,
    LiteralValue,
    Member,
    Owner,
    ParentMember,
    ParentOwner,
    Policy,
    PublicRead,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
    TouchUpdatedAt,
)
from tests import plans
from tests.plans import ALL, T, apply, caller, column, reference, table, to_user

SELECT, INSERT, UPDATE, DELETE = Command
LEADS: dict[str, Any] = {
    "via": "members", "tenant_column": "team_id", "role_column": "role",
    "roles_in": ["lead", "it's $$ \\ chief"],
}  # fmt: skip
MEMBERS: dict[str, Any] = {"via": "members", "tenant_column": "team_id"}


def tables() -> list[Table]:
    """One table per question; the name says which."""
    return [
        _teams(),
        table(
            "members",
            [
                column("team_id", "uuid"),
                column("user_id", "uuid"),
                column("role", default=LiteralValue(value="writer")),
            ],
            [Member(name="see", origin=T, commands=[SELECT], column="team_id", **MEMBERS)],
            foreign_keys=[reference("team_id", "teams", on_delete="cascade"), to_user("user_id")],
            uniques=[["team_id", "user_id"]],
        ),
        _notes("open_notes", PublicRead(name="p", origin=T)),
        _notes(
            "shown_notes",
            PublicRead(name="p", origin=T, where=ColumnEquals(column="status", value="it's out")),
            Owner(name="own", origin=T, commands=ALL, column="owner_id"),
        ),
        _notes(
            "signed_notes",
            AuthenticatedRead(name="p", origin=T, where=ColumnEquals(column="shown", value=True)),
        ),
        _notes("own_notes", Owner(name="own", origin=T, commands=ALL, column="owner_id")),
        _notes("inbox", InsertSelf(name="in", origin=T, column="owner_id")),
        _notes("claim_notes", Tenant(name="t", origin=T, commands=ALL, column="team_id", claim="team_id")),
        _notes("team_notes", Member(name="m", origin=T, commands=ALL, column="team_id", **MEMBERS)),
        _notes("lead_notes", Member(name="m", origin=T, commands=ALL, column="team_id", **LEADS)),
        _notes(
            "staff_notes",
            Staff(name="s", origin=T, commands=ALL, via="members", role_column="role", roles_in=["lead"]),
        ),
        _notes("service_notes", ServiceOnly(name="s", origin=T, commands=ALL)),
        _comments(
            "own_comments",
            ParentOwner(
                name="c", origin=T, commands=ALL, column="note_id", table="own_notes", owner_column="owner_id"
            ),
            "own_notes",
        ),
        _comments(
            "team_comments",
            ParentMember(
                name="c", origin=T, commands=ALL, column="note_id", table="team_notes",
                parent_tenant_column="team_id", **MEMBERS,
            ),
            "team_notes",
        ),
    ]  # fmt: skip


def _teams() -> Table:
    return table(
        "teams",
        [column("name"), column("created_by", "uuid", default=CurrentUser())],
        [
            Owner(name="creator", origin=T, commands=[SELECT], column="created_by"),
            Member(name="see", origin=T, commands=[SELECT], column="id", **MEMBERS),
            Member(name="lead", origin=T, commands=[UPDATE], column="id", **LEADS),
            InsertSelf(name="start", origin=T, column="created_by"),
        ],
        foreign_keys=[to_user("created_by")],
        triggers=[
            CreatorMembership(
                origin=T, via="members", tenant_column="team_id", role_column="role", role="lead"
            )
        ],
    )


def _notes(name: str, *policies: Policy) -> Table:
    columns = [
        column("owner_id", "uuid", default=CurrentUser()),
        column("team_id", "uuid", nullable=True),
        column("status", default=LiteralValue(value="draft")),
        column("shown", "boolean", default=LiteralValue(value=False)),
        column("updated_at", "timestamptz", nullable=True),
    ]
    links = [to_user("owner_id"), reference("team_id", "teams", on_delete="cascade")]
    return table(name, columns, policies, foreign_keys=links, triggers=[TouchUpdatedAt(origin=T)])


def _comments(name: str, policy: Policy, parent: str) -> Table:
    return table(name, [column("note_id", "uuid")], [policy], foreign_keys=[reference("note_id", parent)])


@dataclass
class World:
    """Two teams: ann leads the red one and bob writes in it, cat leads the blue one, dan is in none."""

    conn: psycopg.Connection[Any]
    ann: UUID = field(default_factory=uuid4)
    bob: UUID = field(default_factory=uuid4)
    cat: UUID = field(default_factory=uuid4)
    dan: UUID = field(default_factory=uuid4)
    red: UUID = field(default_factory=uuid4)
    blue: UUID = field(default_factory=uuid4)

    def seed(self) -> World:
        for user in (self.ann, self.bob, self.cat, self.dan):
            self.conn.execute("insert into auth.users (id) values (%s)", [user])
        for team, leader in ((self.red, self.ann), (self.blue, self.cat)):
            self.conn.execute(
                "insert into teams (id, name, created_by) values (%s, 'team', %s)", [team, leader]
            )
        self.conn.execute("insert into members (team_id, user_id) values (%s, %s)", [self.red, self.bob])
        return self

    def note(
        self, name: str, owner: UUID, team: UUID | None = None, status: str = "draft", shown: bool = False
    ) -> UUID:
        made = self.conn.execute(
            f"insert into {name} (owner_id, team_id, status, shown) values (%s, %s, %s, %s) returning id",
            [owner, team, status, shown],
        ).fetchone()
        assert made is not None
        return UUID(str(made[0]))

    def comment(self, name: str, note: UUID) -> None:
        self.conn.execute(f"insert into {name} (note_id) values (%s)", [note])

    def sees(self, name: str, user: UUID | None, **claims: Any) -> int:
        """Rows that ``user`` (None: anon) reads; denied counts as -1."""
        return self.tries(f"select from {name}", user, **claims)

    def tries(self, sql: str, user: UUID | None, *values: Any, role: str = "", **claims: Any) -> int:
        """Rows a statement reaches, in a transaction rolled back; -1 when it is denied."""
        with caller(self.conn, role or ("authenticated" if user else "anon"), user, **claims) as conn:
            try:
                with conn.transaction():
                    return conn.execute(sql.encode(), values).rowcount
            except InsufficientPrivilege:
                return -1


@pytest.fixture
def world(database: Any) -> Iterator[World]:
    with database.connect("postgres") as conn:
        apply(conn, plans.plan(*tables()))
        yield World(conn).seed()


DENIED = -1


def test_public_read(world: World) -> None:
    world.note("open_notes", world.ann)
    assert world.sees("open_notes", None) == world.sees("open_notes", world.dan) == 1
    for sql in (
        "insert into open_notes default values",
        "update open_notes set shown = true",
        "delete from open_notes",
    ):
        assert world.tries(sql, None) == world.tries(sql, world.ann) == DENIED


def test_public_read_where_shows_the_rest_to_the_owner_only(world: World) -> None:
    world.note("shown_notes", world.ann, status="it's out")
    world.note("shown_notes", world.ann, status="draft")
    assert world.sees("shown_notes", None) == world.sees("shown_notes", world.bob) == 1
    assert world.sees("shown_notes", world.ann) == 2
    assert world.tries("update shown_notes set shown = true", world.bob) == 0
    assert world.tries("update shown_notes set shown = true", None) == DENIED


def test_authenticated_read(world: World) -> None:
    world.note("signed_notes", world.ann, shown=True)
    world.note("signed_notes", world.ann)
    assert world.sees("signed_notes", world.dan) == world.sees("signed_notes", world.ann) == 1
    assert world.sees("signed_notes", None) == DENIED


def test_owner(world: World) -> None:
    world.note("own_notes", world.ann)
    world.note("own_notes", world.bob)
    assert world.sees("own_notes", world.ann) == 1
    assert world.sees("own_notes", world.dan) == 0
    assert world.sees("own_notes", None) == DENIED
    assert world.tries("insert into own_notes default values", world.dan) == 1
    assert world.tries("insert into own_notes (owner_id) values (%s)", world.dan, world.ann) == DENIED
    assert world.tries("update own_notes set shown = true", world.ann) == 1
    assert world.tries("update own_notes set owner_id = %s", world.ann, world.dan) == DENIED
    assert world.tries("update own_notes set shown = true", world.dan) == 0
    assert world.tries("delete from own_notes", world.ann) == 1
    assert world.tries("truncate own_notes", world.ann) == DENIED


def test_a_token_without_a_user_owns_nothing(world: World) -> None:
    world.note("own_notes", world.ann)
    assert world.tries("select from own_notes", None, role="authenticated") == 0
    assert (
        world.tries("insert into inbox (owner_id) values (%s)", None, world.ann, role="authenticated")
        == DENIED
    )


def test_insert_self_writes_and_does_not_read(world: World) -> None:
    world.note("inbox", world.ann)
    assert world.tries("insert into inbox default values", world.dan) == 1
    assert world.tries("insert into inbox (owner_id) values (%s)", world.dan, world.ann) == DENIED
    assert world.tries("insert into inbox default values", None) == DENIED
    assert world.sees("inbox", world.ann) == DENIED


def test_tenant_claim_counts_in_app_metadata_only(world: World) -> None:
    world.note("claim_notes", world.ann, world.red)
    world.note("claim_notes", world.cat, world.blue)
    red = {"team_id": str(world.red)}
    assert world.sees("claim_notes", world.dan, app_metadata=red) == 1
    assert world.sees("claim_notes", world.dan, user_metadata=red) == 0
    assert world.sees("claim_notes", world.dan, **red) == 0
    assert world.sees("claim_notes", world.ann) == 0
    assert world.sees("claim_notes", None, app_metadata=red) == DENIED
    insert = "insert into claim_notes (team_id) values (%s)"
    assert world.tries(insert, world.dan, world.red, app_metadata=red) == 1
    assert world.tries(insert, world.dan, world.blue, app_metadata=red) == DENIED
    assert (
        world.tries("update claim_notes set team_id = %s", world.dan, world.blue, app_metadata=red) == DENIED
    )
    assert world.tries("delete from claim_notes", world.dan, app_metadata=red) == 1


def test_member(world: World) -> None:
    world.note("team_notes", world.ann, world.red)
    world.note("team_notes", world.cat, world.blue)
    world.note("team_notes", world.cat, None)
    assert world.sees("team_notes", world.ann) == world.sees("team_notes", world.bob) == 1
    assert world.sees("team_notes", world.dan) == 0
    assert world.sees("team_notes", None) == DENIED
    insert = "insert into team_notes (team_id) values (%s)"
    assert world.tries(insert, world.bob, world.red) == 1
    assert world.tries(insert, world.bob, world.blue) == DENIED
    assert world.tries("update team_notes set team_id = %s", world.bob, world.blue) == DENIED
    assert world.tries("update team_notes set shown = true", world.bob) == 1
    assert world.tries("delete from team_notes", world.dan) == 0


def test_member_with_a_role(world: World) -> None:
    world.note("lead_notes", world.ann, world.red)
    assert world.sees("lead_notes", world.ann) == 1
    assert world.sees("lead_notes", world.bob) == 0
    world.conn.execute("update members set role = %s where user_id = %s", [LEADS["roles_in"][1], world.bob])
    assert world.sees("lead_notes", world.bob) == 1


def test_a_membership_table_under_its_own_rule_does_not_recurse(world: World) -> None:
    assert world.sees("members", world.bob) == 2
    assert world.sees("members", world.cat) == 1
    assert world.sees("members", world.dan) == 0
    assert (
        world.tries("insert into members (team_id, user_id) values (%s, %s)", world.dan, world.red, world.dan)
        == DENIED
    )


def test_parent_owner(world: World) -> None:
    mine, theirs = world.note("own_notes", world.ann), world.note("own_notes", world.bob)
    world.comment("own_comments", mine)
    world.comment("own_comments", theirs)
    assert world.sees("own_comments", world.ann) == 1
    assert world.sees("own_comments", world.dan) == 0
    assert world.sees("own_comments", None) == DENIED
    insert = "insert into own_comments (note_id) values (%s)"
    assert world.tries(insert, world.ann, mine) == 1
    assert world.tries(insert, world.ann, theirs) == DENIED
    assert world.tries("update own_comments set note_id = %s", world.ann, theirs) == DENIED
    assert world.tries("delete from own_comments", world.ann) == 1


def test_parent_member(world: World) -> None:
    red, blue = (
        world.note("team_notes", world.ann, world.red),
        world.note("team_notes", world.cat, world.blue),
    )
    world.comment("team_comments", red)
    world.comment("team_comments", blue)
    assert world.sees("team_comments", world.bob) == 1
    assert world.sees("team_comments", world.dan) == 0
    insert = "insert into team_comments (note_id) values (%s)"
    assert world.tries(insert, world.bob, red) == 1
    assert world.tries(insert, world.bob, blue) == DENIED
    assert world.tries("update team_comments set note_id = %s", world.bob, blue) == DENIED
    assert world.tries("delete from team_comments", world.bob) == 1


def test_staff(world: World) -> None:
    world.note("staff_notes", world.dan)
    assert world.sees("staff_notes", world.ann) == world.sees("staff_notes", world.cat) == 1
    assert world.sees("staff_notes", world.bob) == world.sees("staff_notes", world.dan) == 0
    assert world.sees("staff_notes", None) == DENIED
    assert world.tries("insert into staff_notes default values", world.ann) == 1
    assert world.tries("insert into staff_notes default values", world.dan) == DENIED


def test_service_only(world: World) -> None:
    world.note("service_notes", world.ann)
    assert world.sees("service_notes", world.ann) == world.sees("service_notes", None) == DENIED
    assert world.tries("select from service_notes", None, role="service_role") == 1
    assert world.tries("update service_notes set shown = true", None, role="service_role") == 1
    assert world.tries("delete from service_notes", None, role="service_role") == 1


def test_creator_becomes_a_member_and_reads_the_row_back(world: World) -> None:
    with caller(world.conn, "authenticated", world.dan) as conn:
        made = conn.execute("insert into teams (name) values ('green') returning id").fetchone()
        assert made is not None
        role = conn.execute("select role from members where team_id = %s", made).fetchone()
        assert role == ("lead",)
        assert conn.execute("update teams set name = 'mint' where id = %s", made).rowcount == 1
    assert (
        world.tries("insert into teams (name, created_by) values ('x', %s)", world.dan, world.ann) == DENIED
    )
    assert world.tries("update teams set name = 'x'", world.bob) == 0


def test_touch_sets_the_time_whatever_the_caller_says(world: World) -> None:
    world.note("own_notes", world.ann)
    with caller(world.conn, "authenticated", world.ann) as conn:
        conn.execute("update own_notes set updated_at = '1999-01-01'")
        assert conn.execute("select updated_at = now() from own_notes").fetchone() == (True,)


def test_helpers_cannot_be_called_by_anon(world: World) -> None:
    assert world.tries("select private.my_members_team_id()", None) == DENIED
    assert world.tries("select private.touch_updated_at()", world.ann) == DENIED
    assert world.tries("select private.my_members_team_id()", world.ann) == 1
    assert world.tries("select public.catalog_fingerprint()", world.ann) == DENIED
    assert world.tries("select public.catalog_fingerprint()", None, role="service_role") == 1


def test_policies_use_the_index_on_their_column(world: World) -> None:
    world.conn.execute(
        "insert into own_notes (owner_id) select %s from generate_series(1, 2000)", [world.bob]
    )
    world.conn.execute(
        "insert into team_notes (owner_id, team_id) select %s, %s from generate_series(1, 2000)",
        [world.bob, world.blue],
    )
    world.note("own_notes", world.ann)
    world.note("team_notes", world.ann, world.red)
    world.conn.execute("analyze own_notes, team_notes")
    for name in ("own_notes", "team_notes"):
        with caller(world.conn, "authenticated", world.ann) as conn:
            conn.execute("set local enable_seqscan = off")
            plan = "\n".join(
                r for (r,) in conn.execute(f"explain (analyze, costs off) select from {name}".encode())
            )
        assert "Index Cond" in plan, plan
