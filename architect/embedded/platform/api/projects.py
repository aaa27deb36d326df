"""``/v1/projects``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from architect.embedded.platform import bootstrap, projects
from architect.embedded.platform.api import api_keys
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError, not_found
from architect.redaction import register

router = APIRouter(prefix="/projects")
internal = APIRouter(prefix="/platform")


class NewProject(BaseModel):
    """What a client sends; sizes and release channels of the hosted platform are accepted and ignored."""

    name: str = Field(min_length=1, max_length=256)
    organization_id: str | None = None
    organization_slug: str | None = None
    region: str = projects.DEFAULT_REGION
    # Database roles are the cluster's here, so a project's own password has nowhere to go.
    db_pass: str | None = Field(default=None, repr=False)


@router.get("")
async def index(server: Parts) -> list[dict[str, Any]]:
    return [projects.wire(row) for row in await server.store.all("projects")]


@router.post("", status_code=201)
async def create(server: Parts, body: NewProject) -> dict[str, Any]:
    register(body.db_pass, "database-password")
    organization = body.organization_slug or body.organization_id
    if not organization:
        raise ApiError(400, "organization_slug: required")
    row = await projects.create(server, name=body.name, organization_id=organization, region=body.region)
    return projects.wire(row, database=False)


@router.get("/{ref}")
async def show(server: Parts, ref: str) -> dict[str, Any]:
    return projects.wire(await projects.get(server, ref))


@router.delete("/{ref}")
async def delete(server: Parts, ref: str) -> dict[str, Any]:
    row = await projects.delete(server, ref)
    return {"id": row["ref"], "ref": row["ref"], "name": row["name"]}


@router.post("/{ref}/pause")
async def pause(server: Parts, ref: str) -> None:
    await projects.pause(server, ref)


@router.post("/{ref}/restore")
async def restore(server: Parts, ref: str) -> None:
    await projects.restore(server, ref)


@internal.get("/control")
async def control(server: Parts) -> dict[str, Any]:
    """Not part of the hosted API: ref and keys of the control plane's own project, which /v1 never shows."""
    environment = server.environments.get(server.state.control_ref)
    if environment is None:
        raise not_found("Project")
    return {"ref": environment.ref, "api_keys": api_keys.keys(environment, reveal=True)}


@internal.post("/ensure")
async def ensure(server: Parts) -> dict[str, str]:
    """Not part of the hosted API: see :func:`bootstrap.ensure`."""
    await bootstrap.run(server)
    return {"message": "ok"}
