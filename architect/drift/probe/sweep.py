"""The probe before and after a drift, and what it says about each finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.clone.scratch import Scratch
from architect.drift.model import Finding, Severity
from architect.drift.probe.atoms import Table, atoms, claims
from architect.drift.probe.calls import callable_function
from architect.drift.probe.people import people
from architect.drift.probe.run import Vector, probe, tamed
from architect.drift.probe.witness import Difference, best, differences, witness

#: Relations that are tried in one check, those first that changed themselves.
MAX_RELATIONS = 24
#: Relations that are tried because they depend on what changed.
MAX_DEPENDENT = 12
RELATIONS = ("table", "view", "matview")
#: Who may do what depends on these: a change of another kind has no witness here.
TOLD = frozenset({*RELATIONS, "policy", "grant", "function", "role", "membership", "column", "schema"})
_CHANGES = ("change", "set", "writable")
_DOORS = {
    "r": ("read", "columns"), "a": ("insert",), "w": _CHANGES, "d": ("delete",),
    "SELECT": ("read", "columns"), "INSERT": ("insert",), "UPDATE": _CHANGES, "DELETE": ("delete",),
    "TRUNCATE": ("empty",), "EXECUTE": ("call",),
}  # fmt: skip
_CLONE = "probe"


class Sweep:
    """One probe of one check. ``before`` and ``after`` run it, ``told`` adds what came of it to a finding."""

    def __init__(
        self, scratch: Scratch, expected: Snapshot, found: Snapshot, findings: Iterable[Finding]
    ) -> None:
        self._scratch = scratch
        self._expected = expected
        self._found = found
        self._users = _users(expected, found)
        asked = [finding for finding in findings if _worth(finding)]
        self._about = {finding.alert.id: self._concerned(finding) for finding in asked}
        self._relations = self._chosen()
        self._asked = atoms([expected, found])
        self._people = people([expected, found], claims(self._asked))
        self._before = Vector()
        self._after = Vector()
        self._differences: list[Difference] = []

    def before(self, template: str) -> None:
        """Try everything in a copy of the clone of what is expected."""
        if not self._relations:
            return
        self._scratch.drop_database(_CLONE)
        self._scratch.create_database(_CLONE, template)
        try:
            self._before = self._run(_CLONE, self._expected)
        finally:
            self._scratch.drop_database(_CLONE)

    def after(self, database: str) -> None:
        """Try everything in the clone of what was found, which is good for nothing else then."""
        if self._relations:
            self._after = self._run(database, self._found)
            self._differences = differences(self._before, self._after)

    def told(self, finding: Finding) -> Finding:
        """The finding with its witness, or marked as latent where an opening lets nobody do more."""
        tables = self._about.get(finding.alert.id)
        if not tables:
            return finding
        opened = finding.alert.direction != "stronger"
        seen = self._best(finding, tables, opened=opened)
        if seen is None and finding.alert.direction in (None, "both"):
            seen = self._best(finding, tables, opened=False)
        if seen is not None:
            told = witness(seen, self._before, self._after)
            return replace(finding, alert=finding.alert.model_copy(update={"witness": told}))
        grave = finding.alert.severity in (Severity.CRITICAL, Severity.HIGH)
        latent = opened and grave and self._tried(tables) and self._asks(finding)
        return replace(finding, alert=finding.alert.model_copy(update={"latent": latent}))

    def _best(self, finding: Finding, tables: list[Table], *, opened: bool) -> Difference | None:
        """The most telling difference that is of the finding's doing.

        Of a policy or a grant that is one of its roles, by what it is about; more can only be its doing where
        no other finding is about the same table.
        """
        roles = self._roles(finding) - {"public"} if "public" not in self._roles(finding) else set()
        names = {p.name for p in self._people if not roles or {p.role, p.by} & roles}
        doors = self._operations(finding)
        others = [t for key, near in self._about.items() if key != finding.alert.id for t in near]
        for difference in best(self._differences, tables, opened=opened):
            door = difference.door
            if door.person in names and (door.operation in doors or not doors):
                return difference
        for difference in best(self._differences, tables, opened=opened):
            if difference.door.person in names and difference.door.table not in others:
                return difference
        return None

    def _operations(self, finding: Finding) -> set[str]:
        """What people do that the policies and grants of a finding are about; empty for anything."""
        found: set[str] = set()
        for key in finding.keys:
            before, after = self._expected.facts.get(key), self._found.facts.get(key)
            commands = {
                str(fact.detail["command"]) for fact in (before, after) if fact and key.kind == "policy"
            }
            held = [set(fact.detail.get("privileges") or ()) if fact else set() for fact in (before, after)]
            for word in commands | (held[0] ^ held[1] if key.kind == "grant" else set()):
                found |= set(_DOORS.get(word, ()))
        return found

    def _asks(self, finding: Finding) -> bool:
        """Whether somebody tried as the role that the finding is about, if it is about one."""
        about_roles = any(key.kind in ("role", "membership") for key in finding.keys)
        return not about_roles or self._roles(finding) <= {person.role for person in self._people}

    def _roles(self, finding: Finding) -> set[str]:
        """The roles that the facts of a finding name."""
        found: set[str] = set()
        states = (self._expected, self._found)
        for fact in filter(None, (state.facts.get(key) for state in states for key in finding.keys)):
            if fact.key.kind == "role":
                found.add(fact.key.name)
            found |= {str(fact.detail[word]) for word in ("member", "grantee") if fact.detail.get(word)}
            found |= {str(role) for role in fact.detail.get("roles") or ()}
        return found

    def _tried(self, tables: list[Table]) -> bool:
        """Whether all of them were tried on both sides."""
        tried = {d.table for d in self._before.outcomes} | {d.table for d in self._after.outcomes}
        blind = self._before.blind.keys() | self._after.blind.keys()
        return set(tables) <= tried - blind

    def _run(self, database: str, state: Snapshot) -> Vector:
        needed = sorted(self._asked.asked | self._underneath(state))
        with tamed(self._scratch):
            return probe(self._scratch, database, state, self._asked, self._people, self._relations, needed)

    def _underneath(self, state: Snapshot) -> set[Table]:
        """The tables that the chosen views read, at any remove."""
        uses: defaultdict[Key, set[Key]] = defaultdict(set)
        for user, used in state.edges:
            uses[user].add(_relation_of(used))
        seen = {Key(kind, *table) for table in self._relations for kind in ("view", "matview")}
        waiting = list(seen)
        while waiting:
            for used in uses[waiting.pop()] - seen:
                if used.kind in RELATIONS:
                    seen.add(used)
                    waiting.append(used)
        return {(key.schema, key.name) for key in seen if key.kind == "table"}

    def _chosen(self) -> list[Table]:
        """In turn the first relation of every finding, then the second ones, as many as may be."""
        lists = list(self._about.values())
        longest = max((len(tables) for tables in lists), default=0)
        turns = (tables[turn] for turn in range(longest) for tables in lists if turn < len(tables))
        chosen = list(dict.fromkeys(turns))[:MAX_RELATIONS]
        self._about = {key: [t for t in tables if t in chosen] for key, tables in self._about.items()}
        return chosen

    def _concerned(self, finding: Finding) -> list[Table]:
        """The relations that a finding is about: named by its facts, else those that depend on them."""
        direct: list[Table] = []
        indirect: list[Table] = []
        for key in sorted(finding.keys):
            fact = self._fact(key)
            if fact is None or key.kind not in TOLD:
                continue
            near = self._named(fact)
            direct += near
            if not near or key.kind in ("table", "function"):
                indirect += self._dependent(key)
            if key.kind in ("role", "membership", "schema"):
                indirect += self._guarded(key)
        own = dict.fromkeys(direct)
        others = [table for table in dict.fromkeys(indirect) if table not in own]
        return [table for table in [*own, *others[:MAX_DEPENDENT]] if self._exists(table)]

    def _named(self, fact: Fact) -> list[Table]:
        key = fact.key
        if key.kind in (*RELATIONS, "function"):
            return [(key.schema, key.name)]
        if key.kind in ("policy", "column"):
            return [(key.schema, str(fact.detail["table"]))]
        if key.kind == "grant":
            kind, name = fact.detail.get("object_kind"), str(fact.detail.get("object"))
            if kind in ("table", "view", "matview"):
                return [(key.schema, name)]
            if kind == "column":
                column = self._fact(Key("column", key.schema, name))
                return [] if column is None else [(key.schema, str(column.detail["table"]))]
            if kind == "function":
                return [(key.schema, name), *self._dependent(Key("function", key.schema, name))]
            if kind == "schema":
                return self._guarded(Key("schema", "", name))
        return []

    def _dependent(self, key: Key) -> list[Table]:
        """Relations whose policies or definitions use ``key``, at any remove."""
        seen: set[Key] = set()
        waiting = [key]
        while waiting:
            for user in self._users[waiting.pop()] - seen:
                seen.add(user)
                waiting.append(user)
        found = []
        for user in sorted(seen):
            fact = self._fact(user)
            if fact is not None and user.kind in (*RELATIONS, "policy"):
                found += self._named(fact)
        return list(dict.fromkeys(found))

    def _guarded(self, key: Key) -> list[Table]:
        """Tables of one schema or of all, the unguarded ones first."""
        asked = (f for f in self._found.of("table") if key.kind != "schema" or f.key.schema == key.name)
        found = [fact for fact in asked if fact.detail["relkind"] != "f"]
        # What no policy guards is where a role that gained something reaches most.
        found.sort(key=lambda fact: bool(fact.detail.get("rls")))
        return [(fact.key.schema, fact.key.name) for fact in found]

    def _fact(self, key: Key) -> Fact | None:
        return self._found.facts.get(key) or self._expected.facts.get(key)

    def _exists(self, table: Table) -> bool:
        if table[1].endswith(")"):
            return any(callable_function(state, table) for state in (self._expected, self._found))
        return any(
            Key(kind, *table) in state.facts for kind in RELATIONS for state in (self._expected, self._found)
        )


def _worth(finding: Finding) -> bool:
    return finding.alert.severity is not Severity.INFO and any(key.kind in TOLD for key in finding.keys)


def _users(*states: Snapshot) -> defaultdict[Key, set[Key]]:
    found: defaultdict[Key, set[Key]] = defaultdict(set)
    for state in states:
        for user, used in state.edges:
            for one in {used, _relation_of(used)} - {user}:
                found[one].add(user)
    return found


def _relation_of(key: Key) -> Key:
    """The table of a column, which no view or policy names otherwise; other keys as they are."""
    return Key("table", key.schema, key.name.rpartition(".")[0]) if key.kind == "column" else key
