"""``/v1/projects/{ref}/database/query``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from architect.embedded.platform import query
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.server import Server

router = APIRouter(prefix="/projects/{ref}/database/query")


class Query(BaseModel):
    query: str = Field(min_length=1)
    parameters: list[Any] | None = None
    read_only: bool = False


@router.post("", status_code=201)
async def run(server: Parts, ref: str, body: Query) -> JSONResponse:
    return await _answer(server, ref, body, read_only=body.read_only)


@router.post("/read-only", status_code=201)
async def run_read_only(server: Parts, ref: str, body: Query) -> JSONResponse:
    return await _answer(server, ref, body, read_only=True)


async def _answer(server: Server, ref: str, body: Query, *, read_only: bool) -> JSONResponse:
    environment = server.active(ref)
    dsn = server.dsn(environment, "supabase_read_only_user" if read_only else "postgres")
    outcome = await query.run(dsn, body.query, body.parameters, read_only=read_only)
    if outcome.changed_schema:
        await server.lite.reload_schema(environment.ref)
    return JSONResponse(outcome.rows, 201)
