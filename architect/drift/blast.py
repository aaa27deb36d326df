"""Blast radius: everything that depends on what changed, followed to the end, on either side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.meaning import names_in_body

#: What people use and what guards it. Columns, constraints and indexes are parts of tables.
SHOWN = frozenset(
    {"policy", "table", "view", "matview", "function", "trigger", "rule", "event_trigger",
     "publication_table", "domain", "type"}
)  # fmt: skip
#: Parts that change their table, but not for everybody who reads it.
_PARTS = frozenset({"trigger", "rule", "column"})


class Blast:
    """The graph of both sides, walked from what is used to who uses it."""

    def __init__(self, *sides: Snapshot) -> None:
        self._sides = sides

    @cached_property
    def _users(self) -> dict[Key, set[Key]]:
        users: dict[Key, set[Key]] = defaultdict(set)
        for edge in frozenset().union(*(side.edges for side in self._sides)):
            users[edge.used].add(edge.user)
        for user, used in self._by_words():
            users[used].add(user)
        return users

    def _by_words(self) -> Iterator[tuple[Key, Key]]:
        """What bodies kept as text name, which the server does not write down."""
        known = defaultdict(set)
        functions: dict[tuple[Key, object], Fact] = {}
        for side in self._sides:
            for key, fact in side.facts.items():
                if key.kind in ("table", "view", "matview"):
                    known[key.name].add(key)
                elif key.kind == "function":
                    known[key.name.split("(")[0]].add(key)
                    functions[key, fact.detail.get("body")] = fact
        for fact in functions.values():
            for schema, name in _names(fact):
                for key in known.get(name, ()):
                    if key != fact.key and schema in (None, key.schema):
                        yield fact.key, key

    @cached_property
    def _columns(self) -> dict[Key, set[Key]]:
        columns: dict[Key, set[Key]] = defaultdict(set)
        for key in self._users:
            if key.kind == "column":
                columns[Key("table", key.schema, key.name.rsplit(".", 1)[0])].add(key)
        return columns

    def of(self, roots: Iterable[Key]) -> list[Key]:
        """Everything that depends on ``roots``, directly or not, in the order of the keys."""
        start = set(roots)
        seen, todo = set(start), list(start)
        touched: set[Key] = set()
        while todo:
            key = todo.pop()
            if key.kind in _PARTS and (table := self._table(key)) is not None:
                touched.add(table)
            new = set(self._next(key)) - seen
            seen |= new
            todo += new
        return sorted(key for key in (seen | touched) - start if key.kind in SHOWN)

    def _next(self, key: Key) -> Iterator[Key]:
        yield from self._users.get(key, ())
        if key.kind == "table":
            yield from self._columns.get(key, ())
        elif key.kind == "policy" and (table := self._table(key)) is not None:
            yield table

    def _table(self, key: Key) -> Key | None:
        """The table that a part belongs to."""
        for side in self._sides:
            fact = side.facts.get(key)
            if fact is not None and isinstance(name := fact.detail.get("table"), str):
                return Key("table", key.schema, name)
        return None

    def policies(self, key: Key) -> list[Key]:
        """The policies that ask a function, straight or through other functions and views."""
        seen, todo = {key}, [key]
        while todo:
            new = self._users.get(todo.pop(), set()) - seen
            seen |= new
            todo += [user for user in new if user.kind in ("function", "view", "matview")]
        return sorted(user for user in seen if user.kind == "policy")

    def direct(self, key: Key) -> frozenset[Key]:
        """Who uses ``key`` itself."""
        return frozenset(self._users.get(key, ()))


def _names(fact: Fact) -> set[tuple[str | None, str]]:
    return names_in_body(fact.detail) if fact.detail.get("sql_body") is None else set()
