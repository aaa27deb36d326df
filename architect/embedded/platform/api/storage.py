"""``/v1/projects/{ref}/storage/buckets`` and ``/config/storage``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform import lite, query
from architect.embedded.platform.auth import Parts
from architect.sql import query as named

router = APIRouter(prefix="/projects/{ref}")


@router.get("/storage/buckets")
async def buckets(server: Parts, ref: str) -> list[dict[str, Any]]:
    dsn = server.dsn(server.active(ref), "lite_admin")
    return (await query.run(dsn, named("environment", "buckets"))).rows


@router.get("/config/storage")
async def config(server: Parts, ref: str) -> dict[str, Any]:
    server.environment(ref)
    off = {"enabled": False}
    features = {"imageTransformation": off, "s3Protocol": off, "icebergCatalog": off, "vectorBuckets": off}
    return {"fileSizeLimit": lite.FILE_SIZE_LIMIT_BYTES, "features": features}
