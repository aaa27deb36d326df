"""``POST /sessions/{id}/analytics/query``: ask the dataset that a build attached."""

from __future__ import annotations

import functools

import anyio
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from architect.api import store
from architect.api.bodies import AnalyticsQuery
from architect.api.context import Asking, Shared
from architect.api.models import AnalyticsAnswer
from architect.api.responses import SENDER, responses
from architect.api.sessions import SessionId
from architect.errors import Conflict

router = APIRouter(tags=["results"])

#: Queries at a time; each may use the engine's 256 MB.
_limiter = anyio.CapacityLimiter(2)


@router.post(
    "/sessions/{id}/analytics/query",
    summary="Query the analytics dataset",
    responses=responses(404, 409, *SENDER, ok=(200, AnalyticsAnswer, "Rows with their provenance.")),
)
async def query(session_id: SessionId, asked: AnalyticsQuery, parts: Shared, caller: Asking) -> Response:
    """Run a named query on the attached Iceberg snapshot; the answer says which snapshot, files and SQL."""
    async with parts.database.acting_as(caller.claims) as connection:
        row = await store.one(connection, "analytics", session_id)
    if not row["attached"]:
        raise Conflict(
            "The session has no analytics dataset.",
            hint="It has one from the event analytics_configured on, when enableAnalytics was chosen.",
        )
    from architect import analytics  # the engines cost import time and memory that nobody else need pay

    run = functools.partial(
        analytics.run_analytics_query, parts.home, str(row["id"]), asked.name, **asked.given()
    )
    return JSONResponse(await anyio.to_thread.run_sync(run, limiter=_limiter))
