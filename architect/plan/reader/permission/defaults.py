"""Tables that no access sentence speaks of: their owner reads them, or nobody does."""

from __future__ import annotations

from typing import Any

from architect.plan import names
from architect.plan.model import (
    Command,
    InsertSelf,
    Member,
    Origin,
    Owner,
    ParentMember,
    Policy,
    ServiceOnly,
    Staff,
    Table,
)
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.permission import people
from architect.plan.reader.tables.assemble import Build
from architect.plan.reader.tables.draft import MEMBERSHIP

_C = Origin.CONVENTION


def close(made: Build) -> None:
    """Give each table without policies the narrowest sensible one."""
    for key, table in made.tables.items():
        if table.policies:
            continue
        table.policies = (
            _tenancy(made, key, table) or _own(made, table) or _inherited(made, key, table) or _nobody(table)
        )


def _name(table: Table, what: str) -> str:
    return names.fit(f"{table.name}_{what}")


def _tenancy(made: Build, key: Key, table: Table) -> list[Policy]:
    """The membership table and its tenant, where the spec only uses them."""
    trigger = next(
        (t for group in made.tables.values() for t in group.triggers if t.kind == "creator_membership"), None
    )
    if trigger is None or trigger.kind != "creator_membership":
        return []
    group = next(t for t in made.tables.values() if trigger in t.triggers)
    every = {"via": trigger.via, "tenant_column": trigger.tenant_column, "user_column": trigger.user_column}
    mighty = {**every, "role_column": trigger.role_column, "roles_in": [trigger.role] if trigger.role else []}

    def member(what: str, column: str, who: dict[str, Any], *commands: Command) -> Member:
        head = {"name": _name(table, what), "origin": _C, "column": column, "commands": list(commands)}
        return Member.model_validate({**who, **head})

    if table.id == trigger.via:
        return [
            member("member_read", trigger.tenant_column, every, Command.SELECT),
            member(
                "owner_write", trigger.tenant_column, mighty, Command.INSERT, Command.UPDATE, Command.DELETE
            ),
        ]
    if table.id == group.id:
        creator = trigger.creator_column
        return [
            Owner(name=_name(table, "creator_read"), origin=_C, commands=[Command.SELECT], column=creator),
            member("member_read", "id", every, Command.SELECT),
            InsertSelf(name=_name(table, "insert_self"), origin=_C, column=creator),
            member("owner_update", "id", mighty, Command.UPDATE),
        ]
    return []


def _own(made: Build, table: Table) -> list[Policy]:
    if table.id == made.users:
        commands = [Command.SELECT, Command.INSERT, Command.UPDATE]
        return [Owner(name=_name(table, "own"), origin=_C, commands=commands, column="id")]
    there = people.user_columns(made, table)
    if not there:
        return []
    return [Owner(name=_name(table, "own_read"), origin=_C, commands=[Command.SELECT], column=there[0])]


def _inherited(made: Build, key: Key, table: Table) -> list[Policy]:
    """A bare join table is used by those staff who use the thing it belongs to."""
    entity = made.draft.entities.get(key)
    if entity is None or entity.joins is None or key == MEMBERSHIP:
        return []
    sides = [made.tables[k] for k in entity.joins if k in made.tables]
    return next((found for side in sides if (found := _as_parent(table, side))), [])


def _as_parent(table: Table, parent: Table) -> list[Policy]:
    result: list[Policy] = []
    for policy in parent.policies:
        commands = [Command.SELECT]
        if Command.UPDATE in policy.commands:
            commands = [Command.SELECT, Command.INSERT, Command.DELETE]
        head = {
            "name": names.unique(_name(table, "as_parent"), [p.name for p in result]),
            "origin": _C,
            "commands": commands,
        }
        if isinstance(policy, Staff):
            result.append(policy.model_copy(update=head))
        elif isinstance(policy, Member):
            link = next(k.columns[0] for k in table.foreign_keys if k.table == parent.id)
            shared = policy.model_dump(
                include={"because", "via", "tenant_column", "user_column", "role_column", "roles_in"}
            )
            above = {"column": link, "table": parent.id, "parent_tenant_column": policy.column}
            result.append(ParentMember.model_validate({**head, **shared, **above}))
    return result


def _nobody(table: Table) -> list[Policy]:
    return [ServiceOnly(name=_name(table, "service_only"), origin=_C, commands=list(Command))]


__all__ = ["close"]
