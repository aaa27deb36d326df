"""Who the people of an access sentence are: users in a column, people in a table, members of a tenant."""

from __future__ import annotations

from dataclasses import dataclass, replace

from architect.errors import InputError
from architect.plan import names
from architect.plan.model import (
    AUTH_USERS,
    Column,
    CreatorMembership,
    ForeignKey,
    LiteralValue,
    OneOf,
    Origin,
    Quote,
    Table,
)
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.tables import columns
from architect.plan.reader.tables.assemble import MAX_KEYS, Build
from architect.plan.reader.tables.draft import MEMBERSHIP, USER

_ROLES = ("owner", "admin", "member")
_OWNERS = frozenset(["owner", "creator", "author", "user", "poster"])


@dataclass(frozen=True, slots=True)
class Membership:
    """The table of members, its columns, and the roles it knows, the mightiest first."""

    table: Table
    tenant: Key
    tenant_column: str
    user_column: str
    role_column: str | None
    roles: tuple[str, ...]


def target_of(table: Table, column: str) -> str | None:
    """The table id that ``column`` references, if any."""
    return next((k.table for k in table.foreign_keys if k.columns == [column]), None)


def user_columns(made: Build, table: Table) -> list[str]:
    """The columns of ``table`` that hold a user at first hand."""
    users = {AUTH_USERS, made.users}
    return [
        k.columns[0]
        for k in table.foreign_keys
        if k.table in users and len(k.columns) == 1 and k.columns != ["id"]
    ]


def user_column(made: Build, table: Table, word: str) -> str | None:
    """The column of ``table`` that holds the user called ``word`` ("seller")."""
    if table.id == made.users and word in ("user", "owner"):
        return "id"
    there = user_columns(made, table)
    for name in there:
        if name.removesuffix("_id") == word or word in name.split("_"):
            return name
    if word in _OWNERS and len(there) == 1:
        return there[0]
    return None


def add_user_column(made: Build, table: Table, word: str, quote: Quote) -> str | None:
    """A column for the user called ``word``; None when no name can be made of it, or there are too many."""
    if len(table.foreign_keys) >= MAX_KEYS:
        return None
    try:
        name = names.slug(f"{word} id", "column")
    except InputError:
        return None
    if table.column(name) is not None and name not in user_columns(made, table):
        return None
    return made.add(table, *columns.user_column(name, quote, made.users))


def account(made: Build, key: Key, quote: Quote | None) -> str:
    """The column that says which account a row of ``key`` (a table of people) belongs to."""
    table = made.tables[key]
    if table.id == made.users:
        return "id"
    there = [k.columns[0] for k in table.foreign_keys if k.table == AUTH_USERS and k.columns == ["user_id"]]
    if there:
        return there[0]
    if table.column("user_id") is None:
        return made.add(table, *columns.account_column(quote))
    column, link = columns.account_column(quote)
    column.name, link.columns = "account_id", ["account_id"]
    return made.add(table, column, link)


def staff(made: Build, word: str, quote: Quote) -> Key:
    """A table of the people with a role for the whole house ("administrators"), made when there is none."""
    key: Key = (word,)
    if key not in made.tables:
        table = made.create(key, [quote])
        made.add(table, *columns.account_column(quote))
        table.description = "Who has this role. Kept by the service, so that nobody can appoint himself."
    return key


def membership(made: Build, within: Key | None, quote: Quote) -> Membership | None:
    """The members of ``within``; the table is made where the spec only speaks of it."""
    tenant = _tenant(made, within)
    if tenant is None:
        return None
    key = MEMBERSHIP if MEMBERSHIP in made.tables else _existing(made, tenant)
    if key is None:
        key = MEMBERSHIP
        made.create(key, [quote]).description = "Who belongs to it, and as what."
    return _complete(made, made.tables[key], tenant, quote)


def _tenant(made: Build, within: Key | None) -> Key | None:
    if within:
        found = made.draft.resolve(within)
        if found in made.tables:
            return found
        if within[-1] not in lex.TENANTS:
            return None
    present = [k for k in made.tables if k[-1] in lex.TENANTS and len(k) <= 2]
    if within is None:
        return present[0] if present else None
    return present[0] if present and within[-1] == present[0][-1] else _create_tenant(made, within)


def _create_tenant(made: Build, within: Key) -> Key:
    table = made.create(within, [])
    table.columns.append(Column(name="name", type="text", origin=Origin.CONVENTION))
    return within


