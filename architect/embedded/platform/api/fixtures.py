"""Routes for tests alone, off unless the fixtures are switched on. Never part of the hosted API."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from architect.embedded.platform import branches, organizations, projects, query
from architect.embedded.platform.api_types import ProjectStatus, ReleaseChannel
from architect.embedded.platform.auth import Parts, server_of
from architect.embedded.platform.errors import ApiError
from architect.redaction import register
from architect.sql import query as named


def require_fixtures(request: Request) -> None:
    """Raises :class:`ApiError` 404 while the fixtures are off, 403 for a connection that leaves loopback."""
    if not server_of(request).options.fixtures:
        raise ApiError(404, "Not found")
    ends = (request.scope.get("server"), request.scope.get("client"))
    if not all(end and _loopback(str(end[0])) for end in ends):
        raise ApiError(403, "Fixtures are only for connections on loopback")


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


router = APIRouter(prefix="/platform/fixtures", dependencies=[Depends(require_fixtures)])


class NewOrganization(BaseModel):
    name: organizations.Name
    plan: organizations.Plan = "free"
    allowed_release_channels: list[ReleaseChannel] = ["ga"]
    opt_in_tags: list[str] = []


class NewProject(BaseModel):
    name: organizations.Name
    organization_id: str
    region: str = projects.DEFAULT_REGION
    status: ProjectStatus = "ACTIVE_HEALTHY"


class NewBranch(BaseModel):
    name: organizations.Name
    parent_project_ref: str


class Reset(BaseModel):
    #: Leave the platform's own organization and workspace out of every list, until the next reset.
    hide_own: bool = False


class Sql(BaseModel):
    query: str = Field(min_length=1)


class Status(BaseModel):
    status: ProjectStatus


class Bucket(BaseModel):
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\w!.*'()&$@=;:+,? -]+$")]
    public: bool = False


class Token(BaseModel):
    token: str = Field(min_length=8, max_length=256, pattern=r"^[\x21-\x7e]+$", repr=False)


@router.post("/reset")
async def reset(server: Parts, body: Reset | None = None) -> dict[str, str]:
    """Remove every organization, project and branch that is not the platform's own, tokens and faults."""
    store, state = server.store, server.state
    server.tokens.clear()
    server.faults.armed.clear()
    server.hides_own = bool(body and body.hide_own)
    await branches.disable(server, server.environment(state.workspace_ref))
    foreign = [row["ref"] for row in await store.all("projects") if row["ref"] != state.workspace_ref]
    await asyncio.gather(*(projects.delete(server, ref) for ref in foreign))
    for row in await store.all("organizations"):
        if row["id"] != state.organization_id:
            await store.run("delete_organization", id=row["id"])
    return {"message": "ok"}


@router.post("/organizations", status_code=201)
async def organization(server: Parts, body: NewOrganization) -> dict[str, Any]:
    return organizations.detail(await organizations.create(server.store, **body.model_dump()))


@router.post("/projects", status_code=201)
async def project(server: Parts, body: NewProject) -> dict[str, Any]:
    values = body.model_dump(exclude={"status"})
    row = await projects.create(server, **values)
    if body.status != row["status"]:
        row = await projects.set_status(server, row["ref"], body.status)
    return projects.wire(row)


@router.post("/branches", status_code=201)
async def branch(server: Parts, body: NewBranch) -> dict[str, Any]:
    """Only this one: no ``main`` comes with it, as it does for the first that a client makes."""
    return branches.wire(
        await branches.create(server, server.active(body.parent_project_ref), body.name, with_default=False)
    )


@router.post("/projects/{ref}/sql")
async def sql(server: Parts, ref: str, body: Sql) -> list[Any]:
    """Run as the owner of the database, whatever the project's status is."""
    environment = server.environment(ref)
    outcome = await query.run(server.dsn(environment), body.query)
    if outcome.changed_schema:
        await server.lite.reload_schema(ref)
    return outcome.rows


@router.put("/projects/{ref}/status")
async def status(server: Parts, ref: str, body: Status) -> dict[str, Any]:
    return projects.wire(await projects.set_status(server, ref, body.status))


@router.post("/projects/{ref}/buckets", status_code=201)
async def bucket(server: Parts, ref: str, body: Bucket) -> dict[str, Any]:
    dsn = server.dsn(server.environment(ref), "lite_admin")
    outcome = await query.run(dsn, named("environment", "insert_bucket"), [body.name, body.public])
    made: dict[str, Any] = outcome.rows[0]
    return made


@router.post("/tokens", status_code=201)
async def token(server: Parts, body: Token) -> dict[str, str]:
    """Accept one more access token until the next reset or the end of the server."""
    register(body.token, "access-token")
    server.tokens.add(body.token)
    return {"message": "ok"}
