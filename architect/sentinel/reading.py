"""Reads what is true of environments: catalogs over MCP, the rest over the Management API.

Nothing is logged as a tool call: a look that changes nothing, every few minutes, is no part of a build.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from architect.catalog.facts.read import aread
from architect.catalog.facts.reader import McpReader
from architect.catalog.facts.snapshot import Key, Snapshot
from architect.catalog.facts.token import atoken
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import UNLOGGED
from architect.sentinel import outside
from architect.settings import Connections

#: Logins that the platform makes for its command line and removes again, on every server of it.
_PASSING = re.compile(r"^cli_login_")
#: What cannot be seen where a token lacks a right, by name.
OUTSIDE = frozenset({"edge functions", "Auth settings", "API settings"})


@dataclass(frozen=True, slots=True)
class Eyes:
    """The connections that environments are looked at through, any number of them side by side."""

    mcp: McpServer
    management: ManagementClient

    @classmethod
    @asynccontextmanager
    async def open(cls, connections: Connections) -> AsyncIterator[Eyes]:
        """Start a tool server of its own. Raises :class:`ProvisionError` when it does not come up."""
        platform = Platform.from_connections(connections)
        async with (
            McpServer.start(platform, UNLOGGED) as mcp,
            ManagementClient(platform) as management,
        ):
            yield cls(mcp, management)

    async def snapshot(self, ref: str, *, against: Snapshot | None = None) -> Snapshot:
        """Everything that is true of the environment now.

        Raises
        ------
        CatalogUnreadable, ProvisionError
            The catalog could not be read. What cannot be read besides it is a blind spot of the snapshot.
        """
        of_catalog = None if against is None else catalog_only(against)
        catalog = await aread(self._reader(ref), against=of_catalog)
        facts, blind = await outside.read(self.mcp, self.management, ref)
        kept = {key: fact for key, fact in catalog.facts.items() if not passing(key)}
        edges = frozenset(edge for edge in catalog.edges if not (passing(edge.user) or passing(edge.used)))
        return replace(
            catalog, facts=kept | facts, edges=edges, blind=tuple(sorted([*catalog.blind, *blind]))
        )

    async def token(self, ref: str) -> str:
        """The change token of the catalog. Raises like :meth:`snapshot`."""
        return await atoken(self._reader(ref))

    def _reader(self, ref: str) -> McpReader:
        async def call(sql: str) -> Any:
            given = {"project_id": ref, "query": sql}
            return await self.mcp.call("execute_sql", given, safe=True, logged=False)

        return McpReader(call)


def catalog_only(snapshot: Snapshot) -> Snapshot:
    """``snapshot`` without what does not stand in the catalog."""
    return replace(
        snapshot,
        facts={key: fact for key, fact in snapshot.facts.items() if key.kind not in outside.KINDS},
        blind=tuple(spot for spot in snapshot.blind if spot.what not in OUTSIDE),
    )


def passing(key: Key) -> bool:
    """Whether the fact is about a login that comes and goes with a command line."""
    if key.kind in ("role", "role_setting"):
        return bool(_PASSING.match(key.name))
    if key.kind == "membership":
        return any(_PASSING.match(role) for role in key.name.split("."))
    return key.kind == "grant" and bool(_PASSING.match(key.name.rpartition(": ")[2]))
