"""What every kind of fact can be asked: how it is created, dropped and altered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import Statement

Statements = list[Statement]


def never(_before: Fact, _after: Fact, _sides: Sides) -> Statements | None:
    """Nothing of it can be altered: it is dropped and created."""
    return None


def in_nothing(_fact: Fact, _catalog: Catalog) -> list[Key]:
    """It is part of nothing else."""
    return []


@dataclass(frozen=True)
class Noun:
    """One kind of fact.

    ``phase`` is its place in the order of creation; ``alter`` answers None where only dropping and creating
    helps; ``inside`` names what takes it along when it is dropped; ``early`` kinds hold no data and are
    dropped before anything is altered.
    """

    phase: int
    create: Callable[[Fact, Sides], Statements]
    drop: Callable[[Fact, Sides], Statements]
    alter: Callable[[Fact, Fact, Sides], Statements | None] = never
    inside: Callable[[Fact, Catalog], list[Key]] = in_nothing
    early: bool = False


class Phase:
    """The order of creation where no dependency says otherwise."""

    ROLE = 5
    MEMBERSHIP = 6
    SETTING = 7
    SCHEMA = 10
    EXTENSION = 12
    OTHER = 15
    TYPE = 20
    SEQUENCE = 25
    TABLE = 30
    FUNCTION = 35
    COLUMN = 38
    DEFAULT = 40
    OWNED = 42
    KEY = 50
    INDEX = 52
    CHECK = 54
    FOREIGN_KEY = 56
    ATTACH = 58
    VIEW = 60
    MATVIEW = 62
    RULE = 65
    TRIGGER = 66
    TABLE_STATE = 70
    POLICY = 72
    STATISTICS = 75
    PUBLICATION = 80
    EVENT_TRIGGER = 85
    REVOKE = 89
    GRANT = 90
    DEFAULT_PRIVILEGES = 92
    COMMENT = 94
    ROWS = 95


def on_relation(fact: Fact, _catalog: Catalog) -> list[Key]:
    """It goes with its table or view."""
    schema, table = fact.key.schema, str(fact.detail["table"])
    return [Key(kind, schema, table) for kind in ("table", "view", "matview")]