def _existing(made: Build, tenant: Key) -> Key | None:
    """A table that references the tenant and a user, and is about membership."""
    for key, table in made.tables.items():
        targets = {k.table for k in table.foreign_keys}
        if made.ids[tenant] in targets and user_columns(made, table) and key[-1] in ("membership", "member"):
            return key
    return None


def _complete(made: Build, table: Table, tenant: Key, quote: Quote) -> Membership:
    """Columns that a membership needs and this one lacks."""
    name = f"{tenant[-1]}_id"
    tenant_column = next((k.columns[0] for k in table.foreign_keys if k.table == made.ids[tenant]), None)
    if tenant_column is None:
        tenant_column = made.add(table, *_link(name, made.ids[tenant], quote, "cascade"))
    user = next(iter(user_columns(made, table)), None)
    if user is None:
        column, key = columns.user_column("user_id", quote, made.users)
        column.default = None
        user = made.add(table, column, key)
    role = table.column("role")
    if role is None:
        role = Column(
            name="role", type="text", default=LiteralValue(value=_ROLES[-1]),
            checks=[OneOf(values=list(_ROLES))], origin=Origin.CONVENTION, because=[quote],
        )  # fmt: skip
        made.add(table, role, None)
    values = next((c.values for c in role.checks if isinstance(c, OneOf)), [])
    if values and role.default is None:
        role.default = LiteralValue(value=_least(values))
    pair = [tenant_column, user]
    if table.primary_key == ["id"] and pair not in table.uniques:
        table.uniques.append(pair)
    _creator(
        made, table, tenant, Membership(table, tenant, tenant_column, user, "role", tuple(values)), quote
    )
    return Membership(
        table, tenant, tenant_column, user, "role" if role.type == "text" else None, tuple(values)
    )


def with_roles(members: Membership, wanted: list[str]) -> Membership:
    """``members`` who may also be what ``wanted`` says, unless the spec itself lists the roles there are."""
    role = members.table.column(members.role_column) if members.role_column else None
    check = next((c for c in role.checks if isinstance(c, OneOf)), None) if role else None
    new = [
        w
        for w in wanted
        if w not in members.roles and not (w == "administrator" and "admin" in members.roles)
    ]
    if role is None or check is None or role.origin is not Origin.CONVENTION or not new:
        return members
    values = [*members.roles[:-1], *new[:10], members.roles[-1]]
    check.values = values
    return replace(members, roles=tuple(values))


def _least(values: list[str]) -> str:
    return next((v for v in values if v in ("member", "viewer", "user", "guest")), values[-1])


def _creator(made: Build, table: Table, tenant: Key, members: Membership, quote: Quote) -> None:
    """Whoever makes a tenant becomes its first member."""
    group = made.tables[tenant]
    made.add(group, *columns.user_column("created_by", quote, made.users))
    fills = {members.tenant_column, members.user_column, members.role_column, "id", "created_at"}
    if group.triggers or any(
        not c.nullable and c.default is None and c.name not in fills for c in table.columns
    ):
        return
    role = members.roles[0] if members.roles else "owner"
    group.triggers.append(
        CreatorMembership(
            origin=Origin.CONVENTION, because=[quote], via=table.id, tenant_column=members.tenant_column,
            user_column=members.user_column, role_column=members.role_column, role=role,
        )
    )  # fmt: skip


def _link(name: str, target: str, quote: Quote, on_delete: str) -> tuple[Column, ForeignKey]:
    column = Column(name=name, type="uuid", origin=Origin.CONVENTION, because=[quote])
    key = ForeignKey(
        columns=[name], table=target, references=["id"], on_delete=on_delete,  # type: ignore[arg-type]
        origin=Origin.CONVENTION, because=[quote],
    )  # fmt: skip
    return column, key


def tenant_column(made: Build, table: Table, members: Membership, quote: Quote) -> str:
    """The column of ``table`` that holds the tenant; added where the spec leaves it to be understood."""
    if table.id == made.ids[members.tenant]:
        return "id"
    target = made.ids[members.tenant]
    there = next((k.columns[0] for k in table.foreign_keys if k.table == target), None)
    return there or made.add(table, *_link(f"{members.tenant[-1]}_id", target, quote, "cascade"))


__all__ = [
    "USER",
    "Membership",
    "account",
    "add_user_column",
    "membership",
    "staff",
    "tenant_column",
    "user_column",
    "user_columns",
]
