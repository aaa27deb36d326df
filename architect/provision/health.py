"""Up means usable: every service of a new environment is waited for, and the database is asked a question."""

from __future__ import annotations

import asyncio
import time

from architect.errors import NotReady, ToolCallFailed
from architect.provision import invoke
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.sql import query

#: What a build needs of a project, by the names of the health route. Nothing it makes uses Realtime.
SERVICES = ("db", "rest", "auth", "storage")
DEADLINE_S = 300.0
QUERY_DEADLINE_S = 60.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0


async def services(
    management: ManagementClient,
    ref: str,
    *,
    names: tuple[str, ...] = SERVICES,
    deadline_s: float = DEADLINE_S,
) -> dict[str, float]:
    """Wait until each of ``names`` is healthy; returns the ms after which each was.

    Raises :class:`NotReady` naming the services that are not, each with its cause (``details['services']``).
    """
    started = time.monotonic()
    pause, healthy = FIRST_PAUSE_S, dict[str, float]()
    while True:
        ailing = await management.ailing(ref, *names)
        elapsed = time.monotonic() - started
        healthy |= {
            name: round(elapsed * 1000, 1) for name in names if name not in ailing and name not in healthy
        }
        if not ailing:
            return healthy
        if elapsed + pause > deadline_s:
            causes = "; ".join(f"{name}: {cause}" for name, cause in ailing.items())
            raise NotReady(
                f"{ref} is up, but not healthy after {deadline_s:g} s: {causes}",
                hint="Look at these services in the platform's dashboard, then retry the build.",
                services=ailing,
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, LONGEST_PAUSE_S)


async def usable(mcp: McpServer, ref: str, *, deadline_s: float = QUERY_DEADLINE_S) -> float:
    """Wait until the database answers a query; returns the ms the one that succeeded took.

    Raises :class:`NotReady` with the last answer.
    """
    return await invoke.insist("query", lambda: ask(mcp, ref), deadline_s)


async def ask(mcp: McpServer, ref: str) -> str | None:
    """Ask the database of ``ref`` a question; ``None`` when it answered right, else what it said."""
    try:
        rows = await mcp.call("execute_sql", {"project_id": ref, "query": query("provision", "alive")})
    except ToolCallFailed as error:
        return error.message
    return None if rows == [{"alive": 1}] else f"rows: {rows!r}"
