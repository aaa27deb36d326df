"""``/platform/fixtures/faults``: what shall go wrong, for tests of what a build does about it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from architect.embedded.platform.api.fixtures import require_fixtures
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.faults import PAUSE_MS, Kind

router = APIRouter(prefix="/platform/fixtures/faults", dependencies=[Depends(require_fixtures)])


class NewFault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: Annotated[str, StringConstraints(to_upper=True, pattern=r"(?i)^([a-z]+|\*)$")] = "*"
    path: str = Field(default=".", min_length=1, max_length=200)
    kind: Kind
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    retry_after: int | None = Field(default=None, ge=0)
    delay_ms: int = Field(default=PAUSE_MS, ge=0, le=60_000)


@router.post("", status_code=201)
async def arm(server: Parts, body: NewFault) -> dict[str, Any]:
    try:
        return server.faults.arm(**body.model_dump()).wire()
    except re.error as error:
        raise ApiError(400, f"path: not a regular expression: {error}") from error


@router.get("")
async def armed(server: Parts) -> list[dict[str, Any]]:
    return [fault.wire() for fault in server.faults.armed]


@router.delete("")
async def disarm(server: Parts) -> list[dict[str, Any]]:
    """Disarm all; answers what was armed and how often each fired."""
    gone, server.faults.armed = server.faults.armed, []
    return [fault.wire() for fault in gone]
