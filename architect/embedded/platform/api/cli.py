"""``/v1/projects/{ref}/cli``: what the Supabase CLI needs beyond everybody's routes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from architect.embedded.platform import login_roles
from architect.embedded.platform.auth import Parts

router = APIRouter(prefix="/projects/{ref}/cli")


class NewLogin(BaseModel):
    read_only: bool


@router.post("/login-role", status_code=201)
async def create(server: Parts, ref: str, body: NewLogin) -> dict[str, Any]:
    environment = server.active(ref)
    cluster = server.databases.cluster
    role, password = await login_roles.create(
        cluster, environment.ref, environment.database, read_only=body.read_only
    )
    return {"role": role, "password": password, "ttl_seconds": login_roles.TTL_S}


@router.delete("/login-role")
async def delete(server: Parts, ref: str) -> dict[str, str]:
    await login_roles.drop(server.databases.cluster, server.environment(ref).ref)
    return {"message": "ok"}
