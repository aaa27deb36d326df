"""``/v1/organizations`` and the profile of whoever holds the token."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from architect.embedded.platform import organizations
from architect.embedded.platform.auth import Parts

router = APIRouter()
Sort = Literal["name_asc", "name_desc", "created_asc", "created_desc"]


class NewOrganization(BaseModel):
    name: organizations.Name


@router.get("/organizations")
async def index(server: Parts) -> list[dict[str, Any]]:
    rows = await server.store.all("organizations")
    hidden = server.state.organization_id if server.hides_own else None
    return [organizations.wire(row) for row in rows if row["id"] != hidden]


@router.post("/organizations", status_code=201)
async def create(server: Parts, body: NewOrganization) -> dict[str, Any]:
    return organizations.wire(await organizations.create(server.store, name=body.name))


@router.get("/organizations/{slug}")
async def show(server: Parts, slug: str) -> dict[str, Any]:
    return organizations.detail(await organizations.get(server.store, slug))


@router.get("/organizations/{slug}/projects")
async def projects(
    server: Parts,
    slug: str,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    search: str = "",
    sort: Sort = "name_asc",
    statuses: str = "",
) -> dict[str, Any]:
    """Projects and branches, a page at a time."""
    organization = await organizations.get(server.store, slug)
    wanted = {status for status in statuses.split(",") if status}
    found = [
        row
        for row in await server.store.all("projects_and_branches", id=organization["id"])
        if search.lower() in row["name"].lower() and (not wanted or row["status"] in wanted)
    ]
    key, _, direction = sort.partition("_")
    found.sort(
        key=lambda row: row["name"].lower() if key == "name" else row["created_at"],
        reverse=direction == "desc",
    )
    return {
        "projects": [organizations.wire_project(row) for row in found[offset : offset + limit]],
        "pagination": {"count": len(found), "limit": limit, "offset": offset},
    }


@router.get("/profile")
async def profile(server: Parts) -> dict[str, Any]:
    """There are no user accounts here: everybody who has the token is the operator."""
    identity = organizations.operator(server.state.organization_id)
    return {"gotrue_id": str(identity), "primary_email": "operator@localhost", "username": "operator"}
