"""``/v1/projects/{ref}/database/migrations``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field, StringConstraints

from architect.embedded.platform import migrations
from architect.embedded.platform.api_types import Text
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import not_found

router = APIRouter(prefix="/projects/{ref}/database/migrations")
CREATED_BY = "management-api"
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Version = Annotated[str, StringConstraints(pattern=r"^\d{1,32}$")]


class NewMigration(BaseModel):
    query: Text = Field(min_length=1)
    name: Text | None = Field(default=None, max_length=255)
    #: Undoes the migration when ``DELETE ?gte=`` comes to it.
    rollback: Text | None = None


class MigrationPatch(BaseModel):
    name: Text | None = Field(default=None, max_length=255)
    rollback: Text | None = None


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
        rollback=body.rollback,
    )
    await server.lite.reload_schema(environment.ref)
    return _named(version, body.name)


@router.put("")
async def upsert(server: Parts, ref: str, body: NewMigration, idempotency_key: Key = None) -> dict[str, str]:
    """Write the ledger without applying."""
    environment = server.active(ref)
    version = await migrations.upsert(
        server.dsn(environment),
        body.query,
        body.name,
        versions=server.versions[environment.parent_ref],
        idempotency_key=idempotency_key,
        created_by=CREATED_BY,
        rollback=body.rollback,
    )
    return _named(version, body.name)


@router.delete("")
async def rollback(server: Parts, ref: str, gte: Annotated[Version, Query()]) -> None:
    environment = server.active(ref)
    await migrations.rollback_from(server.dsn(environment), gte)
    await server.lite.reload_schema(environment.ref)


@router.get("/{version}")
async def show(server: Parts, ref: str, version: Version) -> dict[str, Any]:
    found = await migrations.entry(server.dsn(server.active(ref)), version)
    if found is None:
        raise not_found("Migration")
    return {key: value for key, value in found.items() if value is not None}


@router.patch("/{version}")
async def patch(server: Parts, ref: str, version: Version, body: MigrationPatch) -> None:
    dsn = server.dsn(server.active(ref))
    if not await migrations.patch(dsn, version, name=body.name, rollback=body.rollback):
        raise not_found("Migration")


def _named(version: str, name: str | None) -> dict[str, str]:
    return {"version": version, **({"name": name} if name else {})}
