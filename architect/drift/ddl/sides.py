"""What the renderers look up: both snapshots, and who belongs to whom in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.ddl.names import spellings

RELATIONS = ("table", "view", "matview", "sequence")


def parents_of(table: Fact) -> list[str]:
    """The tables it is a partition or a child of, as the server writes their names."""
    partition_of = table.detail.get("partition_of")
    return [partition_of] if partition_of else list(table.detail.get("inherits") or ())


@dataclass(frozen=True)
class Catalog:
    """One snapshot with its lookups."""

    snapshot: Snapshot

    def __contains__(self, key: Key) -> bool:
        return key in self.snapshot.facts

    def get(self, key: Key) -> Fact | None:
        """One fact, or None."""
        return self.snapshot.facts.get(key)

    @cached_property
    def _by_kind(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for key, fact in self.snapshot.facts.items():
            found[key.kind].append(fact)
        return found

    def of(self, *kinds: str) -> list[Fact]:
        """The facts of these kinds, by kind and then by key."""
        return [fact for kind in kinds for fact in sorted(self._by_kind[kind], key=lambda fact: fact.key)]

    @cached_property
    def by_text(self) -> dict[str, Key]:
        """Relations by every way the server may write their names."""
        return {
            text: fact.key
            for fact in self.of(*RELATIONS)
            for text in spellings(fact.key.schema, fact.key.name)
        }

    @cached_property
    def index_by_text(self) -> dict[str, Key]:
        """Indexes by every way the server may write their names."""
        return {
            text: fact.key
            for fact in self.of("index")
            for text in spellings(fact.key.schema, str(fact.detail["index"]))
        }

    @cached_property
    def columns(self) -> dict[tuple[str, str], list[Fact]]:
        """The columns of (schema, table), in their order where it is known, else by name."""
        found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in self.of("column"):
            found[fact.key.schema, str(fact.detail["table"])].append(fact)
        return found

    @cached_property
    def on(self) -> dict[tuple[str, str], list[Fact]]:
        """What is on (schema, table): triggers, policies, constraints..."""
        found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in self.of("constraint", "index", "policy", "trigger", "rule", "publication_table"):
            found[fact.key.schema, str(fact.detail["table"])].append(fact)
        return found

    @cached_property
    def grants(self) -> dict[str, list[Fact]]:
        """Grants by schema."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.of("grant"):
            found[fact.key.schema].append(fact)
        return found

    @cached_property
    def identity_sequences(self) -> dict[Key, Fact]:
        """The sequence behind an identity column, by the column."""
        found = {}
        for fact in self.of("sequence"):
            if fact.detail.get("identity") and (column := self.owner_of(fact)):
                found[column] = fact
        return found

    def owner_of(self, sequence: Fact) -> Key | None:
        """The column that owns a sequence."""
        table = str(sequence.detail.get("owned_table"))
        column = str(sequence.detail.get("owned_by"))[len(table) + 1 :]
        key = self.by_text.get(table)
        if key is None:
            return None
        name = column[1:-1].replace('""', '"') if column.startswith('"') else column
        return Key("column", key.schema, f"{key.name}.{name}")

    def parents(self, table: Fact) -> list[Key]:
        """The tables that ``table`` is a partition or a child of."""
        return [self.by_text[text] for text in parents_of(table) if text in self.by_text]

    @cached_property
    def children(self) -> dict[Key, list[Key]]:
        """Partitions and children by parent."""
        found: dict[Key, list[Key]] = defaultdict(list)
        for fact in self.of("table"):
            for parent in self.parents(fact):
                found[parent].append(fact.key)
        return found

    def partition(self, schema: str, table: str) -> bool:
        """Whether it is a partition of another table."""
        fact = self.get(Key("table", schema, table))
        return fact is not None and fact.detail.get("bound") is not None

    @cached_property
    def users(self) -> dict[Key, set[Key]]:
        """Who depends on a fact."""
        found: dict[Key, set[Key]] = defaultdict(set)
        for user, used in self.snapshot.edges:
            if user != used:
                found[used].add(user)
        return found

    @cached_property
    def uses(self) -> dict[Key, set[Key]]:
        """On whom a fact depends."""
        found: dict[Key, set[Key]] = defaultdict(set)
        for user, used in self.snapshot.edges:
            if user != used:
                found[user].add(used)
        return found


class _Either(dict[Key, set[Key]]):
    """Dependencies of two catalogs, as far as both ends are among ``facts``; looked up when asked for."""

    def __init__(self, facts: Collection[Key], *sides: dict[Key, set[Key]]) -> None:
        super().__init__()
        self._facts = facts
        self._sides = sides

    def __missing__(self, key: Key) -> set[Key]:
        others = {other for side in self._sides for other in side.get(key, ()) if other in self._facts}
        self[key] = others
        return others


@dataclass(frozen=True)
class Mixed(Catalog):
    """A catalog of facts from two sides: it need not sort out all their dependencies again."""

    found: Catalog
    wanted: Catalog

    @cached_property
    def users(self) -> dict[Key, set[Key]]:
        return _Either(self.snapshot.facts, self.found.users, self.wanted.users)

    @cached_property
    def uses(self) -> dict[Key, set[Key]]:
        return _Either(self.snapshot.facts, self.found.uses, self.wanted.uses)


def catalog_of(snapshot: Snapshot) -> Catalog:
    """The catalog of a snapshot, made once and kept with it: every fix of a check looks into the same two."""
    catalog: Catalog | None = snapshot.__dict__.get("_catalog")
    if catalog is None:
        catalog = snapshot.__dict__["_catalog"] = Catalog(snapshot)
    return catalog


@dataclass(frozen=True)
class Sides:
    """What there is, what is wanted, and the version of the server that runs the statements."""

    found: Catalog
    wanted: Catalog
    version: int
