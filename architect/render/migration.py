"""A migration: one named step of SQL for one concern, with the list of what it creates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Concern = Literal["tables", "constraints", "functions", "policies", "grants"]
CreatedKind = Literal[
    "table",
    "rls",
    "bucket",
    "unique",
    "check",
    "foreign_key",
    "index",
    "function",
    "trigger",
    "policy",
    "grant",
]


@dataclass(frozen=True, slots=True)
class Created:
    """One thing a migration makes, as an event announces it."""

    kind: CreatedKind
    #: The name in the database; of "rls" the table, of "grant" the role, of "function" with its schema.
    name: str
    #: The table it belongs to; "" for a bucket or a function that serves several.
    table: str = ""
    #: For a policy the plan's policies it unites, for a grant the privileges; else empty.
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    #: snake_case and fixed per concern: the same plan gives the same names.
    name: str
    concern: Concern
    sql: str
    creates: tuple[Created, ...]


class Script:
    """Statements and what they create, in order."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.creates: list[Created] = []

    def add(self, sql: str, *creates: Created) -> None:
        self.statements.append(sql)
        self.creates.extend(creates)

    def migration(self, name: str, concern: Concern) -> Migration:
        return Migration(name, concern, "\n\n".join(self.statements) + "\n", tuple(self.creates))
