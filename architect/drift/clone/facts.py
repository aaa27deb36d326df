"""Facts of a clone: read on the scratch server, without what only the scratch server has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from architect.catalog.facts.read import read
from architect.catalog.facts.reader import Rows, Run
from architect.catalog.facts.sections import settings
from architect.catalog.facts.snapshot import Edge, Fact, Key, Snapshot

#: Roles of the scratch server itself begin so.
OURS = "vibe_scratch"
#: Kinds that do not come from the catalog of a database, or of which facts hold a hash only.
ELSEWHERE = frozenset({"edge_function", "auth_setting", "api_setting", "migration"})
#: Kinds that belong to a database as a whole: they are not copied with its contents.
WHOLE = frozenset({"database", "database_setting"})


class _TransactionReader:
    """Reads in the transaction that the connection is in, so that a fix can be tried and taken back."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn

    @contextmanager
    def moment(self) -> Iterator[Run]:
        with self._conn.transaction(force_rollback=True), self._conn.cursor(row_factory=dict_row) as cursor:
            lines = [line for line in settings().split(";") if "transaction isolation" not in line]
            cursor.execute(";".join(lines).encode())
            yield lambda script: _rows(cursor, script)


def _rows(cursor: psycopg.Cursor[dict[str, Any]], script: str) -> Rows:
    return cursor.execute(script.encode()).fetchall()


def facts(conn: psycopg.Connection[Any], against: Snapshot | None = None) -> Snapshot:
    """The facts of the clone that ``conn`` is connected to, also within a transaction.

    Raises :class:`~architect.errors.CatalogUnreadable`.
    """
    return read(_TransactionReader(conn), against=against)


def own(snapshot: Snapshot) -> Snapshot:
    """``snapshot`` without the roles of the scratch server and what clones do not copy."""
    return replace(snapshot, facts={k: f for k, f in snapshot.facts.items() if _counts(f)})


def whole(fact: Fact) -> bool:
    """Whether the fact is about the database as a whole."""
    return fact.key.kind in WHOLE or fact.detail.get("object_kind") == "database"


def _counts(fact: Fact) -> bool:
    key = fact.key
    if key.kind in ELSEWHERE:
        return False
    if key.kind == "role":
        return not key.name.startswith(OURS)
    if key.kind == "membership":
        return not str(fact.detail["member"]).startswith(OURS) and not str(fact.detail["role"]).startswith(
            OURS
        )
    return not (key.kind == "grant" and str(fact.detail.get("grantee", "")).startswith(OURS))


def differing(one: Mapping[Key, Fact], other: Mapping[Key, Fact]) -> set[Key]:
    """The keys whose facts are not the same on both sides."""
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def overlaid(base: Snapshot, source: Snapshot, keys: set[Key]) -> Snapshot:
    """``base`` with what ``source`` says about ``keys``, absent where it is absent there."""
    made = {key: fact for key, fact in base.facts.items() if key not in keys}
    made |= {key: source.facts[key] for key in keys if key in source.facts}
    edges: frozenset[Edge] = base.edges | {edge for edge in source.edges if edge.user in keys}
    return replace(base, facts=made, edges=edges)


def fingerprint(snapshot: Snapshot) -> str:
    """A hash of all facts: the same for the same state of a database, whenever it was read."""
    lines = sorted(fact.digest() for fact in snapshot.facts.values())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
