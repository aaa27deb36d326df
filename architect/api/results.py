"""``/sessions/{id}/...``: the timeline of a build and what came out of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from psycopg.rows import DictRow
from starlette.responses import JSONResponse, Response

from architect.api import store
from architect.api.context import Asking, Shared
from architect.api.errors import MatrixNotReady, PlanNotReady
from architect.api.models import AccessMatrix, BuildEvent, FlowRun, Plan, ToolCallPage
from architect.api.responses import CALLER, responses
from architect.api.sessions import SessionId
from architect.database import rows
from architect.errors import NotFound
from architect.events.model import Event
from architect.sessions.model import wire_time

router = APIRouter(tags=["results"])

#: A sequence number as the database holds it, within what a browser's numbers can.
AfterSeq = Annotated[int, Query(ge=0, le=2**53 - 1, description="Only what comes behind this `seq`.")]
AfterCall = Annotated[int, Query(ge=0, le=2**31 - 1, description="Only what comes behind this `n`.")]


@router.get(
    "/sessions/{id}/events",
    summary="Read the timeline",
    responses=responses(404, *CALLER, ok=(200, list[BuildEvent], "Events in order.")),
)
async def events(
    session_id: SessionId,
    parts: Shared,
    caller: Asking,
    after: AfterSeq = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 1000,
) -> Response:
    """The events with a `seq` above `after`, in order, without a gap.

    Ask with the last `seq` you have after each (re)subscribe to `build:{sessionId}`, and leave out by `seq`
    what you have already.
    """
    async with parts.database.acting_as(caller.claims) as connection:
        found_id = (await store.one(connection, "exists", session_id))["id"]
        values = {"session_id": found_id, "after": after, "limit": limit}
        found = await rows(connection, "events", "after", values)
    return JSONResponse([Event.model_validate(row).api_dict() for row in found])


@router.get(
    "/sessions/{id}/plan",
    summary="Read the plan",
    responses=responses(404, *CALLER, ok=(200, Plan, "The plan.")),
)
async def plan(session_id: SessionId, parts: Shared, caller: Asking) -> Response:
    """Tables, policies, functions and open questions, each with what it was read from."""
    async with parts.database.acting_as(caller.claims) as connection:
        made = (await store.one(connection, "plan", session_id))["plan"]
    if made is None:
        raise PlanNotReady(hint="Ask again after the event plan_created.")
    return JSONResponse(made)


@router.get(
    "/sessions/{id}/access-matrix",
    summary="Read who can do what",
    responses=responses(404, *CALLER, ok=(200, AccessMatrix, "The matrix.")),
)
async def access_matrix(session_id: SessionId, parts: Shared, caller: Asking) -> Response:
    """For each identity, table and operation, what the live database really allowed when it was tried."""
    async with parts.database.acting_as(caller.claims) as connection:
        matrix = (await store.one(connection, "access_matrix", session_id))["matrix"]
    if matrix is None:
        raise MatrixNotReady(hint="Ask again after the event build_succeeded.")
    return JSONResponse(matrix)


@router.get(
    "/sessions/{id}/tool-calls",
    summary="Read the tool calls",
    responses=responses(404, *CALLER, ok=(200, ToolCallPage, "A page of them.")),
)
async def tool_calls(
    session_id: SessionId,
    parts: Shared,
    caller: Asking,
    after: AfterCall = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="How many.")] = 100,
) -> Response:
    """Every call of an MCP tool that the build made, secrets replaced, in order."""
    async with parts.database.acting_as(caller.claims) as connection:
        found_id = (await store.one(connection, "exists", session_id))["id"]
        values = {"session_id": found_id, "after": after, "limit": limit + 1}
        found = await rows(connection, "api", "tool_calls", values)
    page = [_tool_call(row) for row in found[:limit]]
    return JSONResponse({"toolCalls": page, "next": page[-1]["n"] if len(found) > limit else None})


@router.get(
    "/sessions/{id}/run",
    summary="Find the run",
    responses=responses(404, *CALLER, ok=(200, FlowRun, "The newest run.")),
)
async def run(session_id: SessionId, parts: Shared, caller: Asking) -> Response:
    """The newest run of the session in the engine, with the address of its page there."""
    async with parts.database.acting_as(caller.claims) as connection:
        found_id = str((await store.one(connection, "exists", session_id))["id"])
    newest = await parts.runs.of(found_id, limit=1)
    if not newest:
        raise NotFound("The session has not been run.", hint="A queued session is run as soon as possible.")
    ui = parts.prefect_ui_url
    url = f"{ui.rstrip('/')}/runs/flow-run/{newest[0].id}" if ui else None
    return JSONResponse({"id": newest[0].id, "name": newest[0].name, "state": newest[0].state, "url": url})


def _tool_call(row: DictRow) -> dict[str, Any]:
    return {
        "n": row["n"],
        "server": row["server"],
        "tool": row["tool"],
        "arguments": row["arguments"],
        "startedAt": wire_time(row["started_at"]),
        "ms": row["ms"],
        "ok": row["ok"],
        "resultDigest": row["result_digest"],
        "error": row["error"],
        "eventSeq": row["event_seq"],
    }
