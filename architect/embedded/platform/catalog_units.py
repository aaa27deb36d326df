"""The objects of a database, what each needs, and an order in which they can be made."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from architect.embedded.platform import query
from architect.sql import query as named

Address = tuple[int, int, int]
#: Kinds in the order in which they are made when nothing else decides.
KINDS = (
    "schema",
    "extension",
    "type",
    "table",
    "column",
    "sequence",
    "function",
    "default",
    "constraint",
    "index",
    "foreign key",
    "view",
    "rule",
    "trigger",
    "row security",
    "policy",
    "publication",
    "published",
    "grant",
    "column grant",
    "default privileges",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One object. Two units of the same key are the same when their facts are."""

    key: str
    kind: str
    #: Key of the unit it goes with when that is dropped.
    parent: str | None
    fact: dict[str, Any]
    make: tuple[str, ...] | None
    #: Statements that bring an existing one to this state; ``None`` where it has to be made anew.
    alter: tuple[str, ...] | None
    drop: str | None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The units of one database by key, and the keys that each of them needs."""

    units: dict[str, Unit]
    needs: dict[str, set[str]]


async def read(dsn: str, schemas: list[str] | None) -> Catalog:
    """The catalog of a database as one snapshot, ``None`` for every schema that is not the platform's own."""
    async with query.connect(dsn) as conn, conn.cursor(row_factory=dict_row) as cursor:
        await conn.execute("begin isolation level repeatable read read only")
        await conn.execute("set local search_path = ''")
        found: dict[str, list[dict[str, Any]]] = {}
        for name, values in (("units", (schemas,)), ("aliases", None), ("dependencies", None)):
            await cursor.execute(named("branch_diff", name), values)
            found[name] = await cursor.fetchall()
        await conn.execute("rollback")
    units = {row["key"]: _unit(row) for row in found["units"]}
    needs = {key: {u.parent} if u.parent and u.parent in units else set() for key, u in units.items()}
    at = _resolver(found["units"], found["aliases"])
    for row in found["dependencies"]:
        needing = at((row["classid"], row["objid"], row["objsubid"]))
        needed = at((row["refclassid"], row["refobjid"], row["refobjsubid"]))
        if needing and needed and needing != needed:
            needs[needing].add(needed)
    _grants_on_columns(units, needs)
    return Catalog(units, needs)


def order(
    keys: Iterable[str], needs: Mapping[str, set[str]], rank: Callable[[str], tuple[int, str]]
) -> list[str]:
    """``keys`` so that each comes after what it needs; ``rank`` decides where that leaves a choice.

    A circle is cut at its lowest rank.
    """
    wanted_keys = set(keys)
    open_needs = {key: needs.get(key, set()) & wanted_keys - {key} for key in wanted_keys}
    needed_by: dict[str, list[str]] = {}
    for key, wanted in open_needs.items():
        for other in wanted:
            needed_by.setdefault(other, []).append(key)
    ready = [(rank(key), key) for key, wanted in open_needs.items() if not wanted]
    heapq.heapify(ready)
    done: list[str] = []
    while open_needs:
        key = heapq.heappop(ready)[1] if ready else min(open_needs, key=rank)
        if key not in open_needs:
            continue
        del open_needs[key]
        done.append(key)
        for other in needed_by.get(key, ()):
            if other in open_needs:
                open_needs[other].discard(key)
                if not open_needs[other]:
                    heapq.heappush(ready, (rank(other), other))
    return done


def fold(needs: Mapping[str, set[str]], into: Mapping[str, str]) -> dict[str, set[str]]:
    """``needs`` with each key of ``into`` taken as a part of the unit it is mapped to."""
    folded: dict[str, set[str]] = {}
    for key, wanted in needs.items():
        folded.setdefault(into.get(key, key), set()).update(into.get(other, other) for other in wanted)
    return folded


def _unit(row: dict[str, Any]) -> Unit:
    def statements(value: list[str | None] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(s for s in value if s)

    return Unit(
        key=row["key"],
        kind=row["kind"],
        parent=row["parent"],
        fact=row["fact"],
        make=statements(row["make"]),
        alter=statements(row["alter"]),
        drop=row["drop"],
        extra=row["extra"] or {},
    )


def _resolver(units: list[dict[str, Any]], aliases: list[dict[str, Any]]) -> Callable[[Address], str | None]:
    known = {(u["classid"], u["objid"], u["objsubid"]): str(u["key"]) for u in units if u["classid"]}
    moved = {(a["classid"], a["objid"]): (a["toclassid"], a["toobjid"], a["tosubid"]) for a in aliases}

    def at(address: Address) -> str | None:
        for _ in range(4):
            whole = (address[0], address[1], 0)
            if address in known or whole in known:
                return known.get(address) or known[whole]
            if whole[:2] not in moved:
                return None
            address = moved[whole[:2]]
        return None

    return at


def _grants_on_columns(units: dict[str, Unit], needs: dict[str, set[str]]) -> None:
    """Revoking from a table takes the rights on its columns too, so those come after."""
    of_tables = {(u.extra["subject"], u.extra["grantee"]): u.key for u in units.values() if u.kind == "grant"}
    for unit in units.values():
        if unit.kind == "column grant":
            whole = of_tables.get((unit.extra["subject"], unit.extra["grantee"]))
            if whole:
                needs[unit.key].add(whole)
