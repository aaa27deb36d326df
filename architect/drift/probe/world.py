"""The seeded world: rows for any tables, made from facts, that make every policy atom true and false.

Row 1 of a table belongs to user A and the first tenant, row 2 to user B and the second; what follows are the
combinations. Identifiers are shared by all tables, so that a column that references anything says 1 or 2 and
means row 1 or row 2 of whatever it references, also where only a function's body knows that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.probe.atoms import Atoms, Table
from architect.drift.probe.people import TENANT, USERS, email
from architect.drift.probe.values import Types, types, value

#: More combinations than these are covered by changing one column at a time.
MAX_COMBINATIONS = 12
#: The number of an inserted row: far from the seeded ones.
FRESH = 500
#: The number of a value that nobody asks for.
UNLISTED = 77
PAST, FUTURE = "2001-01-01 00:00:00+00", "2999-01-01 00:00:00+00"

Row = dict[str, str | None]


@dataclass(frozen=True)
class Column:
    """A column as far as values go. ``role`` is user, key, reference or plain."""

    name: str
    type: str
    nullable: bool
    role: str
    always: bool  # generated always as identity
    choices: tuple[str | None, ...] = ()


@dataclass
class Relation:
    """A table (or a partition) and its rows; ``seeded`` is false where rows live in its partitions."""

    table: Table
    columns: list[Column]
    rows: dict[int, Row] = field(default_factory=dict)
    seeded: bool = True
    #: All columns, also those that cannot be given a value.
    readable: list[str] = field(default_factory=list)

    @property
    def key(self) -> str | None:
        """A column whose values tell all rows apart."""
        for column in self.columns:
            values = [row[column.name] for row in self.rows.values()]
            if column.role in ("key", "user") and None not in values and len(set(values)) == len(values) > 0:
                return column.name
        return None

    @property
    def deciding(self) -> list[Column]:
        """The columns that make rows belong to somebody, or that policies ask for."""
        return [column for column in self.columns if column.choices]


class World:
    """The relations of one state; ``asked`` is common to all states that are compared."""

    def __init__(self, state: Snapshot, asked: Atoms) -> None:
        self.state = state
        self.atoms = asked
        self._types: Types = types(state)
        self._columns: dict[Table, list[Fact]] = {}
        for fact in state.of("column"):
            self._columns.setdefault((fact.key.schema, str(fact.detail["table"])), []).append(fact)
        self._by_text = {_text(fact.key): fact for fact in state.of("table")}
        self._keys = _keys(state)
        self._referenced = set(asked.references.values())

    def relation(self, table: Table) -> Relation | None:
        """The relation and its rows, or None when there is no such table in this state."""
        fact = self.state.get("table", *table)
        if fact is None or fact.detail["relkind"] == "f":
            return None
        columns = [c for c in map(self._column, self._columns.get(table, [])) if c is not None]
        names = [str(c.detail["column"]) for c in self._columns.get(table, [])]
        made = Relation(table, columns, seeded=fact.detail["relkind"] == "r", readable=names)
        # A partitioned table has the rows of its partitions, which are made after the same pattern.
        bound = _bound(fact.detail.get("bound"), self._partition_key(fact))
        made.rows = {number: row | bound for number, row in enumerate(self._rows(made), start=1)}
        return made

    def fresh(self, relation: Relation, user: str | None, tenant: int) -> Row:
        """A new row that names ``user`` wherever a user is named, in ``tenant``."""
        return self._row(relation, FRESH + tenant, user or "A", tenant, {})

    def _partition_key(self, fact: Fact) -> str | None:
        parent = self._by_text.get(str(fact.detail.get("partition_of") or ""))
        return None if parent is None else parent.detail.get("partition_key")

    def _column(self, fact: Fact) -> Column | None:
        table = (fact.key.schema, str(fact.detail["table"]))
        name = str(fact.detail["column"])
        if fact.detail.get("generated"):
            return None
        kind = str(fact.detail["type"])
        role = self._role(table, name, kind)
        nullable = not fact.detail.get("not_null")
        choices = self._choices(table, name, kind, role, nullable)
        return Column(name, kind, nullable, role, fact.detail.get("identity") == "a", choices)

    def _role(self, table: Table, name: str, kind: str) -> str:
        plain = kind.removesuffix("[]")
        if (*table, name) in self.atoms.users and plain in ("uuid", "text", "character varying"):
            return "user"
        if [name] in self._keys.get(table, [])[:1] and (*table, name) not in self.atoms.references:
            return "key"
        if (*table, name) in self.atoms.references or _refers(name, plain):
            return "reference"
        return "plain"

    def _choices(
        self, table: Table, name: str, kind: str, role: str, nullable: bool
    ) -> tuple[str | None, ...]:
        atoms = self.atoms
        nothing: list[str | None] = [None] if nullable and name in atoms.nulls else []
        made: list[str | None] = []
        if role == "user":
            made = [USERS["A"], USERS["B"]]
            nothing = [None] if nullable else []
        elif role == "key":
            return ()
        elif name in atoms.literals:
            made = self._literals(kind, name)
        elif role == "reference":
            made = [self._named(kind, n, name) for n in (1, 2)]
        elif name in atoms.times and kind.startswith(("timestamp", "date")):
            made = [PAST[:10], FUTURE[:10]] if kind == "date" else [PAST, FUTURE]
        elif name in atoms.numbers and self._value(kind, 1, name) == "1":
            made = [
                str(n) for number in sorted(atoms.numbers[name])[:2] for n in (number - 1, number, number + 1)
            ]
        elif kind == "boolean" and name in atoms.mentioned:
            made = ["false", "true"]
        elif nothing:
            made = [self._value(kind, 1, name)]
        if kind.endswith("[]"):
            made = [v if v is None or v.startswith("{") else "{" + v + "}" for v in made]
        return tuple(dict.fromkeys([*made, *nothing]))

    def _literals(self, kind: str, name: str) -> list[str | None]:
        asked: list[str | None] = list(self.atoms.literals[name])
        labels = self._types.labels.get(kind)
        if labels is not None:
            named = [label for label in labels if label in asked]
            return [*named, *[label for label in labels if label not in asked][:1]]
        if kind not in ("text", "character varying", "name") and not kind.startswith("character"):
            return []
        return asked if name in self.atoms.closed else [*asked, self._value(kind, UNLISTED, name)]

    def _value(self, kind: str, number: int, name: str) -> str | None:
        return value(kind, number, name, self._types)

    def _named(self, kind: str, number: int, name: str) -> str | None:
        """What a reference says and a key is: the same for both, whatever their names are."""
        text = kind == "text" or kind.startswith("character")
        return f"k{number}" if text else self._value(kind, number, name)

    def _row(self, relation: Relation, number: int, user: str, tenant: int, wish: Mapping[str, Any]) -> Row:
        row: Row = {}
        owner = next(
            (wish[c.name] for c in relation.columns if c.role == "user" and c.name in wish), USERS[user]
        )
        for column in relation.columns:
            if column.name in wish:
                row[column.name] = wish[column.name]
            elif column.role == "user":
                row[column.name] = "{" + USERS[user] + "}" if column.type.endswith("[]") else USERS[user]
            elif column.choices:
                row[column.name] = column.choices[(tenant - 1) % len(column.choices)]
            elif column.role == "key":
                row[column.name] = self._named(column.type, number, column.name)
            elif column.name == "email":
                row[column.name] = email(user)
            elif column.type == "text" and column.name in ("name", "path", "topic"):
                # Paths of files and topics of channels name their owner first.
                row[column.name] = f"{owner}/{column.name}-{number}"
            else:
                row[column.name] = self._value(column.type, number, column.name)
        return row

    def _rows(self, relation: Relation) -> list[Row]:
        users = [column for column in relation.columns if column.role == "user"]
        keyed = self._user_keyed(relation)
        asked = relation.table in self.atoms.asked and not self._pointed_at(relation.table)
        if users and (keyed or asked):
            return list(self._seats(relation, users))
        return list(self._combined(relation))

    def _user_keyed(self, relation: Relation) -> bool:
        users = [column.name for column in relation.columns if column.role == "user"]
        return any(len(key) == 1 and key[0] in users for key in self._keys.get(relation.table, []))

    def _pointed_at(self, table: Table) -> bool:
        return any((schema, name) == table for schema, name, _ in self._referenced)

    def _seats(self, relation: Relation, users: list[Column]) -> Iterator[Row]:
        """One row per user, in their own tenant only: who sits where decides about other tables' rows."""
        others = [c for c in relation.deciding if c.role == "plain"]
        keyed = self._user_keyed(relation)
        for number, user in enumerate("ABDEF" + ("C" if keyed else ""), start=1):
            place = {"A": 0, "E": 0, "D": 1, "F": 2}.get(user, -1)
            wish = {c.name: c.choices[min(place, len(c.choices) - 1)] for c in others}
            wish |= {c.name: USERS[user] for c in users if not c.type.endswith("[]")}
            yield self._row(relation, number, user, TENANT.get(user, 2), wish)

    def _combined(self, relation: Relation) -> Iterator[Row]:
        deciding = relation.deciding
        for number, picked in enumerate(_combinations([len(c.choices) for c in deciding]), start=1):
            wish = {c.name: c.choices[n] for c, n in zip(deciding, picked, strict=True)}
            named = [wish[c.name] for c in deciding if c.role == "user"]
            user = next((name for name, uid in USERS.items() if uid in named), "A")
            yield self._row(relation, number, user, 2 if user == "B" else 1, wish)


