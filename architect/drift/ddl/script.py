"""The statements of a set of changes in an order that works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import columns, grants, tables, types
from architect.drift.ddl.changes import Changes
from architect.drift.ddl.noun import Phase, Statements
from architect.drift.ddl.nouns import children_of, inside, noun
from architect.drift.ddl.order import ordered
from architect.drift.ddl.sides import Catalog
from architect.drift.ddl.statement import HOLDS_A_KEY, Statement, cannot

Step = tuple[Key, int]
#: A column that uses one of these needs it for its type, otherwise for its default.
_TYPES = {"type", "domain", "table", "collation", "view"}


def script(changes: Changes) -> list[Statement]:
    """First what is in the way goes, then everything is made, then what nobody needs goes."""
    found = _asides(changes)
    found += _dropped(changes, changes.early)
    found += _Making(changes).statements()
    found += _dropped(changes, changes.late)
    for key in sorted(changes.swapped):
        found.append(types.retire(_fact(changes.sides.found, key)))
    return found


def _fact(catalog: Catalog, key: Key) -> Fact:
    fact = catalog.get(key)
    assert fact is not None, key
    return fact


def _asides(changes: Changes) -> Statements:
    catalog = changes.sides.found
    kept = [key for key in sorted(changes.defaults) if not _goes(changes, _fact(catalog, key))]
    found = [columns.put_aside(_fact(catalog, key)) for key in kept]
    return found + [types.step_aside(_fact(catalog, key)) for key in sorted(changes.swapped)]


def _goes(changes: Changes, fact: Fact) -> bool:
    gone = changes.early
    return fact.key in gone or any(key in gone for key in inside(fact, changes.sides.found))


def _dropped(changes: Changes, keys: Iterable[Key]) -> Statements:
    """Users before what they use; what goes along with its table needs no word."""
    keys, sides = set(keys), changes.sides
    swept: dict[Key, Key] = {}
    for key in keys:
        homes = [home for home in inside(_fact(sides.found, key), sides.found) if home in keys]
        if homes:
            swept[key] = homes[-1]

    def stands_for(key: Key) -> Key:
        while key in swept:
            key = swept[key]
        return key

    needs: dict[Key, set[Key]] = defaultdict(set)
    for key in keys:
        for user in sides.found.users[key] & keys:
            needs[stands_for(key)].add(stands_for(user))
    steps = sorted(key for key in keys if key not in swept)
    # A child table goes before its parent, a sequence's column before the sequence.
    rank = {key: (-noun(key).phase, -_depth(sides.found, key)) for key in steps}
    done = ordered(steps, needs, rank)
    return [one for key in done for one in noun(key).drop(_fact(sides.found, key), sides)]


def _depth(catalog: Catalog, key: Key) -> int:
    fact = catalog.get(key)
    if key.kind != "table" or fact is None:
        return 0
    return 1 + max((_depth(catalog, parent) for parent in catalog.parents(fact)), default=0)


class _Making:
    """Creates and alters: a graph whose nodes are the phases of each fact."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self.sides = changes.sides
        self.wanted = changes.sides.wanted
        self.steps: dict[Step, list[Statement]] = defaultdict(list)
        #: Columns that their table's own statement makes.
        self.inlined: dict[Key, Key] = {}

    def statements(self) -> list[Statement]:
        """All of them, in order."""
        self._collect()
        self.phases: dict[Key, list[int]] = defaultdict(list)
        for key, phase in sorted(self.steps):
            self.phases[key].append(phase)
        needs = self._needs()
        rank = {step: (step[1], step[0]) for step in self.steps}
        return [one for step in ordered(sorted(self.steps), needs, rank) for one in self.steps[step]]

    def _collect(self) -> None:
        changes, sides = self.changes, self.sides
        made = changes.made | changes.swapped
        for key in made:
            if key.kind == "table":
                fact = _fact(self.wanted, key)
                self.inlined |= {one.key: key for one in tables.inlined(fact, self.wanted)}
        for key in sorted(made):
            fact = _fact(self.wanted, key)
            if fact.detail.get("redacted"):
                found = [cannot(key, HOLDS_A_KEY)]
            else:
                found = columns.late(fact, sides) if key in self.inlined else noun(key).create(fact, sides)
            self._put(key, found)
            self._put(key, grants.reset(key, sides))
        self._leave_out()
        for key, altered in changes.altered.items():
            self._put(key, altered)
        for key in changes.moved - made:
            if key not in changes.altered or not columns.retyped(
                _fact(sides.found, key), _fact(self.wanted, key)
            ):
                self._put(key, columns.move(_fact(sides.found, key), _fact(self.wanted, key)))
        for key in changes.defaults - made - changes.moved:
            if key in self.wanted and key not in changes.altered:
                self._put(key, columns.put_back(_fact(self.wanted, key)))

    def _put(self, key: Key, statements: Iterable[Statement]) -> None:
        for one in statements:
            phase = one.phase if one.phase is not None else noun(key).phase
            self.steps[key, phase].append(one)

    def _leave_out(self) -> None:
        """What hangs on something that cannot be made cannot be made either."""
        queue = [step[0] for step, found in self.steps.items() if any(one.why_not for one in found)]
        children = children_of(self.wanted) if queue else {}
        done = set(queue)
        while queue:
            key = queue.pop()
            for one in {*children.get(key, ()), *self.wanted.users[key]} - done:
                steps = [step for step in self.steps if step[0] == one]
                if one in self.changes.made and steps:
                    self.steps[steps[0]] = [cannot(one, f"{key} cannot be made")]
                    for step in steps[1:]:
                        del self.steps[step]
                if one in self.changes.made:
                    done.add(one)
                    queue.append(one)

    def _needs(self) -> dict[Step, set[Step]]:
        needs: dict[Step, set[Step]] = defaultdict(set)
        for key, phases in self.phases.items():
            for before, after in pairwise(phases):
                needs[key, after].add((key, before))
        facts = {*self.phases, *self.inlined}
        for key in facts:
            for used in self.wanted.uses[key]:
                self._edge(needs, key, used)
            fact = self.wanted.get(key)
            for home in inside(fact, self.wanted) if fact and key.kind != "sequence" else ():
                self._edge(needs, key, home)
        for key in facts:
            if key.kind == "index":
                self._partitions_first(needs, key)
            if (key, Phase.ATTACH) in self.steps:
                self._attach_last(needs, key)
        return needs

    def _edge(self, needs: dict[Step, set[Step]], user: Key, used: Key) -> None:
        source, target = self._source(user, used), self._target(used)
        if source and target and source[0] != target[0]:
            needs[source].add(target)

    def _target(self, key: Key) -> Step | None:
        """The step that brings ``key`` into being."""
        key = self._stands_for(key)
        phases = self.phases.get(key)
        return (key, phases[0]) if phases else None

    def _stands_for(self, key: Key) -> Key:
        if key.kind == "index":
            fact = self.wanted.get(key)
            if fact is not None and fact.detail.get("constraint"):
                name = f"{fact.detail['table']}.{fact.detail['constraint']}"
                return Key("constraint", key.schema, name)
        return self.inlined.get(key, key)

    def _source(self, user: Key, used: Key) -> Step | None:
        """The step of ``user`` that needs ``used``."""
        if user.kind == "sequence":
            step = user, Phase.OWNED
            return step if step in self.steps else None
        if user.kind == "column" and used.kind not in _TYPES and (user, Phase.DEFAULT) in self.steps:
            return user, Phase.DEFAULT
        return self._target(user)

    def _partitions_first(self, needs: dict[Step, set[Step]], key: Key) -> None:
        """A parent's index takes over those that its partitions have already."""
        fact = _fact(self.wanted, key)
        parent = self.wanted.index_by_text.get(str(fact.detail.get("parent")))
        child = self._target(key)
        above = self._target(parent) if parent else None
        if child and above:
            needs[above].add(child)

    def _attach_last(self, needs: dict[Step, set[Step]], key: Key) -> None:
        """A partition is attached when it and its parent have their keys and indexes."""
        for table in (key, *self.wanted.parents(_fact(self.wanted, key))):
            here = table.schema, table.name
            for one in (*self.wanted.on[here], *self.wanted.columns[here]):
                for phase in self.phases.get(one.key, ()):
                    if phase < Phase.ATTACH:
                        needs[key, Phase.ATTACH].add((one.key, phase))
