"""``/v1/projects/{ref}/branches`` and ``/v1/branches``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import PlainTextResponse

from architect.embedded.platform import branch_actions, branches, diff
from architect.embedded.platform.api.secrets import Name as SecretName
from architect.embedded.platform.api.secrets import Value as SecretValue
from architect.embedded.platform.api_types import BranchStatus, ReleaseChannel
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError, not_found
from architect.redaction import register

router = APIRouter()

NOT_ENABLED = "Preview branching is not enabled for this project."
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]
Url = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[^\s\x00]+$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d{1,32}$")]


class NewBranch(BaseModel):
    """What a client sends. Sizes, regions and release channels are checked and have no effect here."""

    branch_name: Name
    git_branch: Name | None = None
    is_default: bool = False
    persistent: bool = False
    region: Annotated[str, StringConstraints(max_length=64)] | None = None
    desired_instance_size: Annotated[str, StringConstraints(max_length=64)] | None = None
    release_channel: ReleaseChannel | None = None
    postgres_engine: Literal["15", "17", "17-oriole", "18"] | None = None
    with_data: bool = False
    notify_url: Url | None = None
    secrets: dict[SecretName, SecretValue] | None = Field(default=None, repr=False)


class BranchPatch(BaseModel):
    """What a client may change; ``reset_on_push`` is accepted and ignored, as hosted does."""

    branch_name: Name | None = None
    git_branch: Name | None = None
    persistent: bool | None = None
    status: BranchStatus | None = None
    request_review: bool | None = None
    notify_url: Url | None = None


class Action(BaseModel):
    migration_version: Version | None = None


@router.get("/projects/{ref}/branches")
async def index(server: Parts, ref: str) -> list[dict[str, Any]]:
    environment = server.environment(ref)
    rows = await server.store.all("branches", parent_ref=environment.ref)
    if not rows:
        raise ApiError(422, NOT_ENABLED)
    return [branches.wire(row) for row in rows]


@router.post("/projects/{ref}/branches", status_code=201)
async def create(server: Parts, ref: str, body: NewBranch) -> dict[str, Any]:
    parent = server.active(ref)
    if body.is_default:
        return branches.wire(await branches.create_default(server, parent, body.branch_name, body.git_branch))
    for value in (body.secrets or {}).values():
        register(value, "function-secret")
    row = await branches.create(
        server,
        parent,
        body.branch_name,
        git_branch=body.git_branch,
        persistent=body.persistent,
        with_data=body.with_data,
        notify_url=body.notify_url,
        secrets=body.secrets,
    )
    return branches.wire_accepted(row)


@router.delete("/projects/{ref}/branches")
async def disable(server: Parts, ref: str) -> None:
    await branches.disable(server, server.environment(ref))


@router.get("/projects/{ref}/branches/{name}")
async def by_name(server: Parts, ref: str, name: Name) -> dict[str, Any]:
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
    changes = body.model_dump()
    changes["name"] = changes.pop("branch_name")
    return branches.wire(await branches.update(server, await branches.find(server, branch), changes))


@router.delete("/branches/{branch}")
async def delete(server: Parts, branch: str, force: bool = True) -> dict[str, str]:
    row = await branches.find(server, branch)
    await (branches.delete if force else branches.delete_later)(server, row)
    return {"message": "ok"}


@router.post("/branches/{branch}/restore", status_code=201)
async def restore(server: Parts, branch: str) -> dict[str, str]:
    await branches.restore(server, await branches.find(server, branch))
    return {"message": "Branch restoration initiated"}


@router.get("/branches/{branch}/diff")
async def compare(
    server: Parts, branch: str, included_schemas: str | None = None, pgdelta: bool = False
) -> PlainTextResponse:
    """SQL from the parent's schema to the branch's. Both engines that hosted has are one here."""
    row = await branches.find(server, branch)
    source, target = server.active(row["parent_ref"]), server.active(row["ref"])
    schemas = [s.strip() for s in (included_schemas or "").split(",") if s.strip()]
    return PlainTextResponse(
        await diff.between(server.dsn(source), server.dsn(target), schemas=schemas or None)
    )


@router.post("/branches/{branch}/merge", status_code=201)
async def merge(server: Parts, branch: str, body: Action | None = None) -> dict[str, str]:
    row = await branches.find(server, branch)
    return _done(await branch_actions.merge(server, row, body.migration_version if body else None))


@router.post("/branches/{branch}/push", status_code=201)
async def push(server: Parts, branch: str, body: Action | None = None) -> dict[str, str]:
    row = await branches.find(server, branch)
    return _done(await branch_actions.push(server, row, body.migration_version if body else None))


@router.post("/branches/{branch}/reset", status_code=201)
async def reset(server: Parts, branch: str, body: Action | None = None) -> dict[str, str]:
    row = await branches.find(server, branch)
    return _done(await branch_actions.reset(server, row, body.migration_version if body else None))


def _done(run_id: str) -> dict[str, str]:
    return {"workflow_run_id": run_id, "message": "ok"}
