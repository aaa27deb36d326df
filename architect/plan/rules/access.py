"""Access: every table has a decision, and every policy reads columns that mean what it takes them for."""

from __future__ import annotations

from collections.abc import Iterator

from architect.plan.lookup import foreign_key_of, holds_user, root_of
from architect.plan.model import (
    AuthenticatedRead,
    Column,
    ColumnEquals,
    ColumnType,
    Command,
    InsertSelf,
    Member,
    OneOf,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    PublicRead,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
)
from architect.plan.rules.violation import Violation

#: What Auth itself keeps in app_metadata: how a user signs in.
_EVERYBODYS_CLAIMS = ("provider", "providers")
_CLAIM_TYPES: tuple[ColumnType, ...] = ("uuid", "text", "integer", "bigint")


def broken(plan: Plan) -> Iterator[Violation]:
    for n, table in enumerate(plan.tables):
        path = f"tables[{n}].policies"
        if not table.policies:
            message = f"Nobody decided who may use `{table.name}`; give it a policy, or service_only."
            yield Violation("no_access_decision", path, message)
        elif len(table.policies) > 1 and any(isinstance(p, ServiceOnly) for p in table.policies):
            message = f"`{table.name}` is service_only and has other policies; keep one or the other."
            yield Violation("service_only_not_alone", path, message)
        for m, policy in enumerate(table.policies):
            yield from _policy(plan, table, policy, f"{path}[{m}]")


def _policy(plan: Plan, table: Table, policy: Policy, path: str) -> Iterator[Violation]:
    if len(set(policy.commands)) < len(policy.commands):
        yield Violation("duplicate_command", f"{path}.commands", "Name each command once.")
    if "anon" in policy.roles and any(c is not Command.SELECT for c in policy.commands):
        message = "Nobody who is not signed in may write; keep select only."
        yield Violation("public_write", f"{path}.commands", message)
    if isinstance(policy, (PublicRead, AuthenticatedRead)):
        if policy.where is not None:
            yield from _where(table, policy.where, f"{path}.where")
    elif isinstance(policy, (Owner, InsertSelf)):
        yield from _user(plan, table, policy.column, f"{path}.column")
    elif isinstance(policy, Tenant):
        yield from _tenant(table, policy, path)
    elif isinstance(policy, Member):
        yield from _member(plan, table, policy.column, policy, path)
    elif isinstance(policy, (ParentOwner, ParentMember)):
        yield from _parent(plan, table, policy, path)
    elif isinstance(policy, Staff):
        yield from _via(plan, policy, path)


def _column(table: Table, name: str, path: str) -> Iterator[Violation]:
    if table.column(name) is None:
        known = ", ".join(c.name for c in table.columns[:20])
        yield Violation("unknown_column", path, f"`{table.name}` has no column `{name}`; it has {known}.")


def _user(plan: Plan, table: Table, name: str, path: str) -> Iterator[Violation]:
    """The column must hold the id of a user, or ``auth.uid()`` is compared with something else."""
    column = table.column(name)
    if column is None:
        yield from _column(table, name, path)
    elif column.type != "uuid" or not holds_user(plan, table, name):
        message = f"`{table.name}.{name}` must be a uuid that references auth.users (or a table keyed by it)."
        yield Violation("not_a_user", path, message)


def _where(table: Table, where: ColumnEquals, path: str) -> Iterator[Violation]:
    column = table.column(where.column)
    if column is None:
        yield from _column(table, where.column, f"{path}.column")
        return
    value = where.value
    wanted: tuple[ColumnType, ...] = ("text",)
    if isinstance(value, bool):
        wanted = ("boolean",)
    elif isinstance(value, int):
        wanted = ("integer", "bigint", "numeric")
    limit = {"integer": 2**31, "bigint": 2**63}.get(column.type, 10**300)
    if column.type not in wanted or (wanted[0] == "integer" and not -limit <= int(value) < limit):
        message = f"`{table.name}.{column.name}` is {column.type}, which this value is not."
        yield Violation("where_type", f"{path}.value", message)
    elif isinstance(value, str):
        yield from _known_value(table, column, [value], f"{path}.value")


