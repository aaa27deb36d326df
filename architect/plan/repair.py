"""What a merge may have broken, put right: types along foreign keys, roles, and template policies that no
longer fit. Whatever has to go is named in an open question; nothing is opened wider."""

from __future__ import annotations

import re

from architect.plan import names
from architect.plan.lookup import foreign_key_of, holds_user, user_columns
from architect.plan.model import (
    AUTH_USERS,
    Column,
    ColumnType,
    Command,
    CreatorMembership,
    CurrentUser,
    InsertSelf,
    Member,
    OneOf,
    OpenQuestion,
    Origin,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    ServiceOnly,
    Staff,
    Table,
)
from architect.plan.rules import check
from architect.plan.unite import with_possible_default

_ADMINISTERS = ("owner", "admin", "administrator", "manager", "director", "head", "superuser")
_PLACE = re.compile(r"tables\[(\d+)\]\.(policies|triggers)\[(\d+)\]")


def repair(plan: Plan) -> Plan:
    """``plan`` with its template parts made to fit what the spec changed. The argument is changed too."""
    for _ in plan.tables:  # a type travels one key further each time
        if not _agree_on_types(plan):
            break
    for table in plan.tables:
        _nullable_where_set_null(table)
        _defaults(plan, table)
        table.policies = [_through_parent(plan, table, p) for p in table.policies]
    _known_roles(plan)
    _drop_misfits(plan)
    return plan


def _agree_on_types(plan: Plan) -> bool:
    """Give each column of a foreign key the type of what it references; whether anything changed."""
    changed = False
    for table in plan.tables:
        for key in table.foreign_keys:
            target = plan.table(key.table)
            for mine, theirs in zip(key.columns, key.references, strict=False):
                referenced = target.column(theirs) if target else None
                wanted: ColumnType | None = "uuid" if key.table == AUTH_USERS else None
                wanted = referenced.type if referenced else wanted
                column = table.column(mine)
                if column and wanted and column.type != wanted:
                    _set_type(column, wanted)
                    changed = True
    return changed


def _set_type(column: Column, wanted: ColumnType) -> None:
    column.type, column.default, column.checks = wanted, None, []


def _nullable_where_set_null(table: Table) -> None:
    for key in table.foreign_keys:
        if key.on_delete == "set_null":
            if set(key.columns) & set(table.primary_key):
                key.on_delete = "cascade"
                continue
            for name in key.columns:
                column = table.column(name)
                if column:
                    column.nullable = True


def _defaults(plan: Plan, table: Table) -> None:
    for n, column in enumerate(table.columns):
        if isinstance(column.default, CurrentUser) and not holds_user(plan, table, column.name):
            column.default = None
        table.columns[n] = with_possible_default(column)


def _through_parent(plan: Plan, table: Table, policy: Policy) -> Policy:
    """``owner(seller_id)`` where the spec made the seller a table: the row is the seller's user's."""
    if not isinstance(policy, (Owner, InsertSelf)) or policy.origin is Origin.SPEC:
        return policy
    key = foreign_key_of(table, policy.column)
    parent = plan.table(key.table) if key else None
    if key is None or parent is None or holds_user(plan, table, policy.column):
        return policy
    owners = user_columns(plan, parent)
    if len(owners) != 1:
        return policy
    return ParentOwner(
        name=policy.name,
        origin=policy.origin,
        because=policy.because,
        commands=list(policy.commands),
        column=policy.column,
        table=parent.id,
        references=key.references[0],
        owner_column=owners[0],
    )


def _known_roles(plan: Plan) -> None:
    """Where the spec's list of roles lacks those a template policy names, its word for who administers takes
    their place. Where it has none the policy names no role, breaks a rule and goes."""
    asked: dict[str, str] = {}
    for table in plan.tables:
        for policy in table.policies:
            if isinstance(policy, (Member, ParentMember, Staff)) and policy.origin is not Origin.SPEC:
                values = _roles_of(plan, policy.via, policy.role_column)
                if values and not set(policy.roles_in) <= set(values):
                    asked[policy.via] = ", ".join(values)
                    held = [r for r in policy.roles_in if r in values]
                    policy.roles_in = held or [r for r in values if r.lower() in _ADMINISTERS][:1]
        for trigger in table.triggers:
            if isinstance(trigger, CreatorMembership):
                values = _roles_of(plan, trigger.via, trigger.role_column)
                if values and trigger.role not in values:
                    asked[trigger.via] = ", ".join(values)
                    trigger.role = next((r for r in values if r.lower() in _ADMINISTERS), values[0])
    for roles in asked.values():
        text = f"The roles are {roles}: which of them administer? The template's own are not all among them."
        plan.open_questions.append(OpenQuestion(question=text[:1000]))


def _roles_of(plan: Plan, table_id: str, column_name: str | None) -> list[str]:
    table = plan.table(table_id)
    column = table.column(column_name) if table and column_name else None
    return next((c.values for c in column.checks if isinstance(c, OneOf)), []) if column else []


def _drop_misfits(plan: Plan) -> None:
    """Take out template policies and triggers that break a rule, until none does; each becomes a question."""
    for _ in range(sum(len(t.policies) + len(t.triggers) for t in plan.tables)):
        misfit = next(filter(None, (_misfit(plan, v.path) for v in check(plan))), None)
        if misfit is None:
            break
        table, part, n = misfit
        item = getattr(table, part).pop(n)
        what = item.name if part == "policies" else item.kind
        text = f"The template's {what} does not fit {table.name} as the spec describes it and was left out."
        plan.open_questions.append(OpenQuestion(question=text))
    for table in plan.tables:
        if not table.policies and table.origin is not Origin.SPEC:
            name = names.fit(f"{table.name}_service_only")
            table.policies = [ServiceOnly(name=name, origin=Origin.CONVENTION, commands=list(Command))]


def _misfit(plan: Plan, path: str) -> tuple[Table, str, int] | None:
    """The template's policy or trigger at ``path``."""
    place = _PLACE.match(path)
    if place is None:
        return None
    table, part, n = plan.tables[int(place[1])], place[2], int(place[3])
    item = getattr(table, part)[n]
    return (table, part, n) if item.origin is not Origin.SPEC else None
