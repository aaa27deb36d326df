"""Grants: per table and role exactly the privileges that a policy gives rows to; the service has all four."""

from __future__ import annotations

from architect.plan.model import Command, Plan, Table
from architect.render.migration import Created, Migration, Script
from architect.render.text import fill, table_name


def grants(plan: Plan) -> Migration | None:
    """The migration with the grants on tables; None when there is no table."""
    script = Script()
    for table in plan.tables:
        for role, commands in privileges(table).items():
            if commands:
                words = tuple(c.value for c in commands)
                sql = fill(
                    "grant_table", privileges=", ".join(words), table=table_name(table.name), role=role
                )
                script.add(sql, Created("grant", role, table.name, words))
    return script.migration("grant_access", "grants") if script.statements else None


def privileges(table: Table) -> dict[str, tuple[Command, ...]]:
    """What each API role may do with ``table`` before any policy is asked."""
    held: dict[str, tuple[Command, ...]] = {}
    for role in ("anon", "authenticated"):
        granted = {c for p in table.policies if role in p.roles for c in p.commands}
        held[role] = tuple(c for c in Command if c in granted)
    held["service_role"] = tuple(Command)
    return held
