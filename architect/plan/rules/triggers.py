"""Triggers: what they write to is there."""

from __future__ import annotations

from collections.abc import Iterator

from architect.plan.lookup import foreign_key_of, holds_user
from architect.plan.model import CreatorMembership, OneOf, Plan, Table, TouchUpdatedAt
from architect.plan.rules.violation import Violation


def broken(plan: Plan) -> Iterator[Violation]:
    for n, table in enumerate(plan.tables):
        seen: set[tuple[str, str]] = set()
        for m, trigger in enumerate(table.triggers):
            path = f"tables[{n}].triggers[{m}]"
            key = (trigger.kind, trigger.column if isinstance(trigger, TouchUpdatedAt) else trigger.via)
            if key in seen:
                yield Violation("duplicate_trigger", path, "This trigger is there twice; drop one.")
            seen.add(key)
            if isinstance(trigger, TouchUpdatedAt):
                yield from _touch(table, trigger, path)
            else:
                yield from _creator(plan, table, trigger, path)


def _touch(table: Table, trigger: TouchUpdatedAt, path: str) -> Iterator[Violation]:
    column = table.column(trigger.column)
    if column is None:
        yield Violation(
            "unknown_column", f"{path}.column", f"`{table.name}` has no column `{trigger.column}`."
        )
    elif column.type != "timestamptz":
        message = f"`{trigger.column}` takes a time stamp, so it must be timestamptz, not {column.type}."
        yield Violation("trigger_column", f"{path}.column", message)


def _creator(plan: Plan, table: Table, trigger: CreatorMembership, path: str) -> Iterator[Violation]:
    via = plan.table(trigger.via)
    if table.column(trigger.creator_column) is None or not holds_user(plan, table, trigger.creator_column):
        message = f"`{table.name}.{trigger.creator_column}` must reference auth.users: it names the creator."
        yield Violation("trigger_column", f"{path}.creator_column", message)
    if via is None:
        yield Violation("unknown_table", f"{path}.via", f"There is no table with the id `{trigger.via}`.")
        return
    link = foreign_key_of(via, trigger.tenant_column)
    if link is None or link.table != table.id:
        message = f"`{via.name}.{trigger.tenant_column}` must reference `{table.name}`."
        yield Violation("trigger_column", f"{path}.tenant_column", message)
    if not holds_user(plan, via, trigger.user_column):
        message = f"`{via.name}.{trigger.user_column}` must reference auth.users."
        yield Violation("trigger_column", f"{path}.user_column", message)
    yield from _role(via, trigger, path)
    yield from _fills(via, trigger, path)


def _role(via: Table, trigger: CreatorMembership, path: str) -> Iterator[Violation]:
    if (trigger.role is None) != (trigger.role_column is None):
        yield Violation("trigger_role", f"{path}.role", "Give role and role_column together, or neither.")
        return
    if trigger.role is None or trigger.role_column is None:
        return
    column = via.column(trigger.role_column)
    if column is None or column.type != "text":
        message = f"`{via.name}.{trigger.role_column}` must be a text column."
        yield Violation("trigger_column", f"{path}.role_column", message)
    elif any(isinstance(c, OneOf) and trigger.role not in c.values for c in column.checks):
        message = f"`{trigger.role}` is none of the values that `{via.name}.{column.name}` takes."
        yield Violation("trigger_role", f"{path}.role", message)


def _fills(via: Table, trigger: CreatorMembership, path: str) -> Iterator[Violation]:
    """The trigger's insert gives these columns only; any other must do without."""
    given = {trigger.tenant_column, trigger.user_column, trigger.role_column}
    missing = [c.name for c in via.columns if not c.nullable and c.default is None and c.name not in given]
    if missing:
        message = (
            f"`{via.name}` needs {', '.join(missing)}; give a default or allow null, or no creator can join."
        )
        yield Violation("trigger_insert", f"{path}.via", message)
