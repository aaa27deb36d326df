"""Hypothesis strategies: sound plans with hostile names, texts and shapes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from architect.plan import names
from architect.plan.model import (
    AUTH_USERS,
    AuthenticatedRead,
    Column,
    ColumnEquals,
    ColumnType,
    Command,
    CurrentUser,
    EmptyArray,
    EmptyJson,
    ForeignKey,
    GenUuid,
    InsertSelf,
    LiteralValue,
    MaxLength,
    Member,
    NotBlank,
    Now,
    OneOf,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    PublicRead,
    Range,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
    TouchUpdatedAt,
)
from tests import plans
from tests.plans import ALL, T

#: Texts that would do harm if any of them were SQL.
HOSTILE = [
    "it's", '"', "\\", "\\'; drop schema public cascade; --", "'); drop schema public cascade; --",
    "$$", "$body$", "$body_$", "/*", "*/", "--", "%s", "{}", "{table}", "; select pg_sleep(10);",
    "E'\\x41'", "\n\r\t", "\u200d\u2066", "é🎉",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u202d\u202e"),
        min_size=1,
        max_size=40,
    ),
)
#: Names that nearly collide with names the renderer makes up.
NAMES = [
    "a", "a_b", "b_c", "a_pkey", "a_b_pkey", "a_b_c_idx", "a_id_idx", "a_owner_id_fkey", "b", "c_key",
    "x" * 63, "x" * 60 + "_y", "name", "value", "type", "position", "uuid", "text", "users", "now",
    "array_agg", "public_read",
]  # fmt: skip
table_names = st.one_of(
    st.sampled_from(NAMES), st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)
).filter(lambda n: not names.is_reserved(n))
column_names = table_names.filter(lambda n: not names.is_reserved(n, "column"))
#: Columns every generated table may have besides its random ones.
_FIXED = ("id", "owner_id", "tenant_id", "kind", "shown", "updated_at")


@st.composite
def free_columns(draw: st.DrawFn, name: str) -> Column:
    """A column of any type with defaults and checks that fit it."""
    kind: ColumnType = draw(st.sampled_from(ColumnType.__args__))  # type: ignore[attr-defined]
    more: dict[str, Any] = {"nullable": draw(st.booleans()), "description": draw(st.just("") | texts)}
    if kind == "text":
        values = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
        default = draw(st.none() | st.sampled_from(values))
        more["checks"] = draw(
            st.lists(st.just(OneOf(values=values)) | st.just(MaxLength(value=99)), max_size=2)
        )
        if default is None:
            more["checks"] += draw(st.sampled_from([[], [NotBlank()]]))
        else:
            more["default"] = LiteralValue(value=default)
    elif kind in ("integer", "bigint", "numeric", "double precision"):
        low = draw(st.none() | st.integers(-100, 0) | st.floats(-1e6, 0))
        high = draw(st.floats(1, 1e15) | (st.none() if low is not None else st.nothing()))
        checks = [Range(min=low, max=high, exclusive_min=draw(st.booleans()))]
        more["checks"] = draw(st.sampled_from([[], checks]))
        whole = st.integers(-(2**31), 2**31 - 1) if not more["checks"] else st.just(1)
        more["default"] = draw(st.none() | st.builds(LiteralValue, value=whole))
    else:
        more["default"] = draw(st.none() | st.sampled_from(_DEFAULTS.get(kind, [None])))
    return plans.column(name, kind, **more)


_DEFAULTS: dict[str, list[Any]] = {
    "boolean": [LiteralValue(value=True), LiteralValue(value=False)],
    "uuid": [GenUuid(), CurrentUser(), LiteralValue(value="00000000-0000-0000-0000-000000000001")],
    "date": [Now(), LiteralValue(value="9999-12-31")],
    "time": [Now(), LiteralValue(value="23:59:59")],
    "timestamptz": [Now(), LiteralValue(value="2024-02-29T12:00:00+02:00")],
    "interval": [LiteralValue(value="3 days")],
    "jsonb": [EmptyJson()],
    "text[]": [EmptyArray()],
}


@st.composite
def sound_plans(
    draw: st.DrawFn,
    table_names: st.SearchStrategy[str] = table_names,
    column_names: st.SearchStrategy[str] = column_names,
) -> Plan:
    """One to five tables that reference each other and themselves in any way, with policies of every kind."""
    chosen = draw(st.lists(table_names, min_size=1, max_size=5, unique_by=names.fold))
    roles = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    tables = [draw(_tables(name, roles, column_names)) for name in chosen]
    for table in tables:
        _link(draw, table, tables)
    for table in tables:
        table.policies = draw(_policies(table, tables, roles))
    return plans.plan(*tables)


@st.composite
def _tables(draw: st.DrawFn, name: str, roles: list[str], column_names: st.SearchStrategy[str]) -> Table:
    taken = {names.fold(n, "column") for n in _FIXED}
    wanted = draw(st.lists(column_names, max_size=4, unique_by=lambda n: names.fold(n, "column")))
    columns = [draw(free_columns(n)) for n in wanted if names.fold(n, "column") not in taken]
    scalar = [c.name for c in columns if c.type not in ("jsonb", "text[]")]
    columns += [
        plans.column("owner_id", "uuid", default=CurrentUser()),
        plans.column("tenant_id", "uuid"),
        plans.column("kind", checks=[OneOf(values=roles)]),
        plans.column("shown", "boolean"),
        plans.column("updated_at", "timestamptz", default=Now()),
    ]
    table = plans.table(
        name, columns, description=draw(st.just("") | texts), foreign_keys=[plans.to_user("owner_id")]
    )
    lists = st.lists(
        st.lists(st.sampled_from(scalar), min_size=1, max_size=3, unique=True), max_size=2, unique_by=tuple
    )
    if scalar:
        table.uniques, table.indexes = draw(lists), draw(lists)
    if draw(st.booleans()):
        table.triggers = [TouchUpdatedAt(origin=T)]
    return table


def _link(draw: st.DrawFn, table: Table, tables: list[Table]) -> None:
    """A foreign key to any table, from a column whose name may be as long as names go."""
    for n, target in enumerate(draw(st.lists(st.sampled_from(tables), max_size=2, unique_by=id))):
        name = f"link_{n}"
        nullable = draw(st.booleans())
        action: Any = draw(
            st.sampled_from(["cascade", "restrict", "no_action", *(["set_null"] if nullable else [])])
        )
        table.columns.append(plans.column(name, "uuid", nullable=nullable))
        table.foreign_keys.append(
            ForeignKey(columns=[name], table=target.id, references=["id"], on_delete=action, origin=T)
        )
    via = tables[0]
    table.foreign_keys.append(plans.reference("tenant_id", via.id))


@st.composite
def _policies(draw: st.DrawFn, table: Table, tables: list[Table], roles: list[str]) -> list[Policy]:
    via = tables[0]
    commands = st.lists(st.sampled_from(ALL), min_size=1, max_size=4, unique=True)
    held = draw(st.lists(st.sampled_from(roles), max_size=2, unique=True))
    role: dict[str, Any] = {"role_column": "kind" if held else None, "roles_in": held}
    member: dict[str, Any] = {
        "via": via.id, "tenant_column": "tenant_id", "user_column": "owner_id", "column": "tenant_id", **role,
    }  # fmt: skip
    filters = [ColumnEquals(column="shown", value=True), ColumnEquals(column="kind", value=roles[0])]
    where = draw(st.none() | st.sampled_from(filters))
    possible: list[Any] = [
        lambda n, c: PublicRead(name=n, origin=T, where=where),
        lambda n, c: AuthenticatedRead(name=n, origin=T, where=where),
        lambda n, c: Owner(name=n, origin=T, commands=c, column="owner_id"),
        lambda n, c: InsertSelf(name=n, origin=T, column="owner_id"),
        lambda n, c: Tenant(name=n, origin=T, commands=c, column="tenant_id", claim=draw(column_names)),
        lambda n, c: Member(name=n, origin=T, commands=c, **member),
        lambda n, c: Staff(name=n, origin=T, commands=c, via=via.id, user_column="owner_id", **role),
    ]
    for key in table.foreign_keys:
        if key.table != AUTH_USERS and key.columns != ["tenant_id"]:
            parent = {"column": key.columns[0], "table": key.table}
            possible.append(
                lambda n, c, parent=parent: ParentOwner(
                    name=n, origin=T, commands=c, owner_column="owner_id", **parent
                )
            )
            possible.append(
                lambda n, c, parent=parent: ParentMember(
                    name=n, origin=T, commands=c, parent_tenant_column="tenant_id", **{**member, **parent}
                )
            )
    kinds = draw(st.lists(st.sampled_from(possible), max_size=4))
    if not kinds:
        return [ServiceOnly(name="service", origin=T, commands=list(Command))]
    return [make(f"p{n}", draw(commands)) for n, make in enumerate(kinds)]
