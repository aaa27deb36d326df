"""A small two-tenant world derived from a plan: users, tenants, and rows that make every policy atom true
for some and false for others.

The same plan gives the same world, byte for byte. Values are Postgres input text. Row ``r0`` of a table
belongs to ``owner`` and the first tenant, ``r1`` to ``other`` and the second; the rest are the combinations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from architect.catalog.atoms import Atoms, foreign_key, user_keyed
from architect.catalog.identities import SPARES, Identity, role_identity, user_id
from architect.catalog.rows import Keys, combinations, complete, merged
from architect.catalog.shape import Choice, Dimension, Row, Shape, Values
from architect.plan.lookup import cycles
from architect.plan.model import AUTH_USERS, CreatorMembership, Plan, Table


@dataclass(frozen=True)
class Seat:
    """A row of a membership table: which tenant (0, 1, or None), who, and the role."""

    tenant: int | None
    user: str
    role: str | None


@dataclass(frozen=True)
class Clearing:
    """Rows of a membership table that a trigger makes while its tenants are seeded: they give way to ours."""

    table: str
    column: str
    tenants: tuple[str, ...]


class World:
    """Users, identities and rows for ``plan``; ``users`` overrides user ids by name.

    A table whose checks and references leave no room for a row stays empty (``unseeded``).
    """

    def __init__(self, plan: Plan, users: Mapping[str, str] | None = None) -> None:
        self.plan = plan
        self._atoms = Atoms(plan)
        self._extras: list[str] = []
        tables = {t.id: t for t in plan.tables}
        self._seats = {v.table: list(self._sit(tables[v.table])) for v in self._atoms.vias.values()}
        names = ["owner", "other", "member", *self._extras, "nonmember", *SPARES]
        self.users = {name: (users or {}).get(name, user_id(name)) for name in names}
        self._shape = Shape(self._atoms, self.users)
        self.rows = self._shape.rows
        self.dimensions: dict[str, list[Dimension]] = {}
        #: Table ids in insertion order; tables of one group reference each other and are filled together.
        self.groups = list(_groups(plan))
        for group in self.groups:
            built = {table_id: self._table_rows(tables[table_id]) for table_id in group}
            self.rows.update(built)
        self.identities = self._identities()

    @property
    def unseeded(self) -> tuple[str, ...]:
        """Names of the tables that hold no row, so that nothing could be shown about them but grants."""
        return tuple(t.name for t in self.plan.tables if not self.rows[t.id])

    def identity(self, name: str) -> Identity:
        return next(i for i in self.identities if i.name == name)

    def own_rows(self, table: Table, identity: Identity) -> list[str]:
        """Names of the rows of ``table`` that name the identity in a column a policy looks at."""
        columns = {c for d in self.dimensions[table.id] if d.kind == "user" for c in d.columns}
        return [
            row.name
            for row in self.rows[table.id]
            if identity.user is not None and any(row.values[c] == identity.user for c in columns)
        ]

    def choices(self, table: Table, dimension: Dimension) -> list[Choice]:
        """Every value that ``dimension`` may take in a row that is written later."""
        return self._shape.choices(table, dimension)

    def complete(self, table: Table, wish: Values, number: int) -> Values | None:
        """A whole row around ``wish``; unlike a seeded one it may name a key that is taken. None when no
        referenced row fits."""
        return complete(self._shape, table, wish, number, self.dimensions[table.id], Keys(table))

    def clearings(self, group: list[str]) -> Iterator[Clearing]:
        """What to delete after ``group`` is filled, before the membership tables are."""
        for table in (t for t in self.plan.tables if t.id in group):
            for trigger in table.triggers:
                via = self.plan.table(trigger.via) if isinstance(trigger, CreatorMembership) else None
                if isinstance(trigger, CreatorMembership) and via is not None and via.id not in group:
                    link = foreign_key(via, trigger.tenant_column)
                    key = link.references[0] if link else table.primary_key[0]
                    tenants = tuple(v for r in self.rows[table.id] if (v := r.values[key]) is not None)
                    yield Clearing(via.id, trigger.tenant_column, tenants)

    def _identities(self) -> tuple[Identity, ...]:
        first = {claim: pair[0] for claim, pair in self._shape.claims.items()}
        second = {claim: pair[1] for claim, pair in self._shape.claims.items()}
        members = ("member", *self._extras)
        return (
            Identity("anon", "anon"),
            Identity("no_subject", "authenticated"),
            Identity("owner", "authenticated", self.users["owner"], first),
            Identity("other", "authenticated", self.users["other"], second),
            *(Identity(name, "authenticated", self.users[name], first) for name in members),
            # What users may write about themselves must not open anything.
            Identity("nonmember", "authenticated", self.users["nonmember"], {}, first),
            Identity("service_role", "service_role"),
        )

    def _sit(self, table: Table) -> Iterator[Seat]:
        """Who sits in a membership table, with one more identity for each further role that matters."""
        via = self._atoms.vias[table.id]
        roles: list[str | None] = [*via.roles(table)] or [None]
        top, low = roles[0], roles[-1]
        tenant = 0 if via.tenant_columns else None
        if via.tenant_columns:
            yield from (
                Seat(0, "owner", top),
                Seat(1, "other", top),
                Seat(0, "member", low),
                Seat(1, "third", low),
            )
            further = roles[1:-1]
        else:
            # The owner of rows must not be staff as well, or the two could not be told apart.
            yield from (Seat(None, "member", top), Seat(None, "third", top))
            further = roles[1:]
        for role in further:
            name = role_identity(str(role))
            if name not in self._extras:
                self._extras.append(name)
            yield Seat(tenant, name, role)

    def _table_rows(self, table: Table) -> list[Row]:
        dimensions = self.dimensions[table.id] = self._shape.dimensions(table)
        keys = Keys(table)
        rows: list[Row] = []
        for number, wish in enumerate(self._wishes(table, dimensions)):
            values = complete(self._shape, table, wish, number, dimensions, keys)
            if values is not None:
                rows.append(Row(table.id, f"r{len(rows)}", values))
        return rows

    def _wishes(self, table: Table, dimensions: list[Dimension]) -> Iterator[Values]:
        """The values the policies look at, one dictionary per wished row."""
        if table.id in self._seats:
            yield from self._seat_wishes(table, dimensions)
        elif user_keyed(self.plan, table):
            key = table.primary_key[0]
            others = [d for d in dimensions if d.columns != (key,)]
            for number, user in enumerate(self.users.values()):
                yield _cycled(others, number) | {key: user}
        else:
            for picked in combinations([len(d.choices) for d in dimensions]):
                yield merged(dimensions, [d.choices[n] for d, n in zip(dimensions, picked, strict=True)])

    def _seat_wishes(self, table: Table, dimensions: list[Dimension]) -> Iterator[Values]:
        via = self._atoms.vias[table.id]
        places = [d for d in dimensions if set(d.columns) & via.tenant_columns]
        others = [d for d in dimensions if d not in places and via.user_column not in d.columns]
        for number, seat in enumerate(self._seats[table.id]):
            here = [d.choices[min(seat.tenant or 0, len(d.choices) - 1)] for d in places]
            wish = _cycled(others, number) | merged(places, here) | {via.user_column: self.users[seat.user]}
            yield wish | ({via.role_column: seat.role} if via.role_column else {})


def _cycled(dimensions: list[Dimension], number: int) -> Values:
    return merged(dimensions, [d.choices[number % len(d.choices)] for d in dimensions])


def _groups(plan: Plan) -> Iterator[list[str]]:
    """Table ids, referenced tables first; tables that reference each other in a circle come together."""
    group_of = {t.id: [t.id] for t in plan.tables}
    for circle in cycles(plan):
        members = [t.id for t in plan.tables if t.id in circle]
        group_of.update(dict.fromkeys(members, members))
    needs = {t.id: {k.table for k in t.foreign_keys} - {AUTH_USERS} for t in plan.tables}
    done: set[str] = set()
    waiting = [t.id for t in plan.tables]
    while waiting:
        ready = next(g for i in waiting for g in [group_of[i]] if all(needs[m] <= done | set(g) for m in g))
        yield ready
        done |= set(ready)
        waiting = [i for i in waiting if i not in done]
