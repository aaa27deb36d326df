"""What is created, altered, dropped, and what has to make room for that and come back after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import columns
from architect.drift.ddl.noun import Statements
from architect.drift.ddl.nouns import children_of, noun
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import HOLDS_A_KEY, cannot

#: Never taken apart because something they use goes: they hold rows, or are nobody's.
_STAY = {"table", "column", "sequence", "role", "schema", "domain", "type", "extension", "database"}
#: A change of a column's type is refused while one of these uses the column.
_BLOCK_RETYPE = {"view", "matview", "rule", "policy", "trigger", "publication_table", "function"}
#: These share one space of names in a schema.
_RELATIONS = {"table", "view", "matview", "sequence", "type", "domain"}


@dataclass
class Changes:
    """The work, by what happens to each fact.

    ``early`` facts are dropped before anything is made: they are replaced, or in the way. ``late`` ones are
    dropped in the end, when nothing uses them any more. ``made`` are created, replaced ones again.
    """

    sides: Sides
    made: set[Key] = field(default_factory=set)
    altered: dict[Key, Statements] = field(default_factory=dict)
    early: set[Key] = field(default_factory=set)
    late: set[Key] = field(default_factory=set)
    #: Columns whose default is put aside while what it calls is replaced.
    defaults: set[Key] = field(default_factory=set)
    #: Types that columns hold: the new one takes the place of the old one under the rows.
    swapped: set[Key] = field(default_factory=set)
    #: Columns that are moved from a swapped type to the new one.
    moved: set[Key] = field(default_factory=set)

    @classmethod
    def between(cls, sides: Sides) -> Changes:
        """All that leads from what is found to what is wanted."""
        changes = cls(sides)
        found, wanted = sides.found.snapshot.facts, sides.wanted.snapshot.facts
        changes.made = wanted.keys() - found.keys()
        for key in found.keys() - wanted.keys():
            (changes.early if noun(key).early or changes._in_the_way(key) else changes.late).add(key)
        # What is in the way takes those along that use it.
        waiting = list(changes.early)
        changed = [
            key
            for key, fact in found.items()
            if (other := wanted.get(key)) is not None and other is not fact and other.detail != fact.detail
        ]
        for key in sorted(changed):
            waiting += changes._change(found[key], wanted[key])
        changes._make_room(waiting)
        return changes

    def _in_the_way(self, key: Key) -> bool:
        """Whether something else is to have its name."""
        return key.kind in _RELATIONS and any(
            Key(kind, key.schema, key.name) in self.made for kind in _RELATIONS - {key.kind}
        )

    def _change(self, before: Fact, after: Fact) -> list[Key]:
        """Alters a fact, or replaces it; who has to make room for it."""
        key = after.key
        if after.detail.get("redacted") not in (None, before.detail.get("redacted")):
            self.altered[key] = [cannot(key, HOLDS_A_KEY)]
            return []
        altered = noun(key).alter(before, after, self.sides)
        if altered is None:
            return [key]
        self.altered[key] = altered
        if key.kind == "column" and columns.retyped(before, after):
            return sorted(self._blockers(key))
        return []

    def _blockers(self, column: Key) -> set[Key]:
        """Who refuses that the type of a column changes."""
        users = {user for user in self.sides.found.users[column] if user.kind in _BLOCK_RETYPE}
        return users | {key for key in self._mentions(column) if key.kind in ("trigger", "rule", "column")}

    def _mentions(self, column: Key) -> set[Key]:
        """What hangs on the column's table and names the column: the edges leave that out."""
        catalog = self.sides.found
        fact = catalog.get(column)
        assert fact is not None
        name = str(fact.detail["column"])
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        here = column.schema, str(fact.detail["table"])
        texts = [(one.key, str(one.detail.get("definition") or "")) for one in catalog.on[here]]
        texts += [
            (one.key, str(one.detail["default"]))
            for one in catalog.columns[here]
            if columns.generated(one) and one.key != column
        ]
        return {key for key, text in texts if word.search(text)}

    def _make_room(self, waiting: Iterable[Key]) -> None:
        """Takes the facts apart that use what goes, and puts down that they come back."""
        queue, done = list(waiting), set[Key]()
        while queue:
            key = queue.pop()
            if key not in done:
                done.add(key)
                queue += self._replace(key)

    def _replace(self, key: Key) -> list[Key]:
        """Drops ``key`` early and makes it again if it is wanted; who comes next."""
        catalog, wanted = self.sides.found, self.sides.wanted
        users = set(catalog.users[key])
        if key.kind in ("type", "domain") and key in wanted and any(user.kind == "column" for user in users):
            return self._swap(key, users)
        self.altered.pop(key, None)
        self.late.discard(key)
        self.early.add(key)
        if key in wanted:
            self.made.add(key)
        following = set(children_of(catalog).get(key, ()))
        if key.kind == "column":
            following |= self._mentions(key)
        for user in users:
            following |= self._user(user)
        return [one for one in sorted(following) if one in catalog]

    def _user(self, user: Key) -> set[Key]:
        """What happens to one who uses what is replaced."""
        if user.kind == "column":
            column = self.sides.found.get(user)
            if column is not None and columns.generated(column):
                return {user}
            self.defaults.add(user)
            return set()
        return set() if user.kind in _STAY else {user}

    def _swap(self, key: Key, users: set[Key]) -> list[Key]:
        """A type that rows are made of is not dropped: the columns move over to its successor."""
        self.altered.pop(key, None)
        self.swapped.add(key)
        for child in children_of(self.sides.found).get(key, ()):
            if child not in self.sides.wanted:
                continue
            self.altered.pop(child, None)
            self.made.add(child)
        following: set[Key] = set()
        for user in users:
            if user.kind == "column":
                self.moved.add(user)
                following |= self._blockers(user)
            elif user.kind not in _STAY:
                following.add(user)
        return sorted(following)
