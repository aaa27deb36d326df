"""Each rule of a plan: a plan that breaks it is refused by name and place, and the sound one is not."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import architect.plan.rules as rules
from architect.errors import PlanInvalid
from architect.plan.model import (
    AUTH_USERS,
    AuthenticatedRead,
    Bucket,
    ColumnEquals,
    Command,
    CreatorMembership,
    CurrentUser,
    EdgeFunction,
    EmptyJson,
    ForeignKey,
    GenUuid,
    LiteralValue,
    MaxLength,
    Member,
    Now,
    OneOf,
    OpenQuestion,
    Origin,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    PublicRead,
    Quote,
    Range,
    ServiceOnly,
    Staff,
    Tenant,
    TouchUpdatedAt,
)
from architect.plan.rules import Violation, check, ensure
from architect.spec.chunk import Chunk
from tests import plans
from tests.plans import ALL, T, column, reference, table, to_user

CHUNKS = [Chunk(0, "Notes", "# Notes\nPeople keep   notes,\nand only they read them.")]
MEMBER: dict[str, Any] = {
    "via": "members",
    "tenant_column": "team_id",
    "role_column": "role",
    "roles_in": ["lead"],
}


def sound() -> Plan:
    """Teams with members, notes of a team, comments on a note."""
    teams = table(
        "teams",
        [column("name"), column("created_by", "uuid", default=CurrentUser())],
        [
            Owner(name="creator", origin=T, commands=[Command.SELECT], column="created_by"),
            Member(name="member", origin=T, commands=[Command.UPDATE], column="id", **MEMBER),
        ],
        foreign_keys=[to_user("created_by")],
        triggers=[
            CreatorMembership(
                origin=T, via="members", tenant_column="team_id", role_column="role", role="lead"
            )
        ],
    )
    members = table(
        "members",
        [
            column("team_id", "uuid"),
            column("user_id", "uuid"),
            column("role", checks=[OneOf(values=["lead", "writer"])], default=LiteralValue(value="writer")),
        ],
        [Member(name="member", origin=T, commands=ALL, column="team_id", **MEMBER)],
        foreign_keys=[reference("team_id", "teams", on_delete="cascade"), to_user("user_id")],
        uniques=[["team_id", "user_id"]],
    )
    notes = table(
        "notes",
        [
            column("team_id", "uuid"),
            column("author_id", "uuid"),
            column("title", checks=[MaxLength(value=80)]),
            column("stars", "integer", default=LiteralValue(value=3), checks=[Range(min=1, max=5)]),
            column("public", "boolean"),
            column("extra", "jsonb", default=EmptyJson()),
            column("updated_at", "timestamptz", default=Now()),
            column("parent_id", "uuid", nullable=True),
        ],
        [
            PublicRead(name="public", origin=T, where=ColumnEquals(column="public", value=True)),
            Owner(name="author", origin=T, commands=[Command.INSERT], column="author_id"),
            Tenant(name="tenant", origin=T, commands=[Command.SELECT], column="team_id"),
            Staff(name="staff", origin=T, commands=[Command.DELETE], via="members"),
        ],
        foreign_keys=[
            reference("team_id", "teams"),
            to_user("author_id"),
            reference("parent_id", "notes", on_delete="set_null"),
        ],
        indexes=[["title"]],
        triggers=[TouchUpdatedAt(origin=T)],
    )
    comments = table(
        "comments",
        [column("note_id", "uuid"), column("body")],
        [
            ParentOwner(
                name="author", origin=T, commands=[Command.DELETE], column="note_id", table="notes",
                owner_column="author_id",
            ),
            ParentMember(
                name="team", origin=T, commands=[Command.SELECT], column="note_id", table="notes",
                parent_tenant_column="team_id", **MEMBER,
            ),
        ],
        foreign_keys=[reference("note_id", "notes")],
    )  # fmt: skip
    logs = table("logs", [column("line")])
    built = plans.plan(
        teams, members, notes, comments, logs,
        functions=[EdgeFunction(slug="drift_check", source="drift_check", origin=T)],
        buckets=[Bucket(name="files", origin=T)],
        open_questions=[OpenQuestion(question="Who?", because=[Quote(chunk_index=0, quote="notes, and")])],
    )  # fmt: skip
    notes.origin, notes.because = Origin.SPEC, [Quote(chunk_index=0, quote="only they read them")]
    return built


TEAMS, MEMBERS, NOTES, COMMENTS, LOGS = range(5)
Change = Callable[[Plan], object]


def col(p: Plan, t: int, name: str):  # type: ignore[no-untyped-def]
    found = p.tables[t].column(name)
    assert found is not None
    return found


def put(target: object, **values: object) -> None:
    """Set fields as a careless program would, past pydantic's own checks."""
    for name, value in values.items():
        object.__setattr__(target, name, value)


