"""``/v1/projects/{ref}/types``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from architect.embedded.platform import typegen
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.config import split

router = APIRouter(prefix="/projects/{ref}/types")


@router.get("/typescript")
async def typescript(
    server: Parts, ref: str, included_schemas: Annotated[str, Query(max_length=4096)] = "public"
) -> dict[str, str]:
    dsn = server.dsn(server.active(ref))
    return {"types": await typegen.typescript(dsn, split(included_schemas))}
