"""A Supabase project that nobody gives us a connection to: read over MCP, with an access token."""

from __future__ import annotations

import asyncio

from architect.catalog.facts.snapshot import Snapshot
from architect.errors import InputError
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import UNLOGGED
from architect.sentinel.reading import Eyes
from architect.settings import HOSTED_ENVIRONMENT_URL, Settings, connections

HOSTED_API = "https://api.supabase.com"


def read_project(ref: str, *, against: Snapshot | None = None) -> Snapshot:
    """Everything that is true of the project now: catalog, edge functions, Auth and API settings.

    Raises
    ------
    InputError
        No access token is set and no embedded platform runs.
    CatalogUnreadable, ProvisionError
        It could not be read.
    """
    platform = _platform(ref)

    async def read() -> Snapshot:
        async with McpServer.start(platform, UNLOGGED) as mcp, ManagementClient(platform) as management:
            return await Eyes(mcp, management).snapshot(ref, against=against)

    return asyncio.run(read())


def _platform(ref: str) -> Platform:
    """Where the project is: a token alone means the hosted platform, none at all the embedded one."""
    settings = Settings()
    if settings.access_token is None:
        if settings.api_url is not None:
            raise InputError("ARCHITECT_API_URL is set without a token", hint="Set ARCHITECT_ACCESS_TOKEN.")
        return Platform.from_connections(connections(settings))
    return Platform(
        api_url=(settings.api_url or HOSTED_API).rstrip("/"),
        access_token=settings.access_token,
        organization_id=settings.organization_id or "",
        project_ref=ref,
        environment_url_template=settings.environment_url or HOSTED_ENVIRONMENT_URL,
    )
