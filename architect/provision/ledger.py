"""The migration ledger of an environment, and whether it tells the truth.

A branch is made of what its base project is, a replay and an export of what its ledger says. Where the two
differ, the hosted platform ends in ``MIGRATIONS_FAILED`` or makes something else than was asked for, so the
difference is looked for, and named, before anything is made.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import anyio
import psycopg

from architect.catalog import fingerprint
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from architect.errors import LedgerMismatch
from architect.provision.mcp import McpServer
from architect.sql import query

#: What belongs to the platform and its version rather than to anybody's migrations.
PLATFORM_OWNED = frozenset({"role", "extension", "default_privileges", "schema"})
#: Objects whose parts go without saying when they are missing or too many as a whole.
WHOLES = ("relation", "function", "type")
#: ``pg_class.relkind`` in words.
RELATIONS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
}
#: Differences named in the message; the details hold all.
NAMED = 8

Facts = dict[tuple[str, str], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger."""

    version: str
    name: str | None
    statements: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The statements as one text; each ends with a semicolon."""
        return "".join(f"{statement.rstrip().rstrip(';')};\n\n" for statement in self.statements)


async def read(mcp: McpServer, ref: str) -> list[Entry]:
    """The ledger of ``ref``, oldest first."""
    there = await mcp.call("execute_sql", {"project_id": ref, "query": query("ledger", "exists")})
    if not there[0]["there"]:
        return []
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": query("ledger", "entries")})
    return [Entry(version, name, tuple(statements or ())) for version, name, statements in rows[0]["entries"]]


async def check(mcp: McpServer, ref: str, home: Path) -> bool:
    """Hold the catalog of ``ref`` against what its ledger makes of an empty project.

    ``False`` when there is no embedded Postgres in ``home`` to replay it on: then nothing was compared.

    Raises
    ------
    LedgerMismatch
        A migration does not replay, or the outcome differs; ``details['differences']`` names every object.
    """
    state = PlatformState.load(home)
    if state is None:
        return False
    cluster = Cluster(home, state)
    entries = await read(mcp, ref)
    live = await _live_facts(mcp, ref)
    made = await anyio.to_thread.run_sync(_replayed_facts, cluster, entries)
    found = differences(live, made)
    if found:
        more = f" (and {len(found) - NAMED} more)" if len(found) > NAMED else ""
        raise LedgerMismatch(
            f"The base project and its migration ledger disagree: {'; '.join(found[:NAMED])}{more}",
            project=ref,
            differences=found,
        )
    return True


def differences(live: Facts, made: Facts) -> list[str]:
    """In words, what the project has and its ledger does not make, and the other way round."""
    live, made = _comparable(live), _comparable(made)
    only_live, only_made = live.keys() - made.keys(), made.keys() - live.keys()
    changed = {key for key in live.keys() & made.keys() if live[key] != made[key]}
    return [
        *(f"{_called(key, live)} is there, but no migration makes it" for key in _outermost(only_live)),
        *(
            f"{_called(key, made)} is made by the migrations, but is not there"
            for key in _outermost(only_made)
        ),
        *(f"{_called(key, live)} is not as the migrations make it" for key in sorted(changed)),
    ]


def _comparable(facts: Facts) -> Facts:
    return {key: fact for key, fact in facts.items() if key[0] not in PLATFORM_OWNED and not _ours(key)}


def _ours(key: tuple[str, str]) -> bool:
    return key[0] == "grant" and key[1].startswith(("schema ", "default "))


def _outermost(keys: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the columns, grants and the like of a whole that is itself among ``keys``."""
    wholes = {identity for kind, identity in keys if kind in WHOLES}

    def part(key: tuple[str, str]) -> bool:
        kind, identity = key
        if kind in WHOLES:
            # The sequence of an identity column is called after its table.
            return any(identity.startswith(f"{whole}_") and identity.endswith("_seq") for whole in wholes)
        if kind == "row_security":
            return identity in wholes
        if kind == "grant":
            return any(f" {whole} to " in identity or f" {whole}." in identity for whole in wholes)
        return any(identity.startswith(f"{whole}.") for whole in wholes)

    return sorted(key for key in keys if not part(key))


def _called(key: tuple[str, str], facts: Facts) -> str:
    kind, identity = key
    word = RELATIONS[facts[key]["kind"]] if kind == "relation" else kind.replace("_", " ")
    return f"{word} {identity}"


async def _live_facts(mcp: McpServer, ref: str) -> Facts:
    sql = query("ledger", "facts").replace("/*facts*/", fingerprint.facts_sql())
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": sql})
    return {(kind, identity): fact for kind, identity, fact in rows[0]["facts"]}


def _replayed_facts(cluster: Cluster, entries: list[Entry]) -> Facts:
    scratch = f"scratch_{secrets.token_hex(6)}"
    cluster.create_database(scratch)
    try:
        with psycopg.connect(cluster.dsn(scratch, "postgres"), autocommit=True) as connection:
            for entry in entries:
                _replay(connection, entry)
            return fingerprint.facts(connection)
    finally:
        cluster.drop_database(scratch)


def _replay(connection: psycopg.Connection[Any], entry: Entry) -> None:
    try:
        with connection.transaction():
            for statement in entry.statements:
                connection.execute(cast("LiteralString", statement))
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        raise LedgerMismatch(
            f"The migration {entry.version} ({entry.name or 'no name'}) does not replay: {said}",
            version=entry.version,
            sqlstate=error.sqlstate,
        ) from error
