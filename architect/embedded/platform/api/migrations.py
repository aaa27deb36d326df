"""``/v1/projects/{ref}/database/migrations``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from architect.embedded.platform import migrations, statements
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import not_found

router = APIRouter(prefix="/projects/{ref}/database/migrations")
CREATED_BY = "management-api"
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]


class NewMigration(BaseModel):
    query: str = Field(min_length=1)
    name: str | None = Field(default=None, max_length=255)


@router.get("")
async def index(server: Parts, ref: str) -> list[dict[str, str]]:
    return await migrations.entries(server.dsn(server.active(ref)))


@router.post("")
async def apply(server: Parts, ref: str, body: NewMigration, idempotency_key: Key = None) -> dict[str, str]:
    environment = server.active(ref)
    version = await migrations.apply(
        server.dsn(environment),
        body.query,
        body.name,
        versions=server.versions[environment.parent_ref],
        idempotency_key=idempotency_key,
        created_by=CREATED_BY,
    )
    await server.lite.reload_schema(environment.ref)
    return {"version": version, **({"name": body.name} if body.name else {})}


@router.put("")
async def record(server: Parts, ref: str, body: NewMigration) -> dict[str, str]:
    """Write the ledger without applying, as ``supabase migration repair`` needs."""
    environment = server.active(ref)
    dsn = server.dsn(environment)
    version = await migrations.free_version(dsn, server.versions[environment.parent_ref])
    migration = migrations.Migration(version, body.name, tuple(statements.split(body.query)))
    await migrations.record(dsn, migration, created_by=CREATED_BY)
    return {"version": version}


@router.get("/{version}")
async def show(server: Parts, ref: str, version: str) -> dict[str, Any]:
    found = await migrations.entry(server.dsn(server.active(ref)), version)
    if found is None:
        raise not_found("Migration")
    return {key: value for key, value in found.items() if value is not None}


@router.delete("")
async def delete(server: Parts, ref: str, gte: str) -> None:
    await migrations.forget(server.dsn(server.active(ref)), gte)
