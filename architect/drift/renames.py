"""Renamed schemas, tables and columns: to take a name back keeps the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.statement import Statement, statement


@dataclass(frozen=True)
class Rename:
    """``was`` is expected and missing, ``now`` is extra and the same but for its name."""

    was: Key
    now: Key
    statement: Statement


def renames(expected: Snapshot, found: Snapshot, keys: Collection[Key]) -> list[Rename]:
    """The renames that explain some of ``keys``."""
    missing = {key.kind for key in expected.facts.keys() - found.facts.keys()}
    kinds = missing & {key.kind for key in found.facts.keys() - expected.facts.keys()}
    pairs = [
        pair
        for kind, looks, write in _KINDS
        if kind in kinds
        for pair in _pairs(looks(expected, found), looks(found, expected), write)
    ]
    return [one for one in pairs if any(_explains(one, key) for key in keys)]


def _pairs(missing: Mapping[Key, Any], extra: Mapping[Key, Any], write: Any) -> Iterator[Rename]:
    """Where exactly one missing and one extra object are alike."""
    for was, look in missing.items():
        alike = [now for now, other in extra.items() if other == look]
        rivals = [key for key, other in missing.items() if other == look]
        if len(alike) == len(rivals) == 1:
            yield Rename(was, alike[0], write(was, alike[0]))


def _explains(rename: Rename, key: Key) -> bool:
    for name in (rename.was, rename.now):
        if key == name or (name.kind == "schema" and key.schema == name.name):
            return True
        if name.kind == "table" and key.schema == name.schema and key.name.startswith(f"{name.name}."):
            return True
    return False


def _schemas(here: Snapshot, there: Snapshot) -> dict[Key, Any]:
    found = {}
    for key in here.facts.keys() - there.facts.keys():
        if key.kind == "schema":
            members = {(k.kind, k.name) for k in here.facts if k.schema == key.name and k.kind != "grant"}
            if members:
                found[key] = members
    return found


def _tables(here: Snapshot, there: Snapshot) -> dict[Key, Any]:
    columns = _by_table(here)
    return {
        key: (key.schema, fact.detail["relkind"], columns.get((key.schema, key.name)))
        for key, fact in here.facts.items()
        if key.kind == "table" and key not in there.facts and columns.get((key.schema, key.name))
    }


def _columns(here: Snapshot, there: Snapshot) -> dict[Key, Any]:
    return {
        key: (key.schema, str(fact.detail["table"]), _looks(fact))
        for key, fact in here.facts.items()
        if key.kind == "column"
        and key not in there.facts
        and Key("table", key.schema, str(fact.detail["table"])) in there.facts
    }


def _by_table(snapshot: Snapshot) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for fact in snapshot.of("column"):
        found.setdefault((fact.key.schema, str(fact.detail["table"])), {})[n.last(fact)] = _looks(fact)
    return found


def _looks(fact: Fact) -> dict[str, Any]:
    return {word: value for word, value in fact.detail.items() if word not in ("table", "column")}


def _schema(was: Key, now: Key) -> Statement:
    return statement(was, f"alter schema {n.ident(now.name)} rename to {n.ident(was.name)}", hz.UNTRACKABLE)


def _table(was: Key, now: Key) -> Statement:
    sql = f"alter table {n.qualified(now.schema, now.name)} rename to {n.ident(was.name)}"
    return statement(was, sql, hz.ACCESS_EXCLUSIVE, hz.UNTRACKABLE)


def _column(was: Key, now: Key) -> Statement:
    # Both are columns of one table, whose name may have dots in it.
    table = was.name
    while not now.name.startswith(f"{table}.") or not was.name.startswith(f"{table}."):
        table = table.rpartition(".")[0]
    old, new = now.name[len(table) + 1 :], was.name[len(table) + 1 :]
    sql = f"alter table {n.qualified(was.schema, table)} rename column {n.ident(old)} to {n.ident(new)}"
    return statement(was, sql, hz.ACCESS_EXCLUSIVE, hz.UNTRACKABLE)


_KINDS: tuple[tuple[str, Any, Any], ...] = (
    ("schema", _schemas, _schema),
    ("table", _tables, _table),
    ("column", _columns, _column),
)
