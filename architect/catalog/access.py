"""The access matrix of a plan: what it promises, how a live database is asked, and what the answer says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from architect.catalog.attempts import Attempts
from architect.catalog.identities import Identity
from architect.catalog.matrix import (
    WRITES,
    AccessMatrix,
    Cell,
    CellDifference,
    CellKey,
    compare,
)
from architect.catalog.promise import Promise
from architect.catalog.shape import Row
from architect.catalog.world import World
from architect.errors import AccessMismatch
from architect.plan.model import Command, Plan, Table
from architect.sql import query, quote_literal

__all__ = ["AccessMatrix", "Cell", "CellDifference", "compare", "observed", "probe_sql", "promised"]

#: The privileges an operation takes; an update that reads its rows takes two.
_PRIVILEGES = {
    "select": (Command.SELECT,),
    "insert_own": (Command.INSERT,),
    "insert_spoofed": (Command.INSERT,),
    "update": (Command.SELECT, Command.UPDATE),
    "blind_update": (Command.UPDATE,),
    "update_spoofed": (Command.UPDATE,),
    "delete": (Command.DELETE,),
}
#: The subtransaction of a successful attempt ends with this state.
_SUCCEEDED = "VA000"


def promised(plan: Plan) -> AccessMatrix:
    """The matrix that ``plan`` promises over its seeded world."""
    world = World(plan)
    promise = Promise(world)
    attempts = Attempts(world)
    cells: dict[CellKey, Cell] = {}
    for table in plan.tables:
        for identity in world.identities:
            for operation, rows in _row_operations(promise, table, identity).items():
                cells[table.name, operation, identity.name] = Cell(
                    frozenset(r.name for r in rows),
                    frozenset(r.name for r in world.rows[table.id]),
                    all(promise.privilege(table, identity, c) for c in _PRIVILEGES[operation]),
                )
        ways: dict[CellKey, dict[str, bool]] = {}
        for attempt in attempts.of(table):
            ways.setdefault((table.name, attempt.operation, attempt.identity), {})[attempt.variant] = (
                attempt.promised
            )
        for key, outcome in ways.items():
            granted = all(promise.privilege(table, world.identity(key[2]), c) for c in _PRIVILEGES[key[1]])
            cells[key] = Cell(frozenset(w for w, ok in outcome.items() if ok), frozenset(outcome), granted)
    names, tables = tuple(i.name for i in world.identities), tuple(t.name for t in plan.tables)
    return AccessMatrix(names, tables, cells, _reach(promise), world.unseeded)


def probe_sql(plan: Plan) -> str:
    """One script for ``execute_sql`` as role postgres. It answers one row ``access_matrix`` and leaves the
    database exactly as it was: everything happens in a transaction that is rolled back."""
    text = json.dumps(_world_json(World(plan)), separators=(",", ":"), ensure_ascii=False)
    run = query("catalog_probe", "run").replace("{world}", quote_literal(text).strip())
    return "\n".join([query("catalog_probe", "open"), query("catalog_probe", "functions"), run])


def observed(rows: Sequence[Mapping[str, Any]]) -> AccessMatrix:
    """The matrix in the rows that :func:`probe_sql` answered.

    Raises :class:`AccessMismatch` when they hold none: a database that cannot be asked is not a proven one.
    """
    answer = rows[0].get("access_matrix") if rows else None
    if isinstance(answer, str):
        answer = json.loads(answer)
    if not isinstance(answer, dict) or "cells" not in answer:
        problem = answer.get("error", {}) if isinstance(answer, dict) else {}
        raise AccessMismatch(
            f"The access probe could not run: {problem.get('message', 'it answered nothing')}.",
            hint="The seeded rows do not fit the live tables; compare the applied migrations with the plan.",
            sqlstate=problem.get("sqlstate"),
        )
    meta = answer["meta"]
    granted = {(t, r): dict(zip(Command, held, strict=True)) for t, r, *held in answer["privileges"] or []}
    roles: dict[str, str] = dict(meta["roles"])
    seeded: dict[str, list[str]] = dict(meta["rows"])
    found: dict[CellKey, list[list[Any]]] = {}
    for table, operation, identity, *rest in answer["cells"]:
        found.setdefault((table, operation, identity), []).append(rest)
    cells = {}
    for key, outcomes in found.items():
        held = granted[key[0], roles[key[2]]]
        cells[key] = _cell(key, outcomes, seeded[key[0]], all(held[c] for c in _PRIVILEGES[key[1]]))
    return AccessMatrix(tuple(roles), tuple(seeded), cells, meta["reach"], tuple(meta["unseeded"]))


def _row_operations(promise: Promise, table: Table, identity: Identity) -> dict[str, list[Row]]:
    return {
        "select": promise.visible(table, identity),
        "update": promise.updatable(table, identity),
        "blind_update": promise.reachable(table, identity, Command.UPDATE),
        "delete": promise.reachable(table, identity, Command.DELETE),
    }


def _cell(key: CellKey, outcomes: Iterable[list[Any]], seeded: list[str], granted: bool) -> Cell:
    """One cell of outcomes ``[variant, sqlstate, row names, rows touched, message]``."""
    rows: set[str] = set()
    tried: set[str] = set()
    error = None
    for variant, state, names, touched, message in outcomes:
        tried |= {variant} if key[1] in WRITES else set(seeded)
        if state == _SUCCEEDED:
            rows |= ({variant} if touched else set()) if key[1] in WRITES else set(names or ())
        elif state.startswith("23") and key[1] in WRITES:
            # Policies are checked before constraints: who gets as far as a duplicate key was let through.
            rows.add(variant)
        elif state != "42501" or (granted and not re.search("row-level security", message or "")):
            error = f"{state}: {message}"
    return Cell(frozenset(rows), frozenset(tried), granted, error)


def _world_json(world: World) -> dict[str, Any]:
    """What the probe's function takes; lists are positional to keep the script short."""
    attempts = Attempts(world)
    tables = world.plan.tables
    place = {t.id: n for n, t in enumerate(tables)}
    who = {i.name: n for n, i in enumerate(world.identities)}
    return {
        "users": [[user, f"{name}@probe.invalid"] for name, user in world.users.items()],
        "identities": [[i.name, i.role, i.claims_json()] for i in world.identities],
        "tables": [_table_json(attempts, t) for t in tables],
        "seed": [
            {
                "inserts": [_insert_json(world, t) for t in tables if t.id in group and world.rows[t.id]],
                "clear": [
                    {"table": tables[place[c.table]].name, "column": c.column, "values": c.tenants}
                    for c in world.clearings(group)
                ],
            }
            for group in world.groups
            if any(world.rows[table_id] for table_id in group)
        ],
        "attempts": [
            [who[a.identity], place[a.table], a.operation, a.variant, a.changes, a.target]
            for t in tables
            for a in attempts.of(t)
        ],
        "meta": {
            # Lists, because jsonb does not keep the order of keys.
            "roles": [[i.name, i.role] for i in world.identities],
            "rows": [[t.name, [r.name for r in world.rows[t.id]]] for t in tables],
            "reach": _reach(attempts.promise),
            "unseeded": world.unseeded,
        },
    }