def _known_value(table: Table, column: Column, values: list[str], path: str) -> Iterator[Violation]:
    """A value that the column's own check forbids would never match."""
    for check in column.checks:
        if isinstance(check, OneOf):
            for value in values:
                if value not in check.values:
                    choice = ", ".join(check.values)
                    message = f"`{value}` is no value of `{table.name}.{column.name}`; choose of {choice}."
                    yield Violation("unknown_value", path, message)


def _tenant(table: Table, policy: Tenant, path: str) -> Iterator[Violation]:
    column = table.column(policy.column)
    if column is None:
        yield from _column(table, policy.column, f"{path}.column")
    elif column.type not in _CLAIM_TYPES:
        message = f"A claim is compared as {', '.join(_CLAIM_TYPES)}; `{column.name}` is {column.type}."
        yield Violation("tenant_type", f"{path}.column", message)
    if policy.claim in _EVERYBODYS_CLAIMS:
        message = f"Auth writes `{policy.claim}` for everybody; name the claim that holds the tenant."
        yield Violation("claim_of_everybody", f"{path}.claim", message)


def _member(
    plan: Plan, table: Table, name: str, policy: Member | ParentMember, path: str
) -> Iterator[Violation]:
    """``table.name`` and the membership's tenant column must hold the same thing."""
    where = f"{path}.column" if isinstance(policy, Member) else f"{path}.parent_tenant_column"
    yield from _column(table, name, where)
    yield from _via(plan, policy, path)
    via = plan.table(policy.via)
    if via is None:
        return
    yield from _column(via, policy.tenant_column, f"{path}.tenant_column")
    mine, theirs = table.column(name), via.column(policy.tenant_column)
    if mine is None or theirs is None:
        return
    linked = foreign_key_of(table, name) or foreign_key_of(via, policy.tenant_column)
    same = root_of(plan, table, name) == root_of(plan, via, policy.tenant_column)
    if mine.type != theirs.type or (linked and not same):
        message = (
            f"`{table.name}.{name}` and `{via.name}.{policy.tenant_column}` must hold the same tenant's key: "
            "give both a foreign key to the tenant's table, or name its key."
        )
        yield Violation("tenant_mismatch", where, message)


def _via(plan: Plan, policy: Member | ParentMember | Staff, path: str) -> Iterator[Violation]:
    via = plan.table(policy.via)
    if via is None:
        yield Violation("unknown_table", f"{path}.via", f"There is no table with the id `{policy.via}`.")
        return
    yield from _user(plan, via, policy.user_column, f"{path}.user_column")
    if bool(policy.roles_in) != (policy.role_column is not None):
        yield Violation(
            "policy_roles", f"{path}.roles_in", "Give roles_in and role_column together, or neither."
        )
    elif policy.role_column is not None:
        role = via.column(policy.role_column)
        if role is None:
            yield from _column(via, policy.role_column, f"{path}.role_column")
        elif role.type != "text":
            message = f"`{via.name}.{role.name}` must be text to hold a role, not {role.type}."
            yield Violation("policy_roles", f"{path}.role_column", message)
        else:
            yield from _known_value(via, role, policy.roles_in, f"{path}.roles_in")


def _parent(plan: Plan, table: Table, policy: ParentOwner | ParentMember, path: str) -> Iterator[Violation]:
    parent = plan.table(policy.table)
    if parent is None:
        yield Violation("unknown_table", f"{path}.table", f"There is no table with the id `{policy.table}`.")
        return
    yield from _column(table, policy.column, f"{path}.column")
    yield from _column(parent, policy.references, f"{path}.references")
    key = foreign_key_of(table, policy.column)
    if key is None or key.table != parent.id or key.references != [policy.references]:
        message = (
            f"`{table.name}.{policy.column}` must reference `{parent.name}.{policy.references}`; add the key."
        )
        yield Violation("parent_not_referenced", f"{path}.column", message)
    if isinstance(policy, ParentOwner):
        yield from _user(plan, parent, policy.owner_column, f"{path}.owner_column")
    else:
        yield from _member(plan, parent, policy.parent_tenant_column, policy, path)
