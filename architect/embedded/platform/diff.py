"""The SQL that turns one database's schema into another's, from the catalog of both.

Objects that exist on both sides and differ are changed in place where Postgres can, and made anew otherwise,
with everything that hangs on them. Data is kept: columns and types are changed by casts, never dropped and
added, unless they are generated.
"""

from __future__ import annotations

import asyncio

from architect.embedded.platform import diff_columns
from architect.embedded.platform.catalog_units import KINDS, Catalog, Unit, fold, order, read

#: Made anew, when they differ or when something they stand on is.
_REMADE = frozenset(
    {"constraint", "foreign key", "index", "view", "rule", "trigger", "policy", "published", "grant"}
    | {"column grant", "default"}
)
#: How default privileges name the kinds that have them.
_PLURAL = {
    "table": "tables",
    "view": "tables",
    "sequence": "sequences",
    "function": "functions",
    "type": "types",
    "schema": "schemas",
}
_BODIES_OFF = "set check_function_bodies = off"


async def between(source_dsn: str, target_dsn: str, *, schemas: list[str] | None = None) -> str:
    """SQL from ``source`` to ``target``; empty when they are equal."""
    source, target = await asyncio.gather(read(source_dsn, schemas), read(target_dsn, schemas))
    return "".join(f"{statement};\n\n" for statement in Comparison(source, target).statements())


