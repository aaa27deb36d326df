"""What differs between two runs of the probe, told as what somebody can do now and could not before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from architect.drift.model import Witness
from architect.drift.probe.atoms import Table
from architect.drift.probe.people import USERS
from architect.drift.probe.run import DONE, Door, Outcome, Vector
from architect.drift.probe.world import Relation

#: The doors in the order in which they make the better witness.
_ORDER = ("read", "delete", "empty", "change", "set", "insert", "columns", "writable", "call")
_VERBS = {
    "read": "read",
    "delete": "delete",
    "change": "change",
}
_INSERTS = {
    "own": "insert rows of their own into {table}",
    "other user": "insert rows into {table} in the name of somebody else",
    "other tenant": "insert rows into {table} of a tenant they do not belong to",
}
#: Whom a sentence names first, and which inserts.
_PEOPLE = ("anybody with the public key", "user A", "user B", "user", "")
_VARIANTS = ("other user", "other tenant", "own")
_SHUT = Outcome("42501", frozenset())


@dataclass(frozen=True)
class Difference:
    """One door that another outcome came through."""

    door: Door
    before: Outcome
    after: Outcome
    gained: frozenset[int]
    lost: frozenset[int]
    more: int

    @property
    def opened(self) -> bool:
        """Whether more can be done than before."""
        return bool(self.gained) or self.more > 0

    @property
    def closed(self) -> bool:
        """Whether less can be done than before."""
        return bool(self.lost) or self.more < 0


def differences(before: Vector, after: Vector) -> list[Difference]:
    """The doors that differ, the most telling first. What could not be tried in both runs is left out."""
    blind = before.blind.keys() | after.blind.keys()
    found = []
    for door in before.outcomes.keys() | after.outcomes.keys():
        if door.table in blind or not _comparable(door, before, after):
            continue
        old, new = before.outcomes.get(door, _SHUT), after.outcomes.get(door, _SHUT)
        difference = _difference(door, old, new, after if old.reached <= new.reached else before)
        if difference.opened or difference.closed:
            found.append(difference)
    return sorted(found, key=_telling)


def _comparable(door: Door, before: Vector, after: Vector) -> bool:
    """What only one of two relations can be asked is told by the facts. A relation that is gone is shut."""
    tables = [{d.table for d in vector.outcomes} for vector in (before, after)]
    if not all(door.table in known for known in tables) or door.operation not in ("insert", "set"):
        return True
    return door in before.outcomes and door in after.outcomes


def _difference(door: Door, old: Outcome, new: Outcome, seen: Vector) -> Difference:
    if door.operation in ("columns", "writable"):
        # A column more means nothing to somebody who reaches no row.
        more = len(new.names - old.names) or -len(old.names - new.names)
        row = Door(door.table, door.person, "read" if door.operation == "columns" else "change", "")
        reached = any(o.reached for d, o in seen.outcomes.items() if d[:3] == row[:3] and o.state == DONE)
        return Difference(door, old, new, frozenset(), frozenset(), more if reached else 0)
    if old.rows is not None and new.rows is not None:
        gained, lost = new.rows - old.rows, old.rows - new.rows
        if gained or lost or door.operation != "read":
            return Difference(door, old, new, gained, lost, 0)
    return Difference(door, old, new, frozenset(), frozenset(), new.reached - old.reached)


def _telling(difference: Difference) -> tuple[Any, ...]:
    door = difference.door
    rank = _ORDER.index(door.operation)
    first = next(n for n, word in enumerate(_PEOPLE) if door.person.startswith(word))
    variant = _VARIANTS.index(door.variant) if door.variant in _VARIANTS else len(_VARIANTS)
    named = bool(difference.gained or difference.lost)
    return (not difference.opened, rank, not named, variant, first, door.person, door.table, door.variant)


def witness(difference: Difference, before: Vector, after: Vector) -> Witness:
    """The difference as a sentence that names people and rows."""
    relation = (after if difference.opened else before).relations.get(difference.door.table)
    return Witness(
        sentence=_sentence(difference, relation),
        identity=difference.door.person,
        operation=f"{difference.door.operation} {difference.door.variant}".strip(),
        table=".".join(difference.door.table),
        before=_value(difference.before),
        after=_value(difference.after),
    )


def _sentence(difference: Difference, relation: Relation | None) -> str:
    door = difference.door
    who = door.person[0].upper() + door.person[1:]
    can = "can now" if difference.opened else "can no longer"
    table = ".".join(door.table)
    if door.operation == "insert":
        return f"{who} {can} {_INSERTS[door.variant].format(table=table)}."
    if door.operation in ("columns", "writable"):
        verb = "read" if door.operation == "columns" else "change"
        names = difference.after.names ^ difference.before.names
        words = "the column" if len(names) == 1 else "the columns"
        return f"{who} {can} {verb} {words} {_listed(sorted(names))} of {table}."
    if door.operation == "call":
        return f"{who} {can} {_called(difference)}."
    if door.operation == "empty":
        return f"{who} {can} empty {table}, whatever its policies say (truncate)."
    rows = difference.gained if difference.opened else difference.lost
    if not rows:
        count = abs(difference.more)
        verb, noun = _VERBS.get(door.operation, "change"), "rows" if count > 1 else "row"
        return f"{who} {can} {verb} {count} {noun} of {table}."
    number = min(rows, key=lambda n: (_owned(relation, n, door.person) is difference.opened, n))
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    row = f"row {number} of {table}{_whose(relation, number)}{more}"
    if door.operation == "set":
        return f"{who} {can} {_changed(door.variant, relation, row)}."
    return f"{who} {can} {_VERBS[door.operation]} {row}."


def _called(difference: Difference) -> str:
    name = ".".join(difference.door.table)
    if difference.before.state == difference.after.state == DONE:
        return f"get {abs(difference.more)} more rows by calling {name}"
    return f"call {name}"


def _changed(variant: str, relation: Relation | None, row: str) -> str:
    column, _, value = variant.partition("=")
    roles = {c.name: c.role for c in relation.columns} if relation is not None else {}
    if roles.get(column) == "user":
        return f"give {row} to somebody else ({column})"
    if roles.get(column) == "reference":
        return f"move {row} to another {column.removesuffix('_id')}"
    return f"set {column} of {row} to {value}"


def _owned(relation: Relation | None, number: int, person: str) -> bool:
    """Whether the row names the person."""
    row = relation.rows.get(number, {}) if relation is not None else {}
    return any(person.startswith(f"user {name}") and uid in row.values() for name, uid in USERS.items())


def _whose(relation: Relation | None, number: int) -> str:
    row = relation.rows.get(number) if relation is not None else None
    if relation is None or row is None:
        return ""
    names = {uid: name for name, uid in USERS.items()}
    words: list[str] = []
    for column in relation.columns:
        value = row.get(column.name)
        if column.role == "user" and value in names and len(words) < 1:
            words.append(f"user {names[str(value)]}'s")
    for column in relation.columns:
        value = row.get(column.name)
        if column.role == "reference" and value is not None and len(words) < 3:
            words.append(f"{column.name.removesuffix('_id')} {value[-12:].lstrip('0') or value}")
    return f" ({', '.join(words)})" if words else ""


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _value(outcome: Outcome) -> Any:
    if outcome.names:
        return sorted(outcome.names)
    if outcome.rows is not None and outcome.state == DONE:
        return {"rows": sorted(outcome.rows)}
    if outcome.state == DONE:
        return {"amount": outcome.amount}
    return {"refused": outcome.message or outcome.state}


def best(found: Iterable[Difference], tables: Iterable[Table], *, opened: bool) -> Iterator[Difference]:
    """Of differences in order those on ``tables`` that opened, or closed, something."""
    wanted = set(tables)
    for difference in found:
        if difference.door.table in wanted and (difference.opened if opened else difference.closed):
            yield difference