BROKEN: list[tuple[str, str, Change]] = [
    ("too_many", "tables", lambda p: p.tables.extend(p.tables[LOGS] for _ in range(200))),
    ("too_many", "tables[4].columns", lambda p: p.tables[4].columns.extend(
        column(f"c{n}") for n in range(199))),
    ("too_many", "tables[4].policies", lambda p: p.tables[4].policies.extend(
        AuthenticatedRead(name=f"p{n}", origin=T) for n in range(40))),
    ("too_many", "functions", lambda p: p.functions.extend(
        EdgeFunction(slug=f"f{n}", source="drift_check", origin=T) for n in range(20))),
    ("duplicate_id", "tables[4].id", lambda p: put(p.tables[LOGS], id="notes")),
    ("duplicate_name", "tables[4].name", lambda p: put(p.tables[LOGS], name="note")),
    ("duplicate_name", "tables[4].columns[2].name", lambda p: p.tables[LOGS].columns.append(column("line"))),
    ("duplicate_name", "tables[2].policies[1].name", lambda p: put(
        p.tables[NOTES].policies[1], name="public")),
    ("duplicate_name", "functions[1].slug", lambda p: p.functions.append(p.functions[0])),
    ("duplicate_name", "buckets[1].name", lambda p: p.buckets.append(p.buckets[0])),
    ("bad_name", "tables[4].name", lambda p: put(p.tables[LOGS], name='logs"; drop table x')),
    ("reserved_name", "tables[4].name", lambda p: put(p.tables[LOGS], name="auth")),
    ("reserved_name", "tables[4].columns[1].name", lambda p: put(col(p, LOGS, "line"), name="ctid")),
    ("unsafe_text", "tables[4].description", lambda p: put(p.tables[LOGS], description="a\x00b")),
    ("too_long", "tables[1].columns[3].checks[0].values[1]", lambda p: put(
        col(p, MEMBERS, "role").checks[0], values=["lead", "w" * 1001])),
    ("unsafe_text", "tables[1].columns[3].checks[0].values[0]", lambda p: put(
        col(p, MEMBERS, "role").checks[0], values=["\x1b", "lead"])),
    ("default_type", "tables[4].columns[1].default", lambda p: put(col(p, LOGS, "line"), default=Now())),
    ("default_type", "tables[2].columns[4].default", lambda p: put(
        col(p, NOTES, "stars"), default=LiteralValue(value=2**31))),
    ("default_type", "tables[2].columns[4].default", lambda p: put(
        col(p, NOTES, "stars"), default=LiteralValue(value=True))),
    ("default_type", "tables[2].columns[7].default", lambda p: put(
        col(p, NOTES, "updated_at"), default=LiteralValue(value="tomorrow"))),
    ("default_fails_check", "tables[2].columns[4].default", lambda p: put(
        col(p, NOTES, "stars"), default=LiteralValue(value=9))),
    ("default_fails_check", "tables[1].columns[3].default", lambda p: put(
        col(p, MEMBERS, "role"), default=LiteralValue(value="boss"))),
    ("check_type", "tables[2].columns[5].checks[0]", lambda p: put(
        col(p, NOTES, "public"), checks=[Range(min=1)])),
    ("check_type", "tables[2].columns[4].checks[0]", lambda p: put(
        col(p, NOTES, "stars"), checks=[OneOf(values=["1"])])),
    ("check_values", "tables[1].columns[3].checks[0]", lambda p: put(
        col(p, MEMBERS, "role").checks[0], values=["lead", "lead", "writer"])),
    ("check_values", "tables[2].columns[4].checks[0]", lambda p: put(
        col(p, NOTES, "stars").checks[0], min=9.0)),
    ("check_values", "tables[2].columns[4].checks[0]", lambda p: put(
        col(p, NOTES, "stars").checks[0], min=float("nan"), max=None)),
    ("nullable_key", "tables[4].primary_key", lambda p: put(col(p, LOGS, "id"), nullable=True)),
    ("key_type", "tables[2].indexes[0]", lambda p: put(p.tables[NOTES], indexes=[["extra"]])),
    ("key_type", "tables[2].primary_key", lambda p: put(p.tables[NOTES], primary_key=["extra"])),
    ("duplicate_index", "tables[2].indexes[1]", lambda p: p.tables[NOTES].indexes.append(["title"])),
    ("column_list", "tables[2].indexes[0]", lambda p: put(p.tables[NOTES], indexes=[["title", "title"]])),
    ("unknown_column", "tables[4].primary_key", lambda p: put(p.tables[LOGS], primary_key=["key"])),
    ("unknown_column", "tables[2].policies[0].where.column", lambda p: put(
        p.tables[NOTES].policies[0].where, column="shown")),  # type: ignore[union-attr]
    ("unknown_column", "tables[2].triggers[0].column", lambda p: put(
        p.tables[NOTES].triggers[0], column="seen_at")),
    ("foreign_key_length", "tables[3].foreign_keys[0].references", lambda p: put(
        p.tables[COMMENTS].foreign_keys[0], references=["id", "title"])),
    ("foreign_key_target", "tables[3].foreign_keys[0].references", lambda p: put(
        p.tables[COMMENTS].foreign_keys[0], references=["parent_id"])),
    ("foreign_key_target", "tables[1].foreign_keys[1].references", lambda p: put(
        p.tables[MEMBERS].foreign_keys[1], references=["email"])),
    ("unknown_table", "tables[3].foreign_keys[0].table", lambda p: put(
        p.tables[COMMENTS].foreign_keys[0], table="memos")),
    ("unknown_table", "tables[2].policies[3].via", lambda p: put(
        p.tables[NOTES].policies[3], via="staff_list")),
    ("unknown_table", "tables[3].policies[0].table", lambda p: put(
        p.tables[COMMENTS].policies[0], table="memos")),
    ("duplicate_foreign_key", "tables[3].foreign_keys[1]", lambda p: p.tables[COMMENTS].foreign_keys.append(
        ForeignKey(columns=["note_id"], table="teams", references=["id"], origin=T))),
    ("foreign_key_type", "tables[3].foreign_keys[0]", lambda p: put(
        col(p, COMMENTS, "note_id"), type="bigint")),
    ("foreign_key_type", "tables[1].foreign_keys[1]", lambda p: put(col(p, MEMBERS, "user_id"), type="text")),
    ("set_null_not_nullable", "tables[2].foreign_keys[2].on_delete", lambda p: put(
        col(p, NOTES, "parent_id"), nullable=False)),
    ("no_access_decision", "tables[4].policies", lambda p: p.tables[LOGS].policies.clear()),
    ("service_only_not_alone", "tables[2].policies", lambda p: p.tables[NOTES].policies.append(
        ServiceOnly(name="service", origin=T, commands=ALL))),
    ("duplicate_command", "tables[2].policies[1].commands", lambda p: put(
        p.tables[NOTES].policies[1], commands=[Command.INSERT, Command.INSERT])),
    ("public_write", "tables[2].policies[0].commands", lambda p: put(
        p.tables[NOTES].policies[0], commands=[Command.SELECT, Command.INSERT])),
    ("not_a_user", "tables[2].policies[1].column", lambda p: put(
        p.tables[NOTES].policies[1], column="team_id")),
    ("not_a_user", "tables[3].policies[0].owner_column", lambda p: put(
        p.tables[COMMENTS].policies[0], owner_column="parent_id")),
    ("not_a_user", "tables[2].policies[3].user_column", lambda p: put(
        p.tables[NOTES].policies[3], user_column="team_id")),
    ("where_type", "tables[2].policies[0].where.value", lambda p: put(
        p.tables[NOTES].policies[0].where, value="yes")),  # type: ignore[union-attr]
    ("unknown_value", "tables[1].policies[0].roles_in", lambda p: put(
        p.tables[MEMBERS].policies[0], roles_in=["boss"])),
    ("tenant_type", "tables[2].policies[2].column", lambda p: put(
        p.tables[NOTES].policies[2], column="public")),
    ("claim_of_everybody", "tables[2].policies[2].claim", lambda p: put(
        p.tables[NOTES].policies[2], claim="provider")),
    ("tenant_mismatch", "tables[1].policies[0].column", lambda p: put(
        p.tables[MEMBERS].policies[0], column="user_id")),
    ("tenant_mismatch", "tables[3].policies[1].parent_tenant_column", lambda p: put(
        p.tables[COMMENTS].policies[1], parent_tenant_column="id")),
    ("policy_roles", "tables[1].policies[0].roles_in", lambda p: put(
        p.tables[MEMBERS].policies[0], roles_in=[])),
    ("policy_roles", "tables[1].policies[0].role_column", lambda p: put(
        p.tables[MEMBERS].policies[0], role_column="team_id")),
    ("parent_not_referenced", "tables[3].policies[0].column", lambda p: put(
        p.tables[COMMENTS].policies[0], column="body")),
    ("duplicate_trigger", "tables[2].triggers[1]", lambda p: p.tables[NOTES].triggers.append(
        TouchUpdatedAt(origin=T))),
    ("trigger_column", "tables[2].triggers[0].column", lambda p: put(
        p.tables[NOTES].triggers[0], column="title")),
    ("trigger_column", "tables[0].triggers[0].creator_column", lambda p: put(
        p.tables[TEAMS].triggers[0], creator_column="name")),
    ("trigger_role", "tables[0].triggers[0].role", lambda p: put(p.tables[TEAMS].triggers[0], role="boss")),
    ("trigger_role", "tables[0].triggers[0].role", lambda p: put(p.tables[TEAMS].triggers[0], role=None)),
    ("trigger_insert", "tables[0].triggers[0].via", lambda p: p.tables[MEMBERS].columns.append(
        column("nick"))),
    ("missing_quote", "tables[2].because", lambda p: put(p.tables[NOTES], because=[])),
    ("missing_quote", "functions[0].because", lambda p: put(p.functions[0], origin=Origin.SPEC)),
    ("unknown_chunk", "tables[2].because[0]", lambda p: put(p.tables[NOTES].because[0], chunk_index=7)),
    ("quote_not_found", "tables[2].because[0]", lambda p: put(
        p.tables[NOTES].because[0], quote="everybody reads")),
    ("quote_not_found", "open_questions[0].because[0]", lambda p: put(
        p.open_questions[0].because[0], quote="  ")),
]  # fmt: skip


