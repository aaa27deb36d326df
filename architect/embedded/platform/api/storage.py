"""``/v1/projects/{ref}/storage``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform import query
from architect.embedded.platform.auth import Parts
from architect.sql import query as named

router = APIRouter(prefix="/projects/{ref}/storage")


@router.get("/buckets")
async def buckets(server: Parts, ref: str) -> list[dict[str, Any]]:
    dsn = server.dsn(server.active(ref), "lite_admin")
    return (await query.run(dsn, named("environment", "buckets"))).rows
