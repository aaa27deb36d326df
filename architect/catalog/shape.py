"""Which columns of a table decide a policy, and which values are worth trying in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from architect.catalog.atoms import Atoms, foreign_key
from architect.catalog.values import differing, value
from architect.errors import PlanInvalid
from architect.plan.model import AUTH_USERS, ForeignKey, Table

Values = dict[str, str | None]
Choice = tuple[str | None, ...]
#: Rows of a referenced table that seeded rows may choose from.
MAX_PARENTS = 4


@dataclass(frozen=True)
class Row:
    table: str
    name: str
    values: Values


@dataclass(frozen=True)
class Dimension:
    """Columns that decide together. ``choices[0]`` belongs to the owner and the first tenant, ``choices[1]``
    to the other user and the second."""

    kind: str  # user | tenant | parent | where | self (a tenant table's own key)
    columns: tuple[str, ...]
    choices: tuple[Choice, ...]


class Shape:
    """The dimensions of the tables of one plan; ``rows`` grows while the world is built."""

    def __init__(self, atoms: Atoms, users: Mapping[str, str]) -> None:
        self.atoms = atoms
        self.users = users
        self.tables = {t.id: t for t in atoms.plan.tables}
        self.rows: dict[str, list[Row]] = {}
        #: Per claim its value for the first and for the second tenant.
        self.claims: dict[str, tuple[str, str]] = {}

    def dimensions(self, table: Table) -> list[Dimension]:
        """The dimensions of ``table``, those of composite references first."""
        atoms = self.atoms
        kinds = dict.fromkeys(sorted(atoms.users[table.id]), "user")
        kinds |= dict.fromkeys(atoms.claims[table.id], "claim")
        kinds |= dict.fromkeys(atoms.tenants[table.id], "tenant")
        kinds |= dict.fromkeys(atoms.parents[table.id], "parent")
        found: dict[tuple[str, ...], Dimension] = {}
        for column, kind in kinds.items():
            if column in atoms.claims[table.id]:
                self._claim(atoms.claims[table.id][column])
            dimension = self._dimension(table, column, kind)
            if dimension.columns == (column,) and self.nullable(table, column):
                # A row that names nobody: null must not equal the null of a caller without an id.
                choices = dict.fromkeys([*dimension.choices, (None,)])
                dimension = replace(dimension, choices=tuple(choices))
            if dimension.choices:
                found.setdefault(dimension.columns, dimension)
        for column, wanted in atoms.wheres[table.id].items():
            if column not in kinds:
                found[(column,)] = self._where(table, column, wanted)
        return sorted(found.values(), key=lambda d: -len(d.columns))

    def choices(self, table: Table, dimension: Dimension) -> list[Choice]:
        """Every value that ``dimension`` may take in a row written later, not only the seeded ones."""
        key = foreign_key(table, dimension.columns[0])
        if key is not None and key.table in self.rows and tuple(key.columns) == dimension.columns:
            rows = self.rows[key.table]
            return list(dict.fromkeys(tuple(r.values[c] for c in key.references) for r in rows))
        if dimension.kind == "user":
            return [(user,) for user in self.users.values()]
        return list(dimension.choices)

    def key(self, table: Table, column: str, number: int) -> str:
        """The generated value of ``column`` in row ``number``: known before the row is."""
        definition = table.column(column)
        if definition is None:
            raise PlanInvalid(f"The table {table.name} has no column {column}.", table=table.name)
        return value(table, definition, number)

    def nullable(self, table: Table, column: str) -> bool:
        definition = table.column(column)
        return bool(definition and definition.nullable and column not in table.primary_key)

    def _dimension(self, table: Table, column: str, kind: str) -> Dimension:
        key = foreign_key(table, column)
        shown = "tenant" if kind == "claim" else kind
        if key is not None and key.table != AUTH_USERS:
            return Dimension(shown, tuple(key.columns), self._parents(key, table))
        if kind == "user":
            return Dimension("user", (column,), ((self.users["owner"],), (self.users["other"],)))
        if kind == "claim":
            shown = "self" if [column] == table.primary_key else "tenant"
            pair = self.claims[self.atoms.claims[table.id][column]]
            return Dimension(shown, (column,), tuple((v,) for v in pair))
        if [column] == table.primary_key:
            return Dimension("self", (column,), tuple((self.key(table, column, n),) for n in (0, 1)))
        return Dimension(shown, (column,), tuple((v,) for v in self._source(table, column, kind)))

    def _source(self, table: Table, column: str, kind: str) -> list[str | None]:
        """Values for a column that references nothing: what the other side of the policy holds."""
        pairs = self.atoms.parents if kind == "parent" else self.atoms.tenants
        other, other_column = pairs[table.id][column]
        if kind == "parent" and other in self.rows:
            return [r.values[other_column] for r in self.rows[other][:MAX_PARENTS]]
        home, home_column = self.tables[other], other_column
        link = foreign_key(home, other_column)
        if link is not None and link.table in self.tables:
            home, home_column = self.tables[link.table], link.references[link.columns.index(other_column)]
        return list(self._pair(home, home_column))

    def _parents(self, key: ForeignKey, table: Table) -> tuple[Choice, ...]:
        """The referenced values that a row of ``table`` may take for ``key``."""
        rows = self.rows.get(key.table)
        if rows is None:
            if len(key.columns) > 1 or self.nullable(table, key.columns[0]):
                return ((None,) * len(key.columns),)
            return tuple((v,) for v in self._pair(self.tables[key.table], key.references[0]))
        choices = dict.fromkeys(tuple(r.values[c] for c in key.references) for r in rows)
        return tuple(islice((c for c in choices if None not in c), MAX_PARENTS))

    def _where(self, table: Table, column: str, wanted: list[str]) -> Dimension:
        choices: list[Choice] = [(w,) for w in dict.fromkeys(wanted)]
        definition = table.column(column)
        outside = differing(table, definition, set(wanted)) if definition else None
        if outside is not None or self.nullable(table, column):
            choices.append((outside,))
        return Dimension("where", (column,), tuple(choices))

    def _claim(self, claim: str) -> None:
        """Fix the two values of ``claim``: keys of the first two tenants when a column references them."""
        if claim in self.claims:
            return
        plain: list[tuple[bool, bool, Table, str]] = []
        for table_id, columns in self.atoms.claims.items():
            table = self.tables[table_id]
            for column in (c for c, name in columns.items() if name == claim):
                link = foreign_key(table, column)
                if link is not None and link.table in self.tables:
                    place = link.references[link.columns.index(column)]
                    self.claims[claim] = self._pair(self.tables[link.table], place)
                    return
                definition = table.column(column)
                is_uuid = bool(definition and definition.type == "uuid")
                plain.append(([column] != table.primary_key, not is_uuid, table, column))
        _, _, table, column = min(plain, key=lambda p: p[:2])
        self.claims[claim] = self._pair(table, column)

    def _pair(self, table: Table, column: str) -> tuple[str, str]:
        """What rows r0 and r1 of ``table`` hold in ``column``, whether they are there yet or not."""
        rows = self.rows.get(table.id, [])
        if len(rows) > 1:
            first, second = rows[0].values[column], rows[1].values[column]
            if first is not None and second is not None:
                return first, second
        return self.key(table, column, 0), self.key(table, column, 1)