def test_the_sound_plan_breaks_no_rule() -> None:
    assert check(sound(), CHUNKS) == []
    ensure(sound(), CHUNKS)


@pytest.mark.parametrize(("code", "path", "change"), BROKEN, ids=[f"{c}-{p}" for c, p, _ in BROKEN])
def test_a_broken_rule_is_named_with_its_place(code: str, path: str, change: Change) -> None:
    broken = sound()
    change(broken)
    found = check(broken, CHUNKS)
    assert (code, path) in [(v.code, v.path) for v in found], found
    assert all(v.message for v in found)


def test_every_code_has_a_failing_plan() -> None:
    assert _codes() == {code for code, _, _ in BROKEN}


def _codes() -> set[str]:
    """Codes in the rules' source: the first argument of ``Violation`` or a helper's ``code``."""
    found: set[str] = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Violation": 0, "_repeated": 1}.get(node.func.id)
                argument = node.args[place] if place is not None else None
                if isinstance(argument, ast.Constant):
                    found.add(str(argument.value))
    return found


def test_ensure_lists_every_violation() -> None:
    broken = sound()
    broken.tables[LOGS].policies.clear()
    put(broken.tables[COMMENTS].foreign_keys[0], table="memos")
    with pytest.raises(PlanInvalid) as error:
        ensure(broken)
    listed = error.value.to_dict()["error"]["details"]["violations"]
    assert listed == [v.to_dict() for v in check(broken)]
    assert {v["code"] for v in listed} >= {"unknown_table", "no_access_decision"}


