"""The writes to try: a row of one's own, a row in somebody else's name, a row handed over to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from architect.catalog.identities import Identity
from architect.catalog.promise import Promise
from architect.catalog.rows import merged
from architect.catalog.shape import Choice, Dimension, Row, Values
from architect.catalog.world import World
from architect.plan.model import Command, Table

#: The number of the inserted row: far from the seeded ones, so its generated values are new.
FRESH = 500
#: Combinations of parents and tenants to look through for a row the identity may insert.
MAX_TRIES = 64


@dataclass(frozen=True)
class Attempt:
    """One write: ``changes`` are laid over the table's base row (insert) or set on the row ``target``."""

    table: str
    identity: str
    operation: str
    variant: str
    changes: Values
    target: str | None
    promised: bool


class Attempts:
    """All writes to try in ``world``, with what the plan promises for each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.promise = Promise(world)

    def base(self, table: Table) -> Values | None:
        """The row that every insert into ``table`` starts from; None when no row can be made."""
        dimensions = [d for d in self.world.dimensions[table.id] if d.kind != "self"]
        return next(self._rows(table, dimensions, [list(d.choices) for d in dimensions]), None)

    def of(self, table: Table) -> Iterator[Attempt]:
        """The writes to ``table`` by every identity."""
        base = self.base(table)
        if base is None or not self.world.rows[table.id]:
            return
        for identity in self.world.identities:
            own = self._own(table, identity) or base
            yield self._insert(table, identity, "insert_own", "own", own, base)
            for variant, values in self._spoofed(table, identity, own):
                yield self._insert(table, identity, "insert_spoofed", variant, values, base)
            yield from self._hand_over(table, identity)

    def _insert(
        self, table: Table, identity: Identity, operation: str, variant: str, values: Values, base: Values
    ) -> Attempt:
        changes = {c: v for c, v in values.items() if v != base[c]}
        promised = self.promise.passes(table, identity, Command.INSERT, values)
        return Attempt(table.id, identity.name, operation, variant, changes, None, promised)

    def _own(self, table: Table, identity: Identity) -> Values | None:
        """A row that names the identity wherever a user is named, in a place it may write to if any."""
        dimensions = [d for d in self.world.dimensions[table.id] if d.kind != "self"]
        choices = [self._own_choices(table, d, identity) for d in dimensions]
        rows = list(self._rows(table, dimensions, choices))
        promised = (r for r in rows if self.promise.passes(table, identity, Command.INSERT, r))
        return next(promised, rows[0] if rows else None)

    def _rows(
        self, table: Table, dimensions: list[Dimension], choices: list[list[Choice]]
    ) -> Iterator[Values]:
        """A whole row for each combination of choices that goes together."""
        for picked in islice(product(*choices), MAX_TRIES):
            values = self.world.complete(table, merged(dimensions, picked), FRESH)
            if values is not None:
                yield values

    def _own_choices(self, table: Table, dimension: Dimension, identity: Identity) -> list[Choice]:
        if dimension.kind == "where":
            return [dimension.choices[0]]
        if dimension.kind != "user":
            return list(dimension.choices)
        user = identity.user or self.world.users["owner"]
        return [c for c in self.world.choices(table, dimension) if user in c] or list(dimension.choices[:1])

    def _spoofed(self, table: Table, identity: Identity, own: Values) -> Iterator[tuple[str, Values]]:
        """``own`` with one decisive column changed to somebody else's at a time, then all of them."""
        flips = {
            "+".join(d.columns): flip
            for d in self._decisive(table, Command.INSERT)
            if (flip := self._flip(table, identity, d, own, Command.INSERT))
        }
        if not flips:
            yield "row", own
        for name, flip in flips.items():
            yield name, own | flip
        if len(flips) > 1:
            together: Values = {}
            for flip in flips.values():
                together = flip | together
            yield "all", own | together

    def _hand_over(self, table: Table, identity: Identity) -> Iterator[Attempt]:
        """Updates that give a row away: by whoever may update it, to somebody who would then own it."""
        row = self._target(table, identity)
        key = "|".join(str(row.values[c]) for c in table.primary_key)
        reachable = self.promise.passes(table, identity, Command.UPDATE, row.values)
        for dimension in self._decisive(table, Command.UPDATE):
            flip = self._flip(table, identity, dimension, row.values, Command.UPDATE)
            if flip:
                after = self.promise.passes(table, identity, Command.UPDATE, row.values | flip)
                name = "+".join(dimension.columns)
                yield Attempt(table.id, identity.name, "update_spoofed", name, flip, key, reachable and after)

    def _target(self, table: Table, identity: Identity) -> Row:
        rows = self.world.rows[table.id]
        own = self.world.own_rows(table, identity)
        reachable = self.promise.reachable(table, identity, Command.UPDATE)
        return next(iter(reachable), None) or next((r for r in rows if r.name in own), rows[0])

    def _decisive(self, table: Table, command: Command) -> list[Dimension]:
        """The dimensions that policies for ``command`` look at; all of them when no policy does."""
        dimensions = [d for d in self.world.dimensions[table.id] if d.kind in ("user", "tenant", "parent")]
        read = {getattr(p, "column", None) for p in table.policies if command in p.commands}
        return [d for d in dimensions if read & set(d.columns)] or dimensions

    def _flip(
        self, table: Table, identity: Identity, dimension: Dimension, values: Values, command: Command
    ) -> Values:
        """Other values for ``dimension``, such that the policies say no if any such value makes them."""
        now = tuple(values[c] for c in dimension.columns)
        others = [c for c in self.world.choices(table, dimension) if c != now and None not in c]
        if dimension.kind == "user":
            others = [c for c in others if identity.user not in c] or others
        flips: list[Values] = [dict(zip(dimension.columns, c, strict=True)) for c in others]
        denied = (f for f in flips if not self.promise.passes(table, identity, command, values | f))
        return next(denied, flips[0] if flips else {})