def _table_json(attempts: Attempts, table: Table) -> dict[str, Any]:
    free = (c.name for c in table.columns if c.name not in table.primary_key)
    return {
        "name": table.name,
        "key": table.primary_key,
        "touch": next(free, table.primary_key[0]),
        "rows": {row_key(table, r): r.name for r in attempts.world.rows[table.id]},
        "base": attempts.base(table) or {},
    }


def _insert_json(world: World, table: Table) -> dict[str, Any]:
    columns = [c.name for c in table.columns]
    rows = [[r.values[c] for c in columns] for r in world.rows[table.id]]
    return {"table": table.name, "columns": columns, "rows": rows}


def row_key(table: Table, row: Row) -> str:
    """The primary key of ``row`` as the probe reads it."""
    return "|".join(str(row.values[c]) for c in table.primary_key)


def _reach(promise: Promise) -> dict[str, dict[str, dict[str, list[str]]]]:
    """By table and identity the rows of their own and those of their tenant: words for the display."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for table in promise.world.plan.tables:
        for identity in promise.world.identities:
            rows = promise.world.rows[table.id]
            own = [r.name for r in rows if promise.owns(table, identity, r.values)]
            tenant = [r.name for r in rows if promise.shares(table, identity, r.values)]
            if own or tenant:
                found.setdefault(table.name, {})[identity.name] = {"own": own, "tenant": tenant}
    return found