def test_quotes_are_verified_only_against_given_chunks() -> None:
    broken = sound()
    put(broken.tables[NOTES].because[0], quote="everybody reads")
    assert check(broken) == []
    assert [v.code for v in check(broken, CHUNKS)] == ["quote_not_found"]
    assert [v.code for v in check(broken, [])] == ["unknown_chunk", "unknown_chunk"]


def test_a_user_is_recognised_through_the_profile() -> None:
    profiles = table("profiles", [], foreign_keys=[to_user("id")])
    items = table(
        "items",
        [column("seller_id", "uuid")],
        [Owner(name="own", origin=T, commands=ALL, column="seller_id")],
        foreign_keys=[reference("seller_id", "profiles")],
    )
    assert check(plans.plan(profiles, items)) == []
    profiles.foreign_keys.clear()
    assert [v.code for v in check(plans.plan(profiles, items))] == ["not_a_user"]


def test_a_circle_of_references_ends_the_search_for_a_user() -> None:
    one = table("ones", [column("two_id", "uuid")], foreign_keys=[reference("two_id", "twos", "one_id")])
    two = table(
        "twos", [column("one_id", "uuid", unique=True)], foreign_keys=[reference("one_id", "ones", "two_id")]
    )
    one.column("two_id").unique = True  # type: ignore[union-attr]
    one.policies = [Owner(name="own", origin=T, commands=ALL, column="two_id")]
    assert [v.code for v in check(plans.plan(one, two))] == ["not_a_user"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("2024-02-30", "date", False),
        ("2024-02-29", "date", True),
        ("20240229", "date", False),
        ("12:30", "time", True),
        ("12:30+02:00", "time", False),
        ("2024-01-01T00:00:00Z", "timestamptz", True),
        ("2024-01-01 00:00:00", "timestamptz", False),
        ("3 days", "interval", True),
        ("3 days'; drop", "interval", False),
        ("{}", "jsonb", False),
        ("00000000-0000-0000-0000-000000000000", "uuid", True),
        ("urn:uuid:00000000-0000-0000-0000-000000000000", "uuid", False),
        (1.5, "integer", False),
        (1.5, "numeric", True),
        (2**63, "bigint", False),
        (float("inf"), "double precision", False),
        (10**400, "double precision", False),
        (True, "integer", False),
        (1, "boolean", False),
        (1, "text", False),
    ],
)
def test_literal_defaults_fit_their_type(value: object, kind: str, expected: bool) -> None:
    item = column("x", kind, default=GenUuid())  # type: ignore[arg-type]
    put(item, default=LiteralValue.model_construct(kind="literal", value=value))
    found = [v.code for v in check(plans.plan(table("t_", [item])))]
    assert found == ([] if expected else ["default_type"])


def test_a_violation_reads_as_a_sentence() -> None:
    broken = sound()
    put(broken.tables[LOGS], name="auth")
    assert check(broken) == [
        Violation("reserved_name", "tables[4].name", "`auth` is reserved; write `auth_` or use another word.")
    ]
    assert AUTH_USERS not in str(check(broken)[0])
