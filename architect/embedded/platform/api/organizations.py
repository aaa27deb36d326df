"""``/v1/organizations``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import not_found

router = APIRouter(prefix="/organizations")


@router.get("")
async def index(server: Parts) -> list[dict[str, Any]]:
    rows = await server.store.all("organizations")
    return [{"id": row["id"], "slug": row["id"], "name": row["name"]} for row in rows]


@router.get("/{id}")
async def show(server: Parts, id: str) -> dict[str, Any]:
    row = await server.store.one("organization", id=id)
    if row is None:
        raise not_found("Organization")
    return {
        "id": row["id"],
        "slug": row["id"],
        "name": row["name"],
        "plan": row["plan"],
        "opt_in_tags": [],
        "allowed_release_channels": ["ga"],
    }
