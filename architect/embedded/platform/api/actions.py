"""``/v1/projects/{ref}/actions``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from architect.embedded.platform import actions
from architect.embedded.platform.api_types import StepName, StepStatus
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError

router = APIRouter(prefix="/projects/{ref}/actions")
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=100)]


class StepStatuses(BaseModel):
    """The new status of each step that is named."""

    clone: StepStatus | None = None
    pull: StepStatus | None = None
    health: StepStatus | None = None
    configure: StepStatus | None = None
    migrate: StepStatus | None = None
    seed: StepStatus | None = None
    deploy: StepStatus | None = None

    def named(self) -> dict[StepName, StepStatus]:
        found: dict[StepName, StepStatus] = self.model_dump(exclude_none=True)  # type: ignore[assignment]
        return found


@router.get("")
async def index(server: Parts, ref: str, offset: Offset = 0, limit: Limit = 10) -> list[dict[str, Any]]:
    found = await actions.index(server.store, server.environment(ref).ref, offset=offset, limit=limit)
    return [actions.wire(row) for row in found]


@router.head("")
async def count(server: Parts, ref: str) -> Response:
    number = await actions.count(server.store, server.environment(ref).ref)
    return Response(headers={"X-Total-Count": str(number)})


@router.get("/{run_id}")
async def show(server: Parts, ref: str, run_id: str) -> dict[str, Any]:
    return actions.wire(await actions.find(server.store, server.environment(ref).ref, run_id))


@router.get("/{run_id}/logs")
async def logs(server: Parts, ref: str, run_id: str) -> PlainTextResponse:
    row = await actions.find(server.store, server.environment(ref).ref, run_id)
    return PlainTextResponse(row["logs"])


@router.patch("/{run_id}/status")
async def update(server: Parts, ref: str, run_id: str, body: StepStatuses) -> dict[str, str]:
    row = await actions.find(server.store, server.environment(ref).ref, run_id)
    if not body.named():
        raise ApiError(400, "No step is named")
    await actions.set_steps(server.store, row, body.named())
    return {"message": "ok"}
