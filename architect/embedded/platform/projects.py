"""Projects: created from the template database, paused, restored, deleted."""

from __future__ import annotations

import asyncio
from typing import Any

from architect.embedded.platform import databases
from architect.embedded.platform.api_types import ProjectStatus, moment
from architect.embedded.platform.environments import row_of
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.keys import Keys, new_ref
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row, execute

DEFAULT_REGION = "us-east-1"
#: Postgres as the hosted API words it; the embedded server is PostgreSQL 18.
POSTGRES_ENGINE = "18"
RELEASE_CHANNEL = "ga"


async def create(server: Server, *, name: str, organization_id: str, region: str) -> Row:
    """A running project with a database of its own. Raises :class:`ApiError` 404 for the organization."""
    if await server.store.one("organization", id=organization_id) is None:
        raise not_found("Organization")
    return await add(server, new_ref(), name=name, organization_id=organization_id, region=region)


async def add(
    server: Server,
    ref: str,
    *,
    name: str,
    organization_id: str,
    region: str = DEFAULT_REGION,
    database: str | None = None,
    hidden: bool = False,
) -> Row:
    """Register project ``ref``; its database is made from the template unless ``database`` names one."""
    target = database or databases.name_of(ref)
    async with server.store.transaction() as conn:
        await execute(conn, "insert_environment", row_of(ref, target, Keys.generate(ref)))
        values = {"ref": ref, "organization_id": organization_id, "name": name, "region": region}
        status = "ACTIVE_HEALTHY" if database else "COMING_UP"
        rows = await execute(conn, "insert_project", {**values, "status": status, "hidden": hidden})
    row: Row | None = rows[0]
    if database is None:
        try:
            if not await server.databases.exists(target):
                await server.databases.create(target)
            row = await server.store.one("set_project_status", ref=ref, status="ACTIVE_HEALTHY")
        except BaseException:
            await server.forget({"ref": ref, "database": target})
            raise
    await server.environments.load()
    if row is None:
        raise not_found("Project")
    return row


async def get(server: Server, ref: str) -> Row:
    """The row of a project. Raises :class:`ApiError` 404, for branch refs too, as the hosted API does."""
    row = await server.store.one("project", ref=ref)
    if row is None:
        raise not_found("Project")
    return row


async def set_status(server: Server, ref: str, status: ProjectStatus) -> Row:
    """Set what the API says of the project; INACTIVE also closes it. Raises :class:`ApiError` 404."""
    await get(server, ref)
    row = await server.store.one("set_project_status", ref=ref, status=status)
    await server.environments.load()
    if row is None:
        raise not_found("Project")
    return row


async def pause(server: Server, ref: str) -> None:
    """Stop the processes of a project or branch and refuse requests until it is restored. Again is no error.

    Raises :class:`ApiError` 404.
    """
    if server.environment(ref).paused:
        return
    async with server.lock(ref):
        await _set_paused(server, ref, True)
        await asyncio.gather(server.lite.pool.stop(ref), server.functions.stop(ref))
    # A request that came just before may have started a process once more.
    await asyncio.gather(server.lite.pool.stop(ref), server.functions.stop(ref))


async def restore(server: Server, ref: str) -> None:
    """Undo :func:`pause`. Raises :class:`ApiError` 404, and 400 for what is not paused."""
    if not server.environment(ref).paused:
        raise ApiError(400, "Project is not paused")
    await _set_paused(server, ref, False)


async def rename(server: Server, ref: str, name: str) -> Row:
    """Give it another name. Raises :class:`ApiError` 404."""
    await get(server, ref)
    row = await server.store.one("rename_project", ref=ref, name=name)
    if row is None:
        raise not_found("Project")
    return row


async def _set_paused(server: Server, ref: str, paused: bool) -> None:
    if server.environment(ref).kind == "branch":
        await server.store.run("pause_branch", ref=ref, paused=paused)
        await server.environments.load()
    else:
        await set_status(server, ref, "INACTIVE" if paused else "ACTIVE_HEALTHY")


async def delete(server: Server, ref: str) -> Row:
    """Remove the project and all of its branches."""
    row = await get(server, ref)
    async with server.lock(ref):
        await server.store.run("set_project_status", ref=ref, status="GOING_DOWN")
        for branch in await server.store.all("branches", parent_ref=ref):
            if not branch["is_default"]:
                await server.forget({"ref": branch["ref"], "database": databases.name_of(branch["ref"])})
        await server.forget({"ref": ref, "database": databases.name_of(ref)})
    return row


def wire(row: Row, *, database: bool = True) -> dict[str, Any]:
    """The hosted API's project object."""
    answer: dict[str, Any] = {
        "id": row["ref"],
        "ref": row["ref"],
        "organization_id": row["organization_id"],
        "organization_slug": row["organization_id"],
        "name": row["name"],
        "region": row["region"],
        "created_at": moment(row["created_at"]),
        "status": row["status"],
    }
    if database:
        answer["database"] = {
            "host": "127.0.0.1",
            "version": f"{POSTGRES_ENGINE}.0",
            "postgres_engine": POSTGRES_ENGINE,
            "release_channel": RELEASE_CHANNEL,
        }
    return answer
