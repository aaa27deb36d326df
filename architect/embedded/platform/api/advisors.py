"""``/v1/projects/{ref}/advisors``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform import advisors
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.config import RestSettings

router = APIRouter(prefix="/projects/{ref}/advisors")


@router.get("/{kind}")
async def show(server: Parts, ref: str, kind: advisors.Kind) -> dict[str, list[dict[str, Any]]]:
    dsn = server.dsn(server.active(ref), "supabase_read_only_user")
    exposed = (await server.configs.get(ref, RestSettings)).schemas
    return {"lints": await advisors.lints(dsn, kind, exposed)}
