"""Whole rows from the few values that matter: references that hold, keys that are free, checks that pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from architect.catalog.atoms import foreign_key
from architect.catalog.identities import SPARES
from architect.catalog.shape import Choice, Dimension, Shape, Values
from architect.catalog.values import possible
from architect.plan.model import AUTH_USERS, ForeignKey, Table

#: More combinations than these are covered by changing one atom at a time.
MAX_COMBINATIONS = 12


class Keys:
    """The values of the unique column lists of one table that are taken."""

    def __init__(self, table: Table) -> None:
        columns = [tuple(table.primary_key), *(tuple(u) for u in table.uniques)]
        columns += [(c.name,) for c in table.columns if c.unique]
        self.columns = list(dict.fromkeys(columns))
        self._taken: set[tuple[tuple[str, ...], Choice]] = set()

    def taken(self, columns: tuple[str, ...], values: Values) -> bool:
        found = tuple(values[c] for c in columns)
        return None not in found and (columns, found) in self._taken

    def take(self, values: Values) -> None:
        self._taken |= {(columns, tuple(values[c] for c in columns)) for columns in self.columns}


def complete(
    shape: Shape, table: Table, wish: Values, number: int, dimensions: list[Dimension], keys: Keys
) -> Values | None:
    """``wish`` with every column filled and every unique key free (then taken), or None if that cannot be."""
    values = dict(wish)
    for key in sorted(table.foreign_keys, key=lambda k: -len(k.columns)):
        if not _refer(shape, table, key, values, number):
            return None
    for column in table.columns:
        if column.name not in values and not possible(column):
            if not column.nullable:
                return None
            values[column.name] = None
        elif column.name not in values:
            values[column.name] = shape.key(table, column.name, number)
    decided = {c for d in dimensions for c in d.columns}
    for columns in keys.columns:
        # What no policy looks at is changed first.
        order = sorted(columns, key=lambda c: c in decided)
        if not _make_free(shape, table, columns, order, values, number, keys):
            return None
    keys.take(values)
    return values


def merged(dimensions: Iterable[Dimension], choices: Iterable[Choice]) -> Values:
    """One choice per dimension as columns; a column that two of them share keeps the first one's value."""
    values: Values = {}
    for dimension, choice in zip(dimensions, choices, strict=True):
        values = dict(zip(dimension.columns, choice, strict=True)) | values
    return values


def combinations(sizes: list[int]) -> list[tuple[int, ...]]:
    """Index tuples: all first, all second, then every combination, or single changes if that is too much."""
    first = tuple(0 for _ in sizes)
    second = tuple(min(1, size - 1) for size in sizes)
    total = 1
    for size in sizes:
        total *= size
    if total <= MAX_COMBINATIONS:
        rest = list(product(*(range(size) for size in sizes)))
    else:
        rest = [
            (*base[:place], index, *base[place + 1 :])
            for base in (first, second)
            for place, size in enumerate(sizes)
            for index in range(size)
        ]
    return list(dict.fromkeys([first, second, *rest]))


def _refer(shape: Shape, table: Table, key: ForeignKey, values: Values, number: int) -> bool:
    """Fill the columns of ``key``. False when no referenced row fits."""
    if key.table == AUTH_USERS:
        values.setdefault(key.columns[0], _main_user(shape, table, values))
        return True
    if any(values.get(c, "") is None for c in key.columns):
        values.update({c: values.get(c) for c in key.columns})
        return True
    loose = {c for c in key.columns if c not in values and shape.nullable(table, c)}
    rows = shape.rows.get(key.table)
    pairs = list(zip(key.columns, key.references, strict=True))
    if rows is None:
        # Within a circle of tables: null where it may be, else the key that the other row is going to have.
        values.update(dict.fromkeys(loose))
        turn = number if key.table == table.id else number % 2
        for column, other in pairs:
            values.setdefault(column, shape.key(shape.tables[key.table], other, turn))
        return True
    fitting = [r for r in rows if all(values.get(c, r.values[o]) == r.values[o] for c, o in pairs)]
    if fitting:
        row = fitting[number % len(fitting)]
        values.update({c: row.values[o] for c, o in pairs})
        return True
    values.update(dict.fromkeys(loose))
    return bool(loose)


def _main_user(shape: Shape, table: Table, values: Values) -> str:
    """The user a column nobody looks at names: the one the row belongs to."""
    named = [values.get(c) for c in sorted(shape.atoms.users[table.id])]
    return next((v for v in named if v is not None and v in shape.users.values()), shape.users["owner"])


def _make_free(
    shape: Shape,
    table: Table,
    columns: tuple[str, ...],
    order: list[str],
    values: Values,
    number: int,
    keys: Keys,
) -> bool:
    if not keys.taken(columns, values):
        return True
    for column in order:
        before = values[column]
        for candidate in _alternatives(shape, table, column, number):
            values[column] = candidate
            if not keys.taken(columns, values):
                return True
        values[column] = before
    return False


def _alternatives(shape: Shape, table: Table, column: str, number: int) -> Iterator[str | None]:
    key = foreign_key(table, column)
    if key is None:
        yield from (shape.key(table, column, number + 1000 * n) for n in range(4))
    elif key.table == AUTH_USERS:
        yield from (shape.users[name] for name in SPARES)
    elif len(key.columns) == 1 and key.table in shape.rows:
        yield from (r.values[key.references[0]] for r in shape.rows[key.table])