class Comparison:
    """Two catalogs and what has to be done to the first."""

    def __init__(self, source: Catalog, target: Catalog) -> None:
        self.source, self.target = source, target
        old, new = source.units.keys(), target.units.keys()
        self.added, self.removed, both = new - old, old - new, new & old
        self.changed = {k for k in both if source.units[k].fact != target.units[k].fact}
        self.unable = {k for k in self.changed if self._cannot(k)}
        self.unable |= {k for k in self.added if target.units[k].make is None}
        self.changed -= self.unable
        #: Enums that only got more labels: everything that uses them stays.
        self.extended = {k for k in self.changed if self._only_more_labels(k)}
        self.swapped = {k for k in self.changed - self.extended if target.units[k].kind == "type"}
        self.remade = {k for k in self.changed if self._is_remade(k)}
        self.retyped = {k for k in self.changed - self.remade if self._is_retyped(k)}
        self._spread()

    def statements(self) -> list[str]:
        """Every statement, in the order in which they have to run."""
        drops, makes = self._drops(), self._makes()
        renames = [diff_columns.set_aside(self.target.units[key]) for key in sorted(self.swapped)]
        leftovers = [diff_columns.drop_aside(self.target.units[key]) for key in sorted(self.swapped)]
        notes = [f"-- {key} differs and cannot be changed in place" for key in sorted(self.unable)]
        done = [*drops, *renames, *makes, *leftovers]
        if any(statement.startswith("CREATE OR REPLACE") for statement in makes):
            done.insert(0, _BODIES_OFF)
        return done + notes

    def _spread(self) -> None:
        """Take in what hangs on something that is dropped, made anew or given another type."""
        users: dict[str, set[str]] = {}
        for catalog in (self.source, self.target):
            for key, needed in catalog.needs.items():
                for other in needed:
                    users.setdefault(other, set()).add(key)
        queue = [*self.removed, *self.remade, *self.retyped, *self.swapped]
        while queue:
            for key in users.get(queue.pop(), ()):
                if key not in self.source.units or key not in self.target.units:
                    continue
                unit = self.target.units[key]
                group = self._shaken(unit)
                if group is not None and key not in self.remade | self.retyped | self.swapped:
                    group.add(key)
                    queue.append(key)

    def _shaken(self, unit: Unit) -> set[str] | None:
        """The group a unit joins when something it stands on is dropped, made anew or given another type."""
        if unit.kind == "type":
            return self.swapped
        if unit.kind == "column" and not unit.fact["generated"]:
            return self.retyped if self.target.needs[unit.key] & self.swapped else None
        return self.remade if unit.kind in _REMADE | {"function", "column"} else None

    def _drops(self) -> list[str]:
        units, needs = self.source.units, self.source.needs
        going = self.removed | self.remade
        along = {key: above for key in going if (above := _above(self.source, key, going))}
        # A foreign key between two tables that both go would keep either from going first.
        for key in [k for k in along if units[k].kind == "foreign key"]:
            if any(along.get(other, other) in going - {along[key], key} for other in needs[key]):
                del along[key]
        # On a table of the platform others than its owner may make triggers, but not drop them: they go with
        # their function.
        hung = {
            key: next(iter(used))
            for key in going
            if units[key].kind == "trigger" and not units[key].parent and (used := needs[key] & going)
        }
        along |= hung
        # The reverse of an order in which they could have been made.
        found = order(going - along.keys(), fold(needs, along), lambda key: _rank(units[key]))[::-1]
        drops = ((_drop(units[key]), " cascade" if key in hung.values() else "") for key in found)
        return [statement + how for statements, how in drops for statement in statements]

    def _makes(self) -> list[str]:
        units = self.target.units
        wanted = self.added | self.remade | self.retyped | self.changed | self.swapped
        inside = {k: str(units[k].parent) for k in wanted if self._is_part_of_new_table(k)}
        # A column that is added to a table brings its default with it, unless that has to come later.
        inside |= {
            k: str(units[k].parent)
            for k in wanted
            if units[k].kind == "default"
            and self._is_made(units[k].parent)
            and not diff_columns.waits(units[k])
        }
        found: list[str] = []
        for key in order(wanted - inside.keys(), fold(self.target.needs, inside), lambda k: _rank(units[k])):
            found += self._make(key)
        return found

    def _is_made(self, column: str | None) -> bool:
        """Whether it is a column that is added to a table that exists."""
        return column in self.added | self.remade and self.target.units[str(column)].parent not in self.added

    def _make(self, key: str) -> list[str]:
        new, old = self.target.units[key], self.source.units.get(key)
        if new.kind == "column":
            if key in self.added or key in self.remade or old is None:
                return diff_columns.add(new)
            return diff_columns.change(old, new, retyped=key in self.retyped)
        if new.kind == "default privileges":
            return diff_columns.default_privileges(old, new)
        if old is None or key in self.remade or key in self.swapped:
            late = _some(new.extra["fill"]) if new.kind == "default" and self._is_made(new.parent) else []
            return [*(new.make or ()), *late, *self._closed(new)]
        if key in self.extended:
            return self._more_labels(old, new)
        altered = list(new.alter or new.make or ())
        if new.kind == "table":
            gone = {o.split("=")[0] for o in old.fact["options"] or ()}
            gone -= {o.split("=")[0] for o in new.fact["options"] or ()}
            altered += [f"alter table {new.extra['path']} reset ({', '.join(sorted(gone))})"] if gone else []
        return altered

    def _closed(self, unit: Unit) -> list[str]:
        """Take back what a new object gives to others by itself; what the target grants comes after."""
        subject = unit.extra.get("subject", unit.key)
        if unit.kind in ("function", "type") and f"grant on {subject} to public" not in self.target.units:
            given = {"public"}
        else:
            given = set()
        for other in self.source.units.values():
            if other.kind == "default privileges" and other.extra["plural"] == _PLURAL.get(unit.kind):
                given |= other.fact.keys() - {"public"}
        given -= {unit.fact.get("owner")}
        return [f"revoke all on {subject} from {grantee}" for grantee in sorted(given)]

    def _more_labels(self, old: Unit, new: Unit) -> list[str]:
        known, found = list(old.fact["labels"]), []
        for at, label in enumerate(new.fact["labels"]):
            if label not in known:
                place = f" before {_text(known[at])}" if at < len(known) else ""
                found.append(f"alter type {new.extra['path']} add value {_text(label)}{place}")
                known.insert(at, label)
        return found

    def _only_more_labels(self, key: str) -> bool:
        old, new = self.source.units[key], self.target.units[key]
        if new.kind != "type" or new.fact["kind"] != "e":
            return False
        kept = [label for label in new.fact["labels"] if label in old.fact["labels"]]
        rest = {"labels": None}
        if kept != old.fact["labels"] or {**old.fact, **rest} != {**new.fact, **rest}:
            return False
        # A label cannot be used in the transaction that adds it.
        fresh = [_text(label) for label in new.fact["labels"] if label not in kept]
        used = [s for k in self.added | self.changed if k != key for s in self.target.units[k].make or ()]
        return not any(f"{label}::{new.extra['path']}" in text for label in fresh for text in used)

    def _is_remade(self, key: str) -> bool:
        old, new = self.source.units[key], self.target.units[key]
        if new.kind == "function":
            return bool(old.fact["signature"] != new.fact["signature"])
        if new.kind in ("grant", "column grant"):
            return any(set(old.fact[n] or ()) - set(new.fact[n] or ()) for n in ("privileges", "grantable"))
        if new.kind == "column":
            names = ("generated", "expression")
            return any(old.fact[name] != new.fact[name] for name in names)
        return new.kind in _REMADE and new.kind != "default"

    def _is_retyped(self, key: str) -> bool:
        old, new = self.source.units[key], self.target.units[key]
        names = ("type", "collation")
        return new.kind == "column" and any(old.fact[name] != new.fact[name] for name in names)

    def _cannot(self, key: str) -> bool:
        old, new = self.source.units[key], self.target.units[key]
        if new.kind == "table":
            return any(
                old.fact[name] != new.fact[name] for name in ("kind", "partition", "bound", "inherits")
            )
        return new.make is None

    def _is_part_of_new_table(self, key: str) -> bool:
        unit = self.target.units[key]
        return unit.kind == "column" and unit.parent in self.added


def _above(catalog: Catalog, key: str, going: set[str]) -> str | None:
    """The topmost of what it goes with that is dropped itself."""
    found, parent = None, catalog.units[key].parent
    while parent is not None and parent in catalog.units:
        found = parent if parent in going else found
        parent = catalog.units[parent].parent
    return found


def _drop(unit: Unit) -> list[str]:
    if unit.kind == "default privileges":
        return diff_columns.default_privileges(unit, None)
    return [unit.drop] if unit.drop else []


def _some(statements: list[str | None]) -> list[str]:
    return [statement for statement in statements if statement]


def _rank(unit: Unit) -> tuple[int, str]:
    return KINDS.index(unit.kind), unit.key


def _text(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"
