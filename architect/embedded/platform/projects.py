"""Projects: created from the template database, paused, restored, deleted."""

from __future__ import annotations

from typing import Any

from architect.embedded.platform import databases
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
    """A running project with a database of its own."""
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


async def pause(server: Server, ref: str) -> None:
    """Stop its processes and refuse requests until it is restored."""
    await get(server, ref)
    await server.store.run("set_project_status", ref=ref, status="INACTIVE")
    await server.environments.load()
    await server.lite.pool.stop(ref)
    await server.functions.stop(ref)


async def restore(server: Server, ref: str) -> None:
    """Undo :func:`pause`."""
    row = await get(server, ref)
    if row["status"] != "INACTIVE":
        raise ApiError(400, "Project is not paused")
    await server.store.run("set_project_status", ref=ref, status="ACTIVE_HEALTHY")
    await server.environments.load()


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
        "created_at": row["created_at"].isoformat(),
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
