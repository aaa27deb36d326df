"""``/v1/projects/{ref}/database/query``."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from architect.embedded.platform import query
from architect.embedded.platform.api_types import Text
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.logs import without_literals
from architect.embedded.platform.server import Server

router = APIRouter(prefix="/projects/{ref}/database/query")
_FAILED = re.compile(r"Failed to run sql query: (?P<severity>[A-Z]+):  (?P<state>\w{5}): (?P<text>[^\n]*)")


class Query(BaseModel):
    #: With NUL in it, Postgres would run what stands before.
    query: Text = Field(min_length=1)
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
    role = "supabase_read_only_user" if read_only else "postgres"
    try:
        outcome = await query.run(
            server.dsn(environment, role), body.query, body.parameters, read_only=read_only
        )
    except ApiError as error:
        server.logs.add(environment.ref, "postgres_logs", *_failed(role, error.message), severity="ERROR")
        raise
    message = f"statement: {without_literals(body.query)}"
    server.logs.add(environment.ref, "postgres_logs", message, _attributes(role, "LOG"))
    if outcome.changed_schema:
        await server.lite.reload_schema(environment.ref)
    return JSONResponse(outcome.rows, 201)


def _failed(role: str, message: str) -> tuple[str, dict[str, Any]]:
    found = _FAILED.match(message)
    if found is None:
        return message, _attributes(role, "ERROR")
    attributes = _attributes(role, found["severity"])
    # Only the first line: those after it quote the statement.
    return found["text"], {**attributes, "parsed.sql_state_code": found["state"]}


def _attributes(role: str, severity: str) -> dict[str, Any]:
    return {"parsed.error_severity": severity, "parsed.user_name": role}
