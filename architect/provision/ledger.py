"""The migration ledger of an environment, and whether it tells the truth.

A branch is made of what its base project is, a replay and an export of what its ledger says. Where the two
differ, the hosted platform ends in ``MIGRATIONS_FAILED`` or makes something else than was asked for, so the
difference is looked for, and named, before anything is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from psycopg import sql

from architect.catalog import fingerprint
from architect.embedded.platform.statements import split
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from architect.errors import LedgerMismatch, ProvisionError
from architect.provision import ledger_scratch
from architect.provision.ledger_differences import Facts, differences
from architect.provision.mcp import McpServer
from architect.sql import query

#: Differences named in the message; the details hold all.
NAMED = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger."""

    version: str
    name: str | None
    statements: tuple[str, ...]

    @property
    def pieces(self) -> list[str]:
        """The single statements: some tools record a migration as one text."""
        return [piece for statement in self.statements for piece in split(statement)]

    @property
    def sql(self) -> str:
        """The statements as one text that is cut into the same statements again."""
        return "".join(f"{piece}{_end(piece)}\n\n" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Parity:
    """What a comparison of a project with its ledger covered."""

    migrations: int
    facts: int
    #: Why nothing was compared; ``None`` when project and ledger agree.
    skipped: str | None = None


async def read(mcp: McpServer, ref: str) -> list[Entry]:
    """The ledger of ``ref``, oldest first."""
    there = await _ask(mcp, ref, query("ledger", "exists"))
    return await _entries(mcp, ref, query("ledger", "entries")) if there["there"] else []


async def verify(mcp: McpServer, ref: str, name: str, text: str) -> str | None:
    """The version under which the ledger of ``ref`` holds the migration ``name``; ``None`` without one.

    Raises :class:`ProvisionError` when it holds other statements than those of ``text``: then no replay and
    no export would make what is there.
    """
    asked = sql.SQL(query("ledger", "called")).format(name=sql.Literal(name)).as_string()
    found = await _entries(mcp, ref, asked)
    if not found:
        return None
    if found[0].pieces != split(text):
        raise ProvisionError(
            f"The ledger holds other statements for the migration {name} than were sent",
            hint="Compare it with the plan's migration; `architect delete` and build again to start anew.",
            version=found[0].version,
        )
    return found[0].version


async def check(mcp: McpServer, ref: str, home: Path, *, hosted: bool = False) -> Parity:
    """Hold the catalog of ``ref`` against what its ledger makes of an empty project.

    The ledger is replayed on the embedded Postgres of ``home``. Where that cannot tell, because there is none
    or because a ``hosted`` project uses parts that only its platform has, the answer says so.

    Raises
    ------
    LedgerMismatch
        A migration does not replay, or the outcome differs; ``details['differences']`` names every object.
    """
    state = PlatformState.load(home)
    if state is None:
        return Parity(0, 0, "there is no embedded Postgres to replay the ledger on")
    cluster = Cluster(home, state)
    entries = await read(mcp, ref)
    live = await _live_facts(mcp, ref)
    scripts = [ledger_scratch.Script(entry.version, entry.name, entry.statements) for entry in entries]
    made = await anyio.to_thread.run_sync(lambda: ledger_scratch.facts(cluster, scripts, hosted=hosted))
    if isinstance(made, str):
        return Parity(len(entries), 0, made)
    found = differences(live, made, hosted=hosted)
    if found:
        more = f" (and {len(found) - NAMED} more)" if len(found) > NAMED else ""
        raise LedgerMismatch(
            f"The base project and its migration ledger disagree: {'; '.join(found[:NAMED])}{more}",
            project=ref,
            differences=found,
        )
    return Parity(len(entries), len(live))


def _end(piece: str) -> str:
    # A semicolon behind a line comment would be part of the comment.
    return "\n;" if "--" in piece.rpartition("\n")[2] else ";"


async def _entries(mcp: McpServer, ref: str, asked: str) -> list[Entry]:
    listed = (await _ask(mcp, ref, asked))["entries"]
    return [Entry(version, name, tuple(statements or ())) for version, name, statements in listed]


async def _live_facts(mcp: McpServer, ref: str) -> Facts:
    asked = query("ledger", "facts").replace("/*facts*/", fingerprint.facts_sql())
    return {(kind, identity): fact for kind, identity, fact in (await _ask(mcp, ref, asked))["facts"]}


async def _ask(mcp: McpServer, ref: str, asked: str) -> dict[str, Any]:
    """The one row that a question is answered with; looking twice does no harm."""
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": asked}, safe=True)
    return dict(rows[0])
