"""Migrations: looked up by name, applied once through MCP, known by the version the platform gave."""

from __future__ import annotations

import hashlib

from architect.errors import ProvisionError, ToolCallFailed
from architect.provision import ledger
from architect.provision.mcp import McpServer
from architect.render import Migration


def ledger_name(migration: Migration) -> str:
    """``name`` with the beginning of its SQL's hash.

    A branch starts with its parent's ledger, so that the bare name could be an older build's migration.
    """
    return f"{migration.name}_{hashlib.sha256(migration.sql.encode()).hexdigest()[:8]}"


async def apply(mcp: McpServer, ref: str, migration: Migration) -> str:
    """Apply ``migration`` unless the ledger holds it; returns its version, 14 digits.

    Raises
    ------
    ToolCallFailed
        Postgres refused it (``details['sqlstate']``); nothing of it was kept.
    ProvisionError
        It was applied, and the ledger does not show it, or not with these statements.
    """
    name = ledger_name(migration)
    if await version_of(mcp, ref, name) is None:
        try:
            await mcp.call("apply_migration", {"project_id": ref, "name": name, "query": migration.sql})
        except ToolCallFailed as error:
            # What Postgres refused is not there. After any other error, such as a 503, it may be there.
            if error.details.get("sqlstate") or await version_of(mcp, ref, name) is None:
                raise
    version = await ledger.verify(mcp, ref, name, migration.sql)
    if version is None:
        raise ProvisionError(
            f"The migration {name} was applied but is not in the ledger",
            hint="Compare list_migrations with the live schema before going on.",
        )
    return version


async def version_of(mcp: McpServer, ref: str, name: str) -> str | None:
    """The version of the newest ledger entry called ``name``."""
    answer = await mcp.call("list_migrations", {"project_id": ref})
    versions = [str(entry["version"]) for entry in answer["migrations"] if entry.get("name") == name]
    return max(versions, default=None)