def _combinations(sizes: list[int]) -> list[tuple[int, ...]]:
    """Index tuples: all first, all second, then all, or single changes of these two if that is too much."""
    first = tuple(0 for _ in sizes)
    second = tuple(min(1, size - 1) for size in sizes)
    rest: Iterable[tuple[int, ...]]
    if prod(sizes) <= MAX_COMBINATIONS:
        rest = product(*(range(size) for size in sizes))
    else:
        rest = (
            (*base[:place], index, *base[place + 1 :])
            for place, size in enumerate(sizes)
            for base in (first, second)
            for index in range(size)
        )
    found = list(dict.fromkeys([first, second, *rest]))[: 2 * MAX_COMBINATIONS]
    # A table without deciding columns still gets two rows: one would not tell "some" from "all".
    return found if len(found) > 1 else [first, first]


def _keys(state: Snapshot) -> dict[Table, list[list[str]]]:
    """The primary key of each table, then its unique column lists."""
    found: dict[Table, list[list[str]]] = {}
    for wanted in ("p", "u"):
        for fact in state.of("constraint"):
            if fact.detail.get("type") == wanted:
                listed = str(fact.detail["definition"]).partition("(")[2].partition(")")[0]
                names = [name.strip().strip('"') for name in listed.split(",")]
                found.setdefault((fact.key.schema, str(fact.detail["table"])), []).append(names)
    return found


def _text(key: Key) -> str:
    """The name as the server writes it, for the names that it does not quote; others are found by no one."""
    return f"{key.schema}.{key.name}"


def _refers(name: str, kind: str) -> bool:
    """Whether a column without a foreign key still looks like a reference."""
    return name.endswith("_id") and kind in ("uuid", "bigint", "integer")


def _bound(bound: str | None, key: str | None) -> Row:
    """The value that brings a row into a partition with this bound: a range's start, one of a list."""
    if bound is None or key is None or "," in key:
        return {}
    column = key.partition("(")[2].rpartition(")")[0].strip().strip('"')
    start = bound.partition("(")[2].partition(")")[0].split(",")[0].strip()
    if (
        not column
        or bound == "DEFAULT"
        or bound.startswith("FOR VALUES WITH")
        or start in ("MINVALUE", "NULL")
    ):
        return {}
    return {column: start.strip("'")}
