"""``/v1/projects/{ref}/analytics/endpoints``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from architect.embedded.platform import log_query
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.errors import ApiError

router = APIRouter(prefix="/projects/{ref}/analytics/endpoints")
LONGEST = timedelta(hours=24)
UNSAID = timedelta(minutes=1)
DEFAULT_SQL = "select id, timestamp, source, event_message from logs order by timestamp desc limit 100"
Sql = Annotated[str, Query(min_length=1, max_length=20_000)]


@router.get("/logs")
async def show(
    server: Parts,
    ref: str,
    sql: Sql = DEFAULT_SQL,
    iso_timestamp_start: str | None = None,
    iso_timestamp_end: str | None = None,
) -> JSONResponse:
    environment = server.environment(ref)
    start, end = _window(iso_timestamp_start, iso_timestamp_end)
    entries = await server.logs.within(environment.ref, start, end)
    try:
        rows = await anyio.to_thread.run_sync(log_query.run, sql, entries)
    except log_query.BadQuery as error:
        return JSONResponse({"result": [], "error": _error(str(error)), "message": str(error)}, 400)
    return JSONResponse({"result": rows})


@router.get("/logs.all")
async def gone(server: Parts, ref: str) -> None:
    server.environment(ref)
    path = f"/v1/projects/{ref}/analytics/endpoints/logs"
    raise ApiError(410, f"This endpoint has been removed. Use GET {path} instead.")


def _window(start: str | None, end: str | None) -> tuple[datetime, datetime]:
    until = _time("iso_timestamp_end", end) if end else datetime.now(UTC)
    since = _time("iso_timestamp_start", start) if start else until - (LONGEST if end else UNSAID)
    if since >= until:
        raise ApiError(400, "iso_timestamp_start must be before iso_timestamp_end")
    if until - since > LONGEST:
        raise ApiError(400, "The timestamp range must be no more than 24 hours")
    # Whole minutes, and never without what was just asked for.
    return since.replace(second=0, microsecond=0), until + timedelta(minutes=1) - _past_minute(until)


def _past_minute(at: datetime) -> timedelta:
    return timedelta(seconds=at.second, microseconds=at.microsecond)


def _time(name: str, text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ApiError(400, f"{name}: expected an ISO 8601 timestamp") from error


def _error(message: str) -> dict[str, Any]:
    reason = {"domain": "global", "location": "sql", "locationType": "parameter", "message": message}
    return {
        "code": 400,
        "errors": [{**reason, "reason": "invalidQuery"}],
        "message": message,
        "status": "INVALID_ARGUMENT",
    }
