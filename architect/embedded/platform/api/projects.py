"""``/v1/projects``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from architect.embedded.platform import bootstrap, projects, regions
from architect.embedded.platform.api_types import Text
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.store import Row
from architect.redaction import register

router = APIRouter(prefix="/projects")
internal = APIRouter(prefix="/platform")
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]


class Region(BaseModel):
    """One region, or a part of the world in which the platform chooses."""

    type: Literal["specific", "smartGroup"]
    code: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class NewProject(BaseModel):
    """What a client sends; sizes and release channels of the hosted platform are accepted and ignored."""

    name: Name
    organization_id: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")] | None = None
    organization_slug: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")] | None = None
    region: Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z0-9-]+$")] | None = None
    region_selection: Region | None = None
    # Database roles are the cluster's here, so a project's own password has nowhere to go.
    db_pass: Text | None = Field(default=None, repr=False)


class NewName(BaseModel):
    name: Name


@router.get("")
async def index(server: Parts) -> list[dict[str, Any]]:
    rows = await server.store.all("projects")
    hidden = server.state.workspace_ref if server.hides_own else None
    return [projects.wire(row) for row in rows if row["ref"] != hidden]


@router.post("", status_code=201)
async def create(server: Parts, body: NewProject) -> dict[str, Any]:
    register(body.db_pass, "database-password")
    organization = body.organization_slug or body.organization_id
    if not organization:
        raise ApiError(400, "organization_slug: required")
    region = body.region or projects.DEFAULT_REGION
    if body.region_selection:
        code = body.region_selection.code
        region = regions.nearest(code) if body.region_selection.type == "smartGroup" else code
    row = await projects.create(server, name=body.name, organization_id=organization, region=region)
    # Hosted answers before it knows.
    return {**projects.wire(row, database=False), "status": "UNKNOWN"}


@router.get("/available-regions")
async def available_regions(server: Parts, organization_slug: str) -> dict[str, Any]:
    return regions.listing()


@router.get("/{ref}")
async def show(server: Parts, ref: str) -> dict[str, Any]:
    return projects.wire(await projects.get(server, ref))


@router.delete("/{ref}")
async def delete(server: Parts, ref: str) -> dict[str, Any]:
    return _named(await projects.delete(server, ref))


@router.patch("/{ref}")
async def rename(server: Parts, ref: str, body: NewName) -> dict[str, Any]:
    return _named(await projects.rename(server, ref, body.name))


@router.post("/{ref}/pause")
async def pause(server: Parts, ref: str) -> None:
    await projects.pause(server, ref)


@router.post("/{ref}/restore")
async def restore(server: Parts, ref: str) -> None:
    await projects.restore(server, ref)


@internal.post("/ensure")
async def ensure(server: Parts) -> dict[str, str]:
    """Not part of the hosted API: see :func:`bootstrap.ensure`."""
    await bootstrap.run(server)
    return {"message": "ok"}


def _named(row: Row) -> dict[str, Any]:
    # The one place where the hosted API's id of a project is a number.
    return {"id": row["number"], "ref": row["ref"], "name": row["name"]}
