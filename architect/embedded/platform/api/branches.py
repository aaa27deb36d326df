"""``/v1/projects/{ref}/branches`` and ``/v1/branches``."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from architect.embedded.platform import branches
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import not_found
from architect.redaction import register

router = APIRouter()


class NewBranch(BaseModel):
    """What a client sends; sizes and release channels of the hosted platform are accepted and ignored."""

    branch_name: str = Field(min_length=1, max_length=256)
    git_branch: str | None = None
    persistent: bool = False
    with_data: bool = False
    notify_url: str | None = None
    secrets: dict[str, str] | None = Field(default=None, repr=False)


class BranchPatch(BaseModel):
    branch_name: str | None = Field(default=None, min_length=1, max_length=256)
    git_branch: str | None = None
    persistent: bool | None = None


class Reset(BaseModel):
    migration_version: str | None = Field(default=None, pattern=r"^\d+$")


@router.get("/projects/{ref}/branches")
async def index(server: Parts, ref: str) -> list[dict[str, Any]]:
    environment = server.environment(ref)
    return [branches.wire(row) for row in await server.store.all("branches", parent_ref=environment.ref)]


@router.post("/projects/{ref}/branches", status_code=201)
async def create(server: Parts, ref: str, body: NewBranch) -> dict[str, Any]:
    for value in (body.secrets or {}).values():
        register(value, "function-secret")
    row = await branches.create(
        server,
        server.active(ref),
        body.branch_name,
        git_branch=body.git_branch,
        persistent=body.persistent,
        with_data=body.with_data,
        notify_url=body.notify_url,
        secrets=body.secrets,
    )
    return branches.wire(row)


@router.get("/projects/{ref}/branches/{name}")
async def by_name(server: Parts, ref: str, name: str) -> dict[str, Any]:
    row = await server.store.one("branch_by_name", parent_ref=server.environment(ref).ref, name=name)
    if row is None:
        raise not_found("Branch")
    return branches.wire(row)


@router.get("/branches/{branch}")
async def show(server: Parts, branch: str) -> dict[str, Any]:
    row = await branches.find(server, branch)
    return branches.detail(server, server.environment(row["ref"]))


@router.patch("/branches/{branch}")
async def update(server: Parts, branch: str, body: BranchPatch) -> dict[str, Any]:
    row = await branches.find(server, branch)
    changed = await server.store.one(
        "update_branch",
        id=row["id"],
        name=body.branch_name,
        git_branch=body.git_branch,
        persistent=body.persistent,
    )
    return branches.wire(changed or row)


@router.delete("/branches/{branch}")
async def delete(server: Parts, branch: str) -> dict[str, str]:
    await branches.delete(server, await branches.find(server, branch))
    return {"message": "ok"}


@router.post("/branches/{branch}/merge", status_code=201)
async def merge(server: Parts, branch: str) -> dict[str, str]:
    await branches.merge(server, await branches.find(server, branch))
    return _done()


@router.post("/branches/{branch}/push", status_code=201)
async def push(server: Parts, branch: str) -> dict[str, str]:
    await branches.push(server, await branches.find(server, branch))
    return _done()


@router.post("/branches/{branch}/reset", status_code=201)
async def reset(server: Parts, branch: str, body: Reset | None = None) -> dict[str, str]:
    version = body.migration_version if body else None
    await branches.reset(server, await branches.find(server, branch), version)
    return _done()


def _done() -> dict[str, str]:
    return {"workflow_run_id": uuid.uuid4().hex, "message": "ok"}
