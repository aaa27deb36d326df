"""``/sessions``: begin a build, list them, look at one, stop it, try it again."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import APIRouter, BackgroundTasks, Header, Path, Query
from psycopg.rows import DictRow
from starlette.responses import JSONResponse, Response

from architect.api import starting, store
from architect.api.bodies import NewSession
from architect.api.context import Asking, Shared
from architect.api.models import SESSION_ID, SessionCreated, SessionDetail, SessionPage
from architect.api.responses import CALLER, SENDER, responses
from architect.database import rows
from architect.spec.notices import secrets_found

router = APIRouter(tags=["sessions"])

#: Text, so that what is no uuid is simply not found.
SessionId = Annotated[
    str, Path(alias="id", json_schema_extra={"format": "uuid"}, examples=[SESSION_ID], description="Session.")
]
#: Printable ASCII: what a header can hold in every client.
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        description="Two requests with the same key and body begin one session.",
    ),
]


@router.post(
    "/sessions",
    status_code=201,
    summary="Begin a build",
    responses=responses(
        *(403, 404, 409),
        *SENDER,
        ok=(201, SessionCreated, "Begun; a run of it is about to start."),
    )
    | responses(ok=(200, SessionCreated, "The session that the same request began before.")),
)
async def begin(
    asked: NewSession, parts: Shared, caller: Asking, later: BackgroundTasks, key: IdempotencyKey = None
) -> Response:
    """Make a session of the spec and start a run that builds it.

    The session stays queued while the engine is away, and starts when it is back. The caller has to be owner,
    admin or member of the tenant.
    """
    # A large text takes a while to look through.
    spec = await anyio.to_thread.run_sync(asked.spec)
    async with parts.database.acting_as(caller.claims) as connection:
        begun = await store.create(connection, asked, spec, key)
    if begun.status == "queued":
        later.add_task(starting.start, parts.runs, begun.id, begun.attempt)
    headers = {"location": f"/sessions/{begun.id}"}
    told = {"sessionId": begun.id, "notices": [notice.to_dict() for notice in secrets_found(spec)]}
    return JSONResponse(told, 201 if begun.created else 200, headers, background=later)


@router.get(
    "/sessions",
    summary="List sessions",
    responses=responses(404, *CALLER, ok=(200, SessionPage, "A page of them.")),
)
async def list_sessions(
    parts: Shared,
    caller: Asking,
    limit: Annotated[int, Query(ge=1, le=200, description="How many.")] = 50,
    before: Annotated[
        str | None,
        Query(json_schema_extra={"format": "uuid"}, description="Only those older than this session."),
    ] = None,
) -> Response:
    """The sessions of the caller's tenants, the newest first."""
    async with parts.database.acting_as(caller.claims) as connection:
        if before is not None:
            before = str((await store.one(connection, "exists", before))["id"])
        found = await rows(connection, "api", "list", {"limit": limit + 1, "before": before})
    page = [store.summary(row) for row in found[:limit]]
    return JSONResponse({"sessions": page, "next": page[-1]["id"] if len(found) > limit else None})


@router.get(
    "/sessions/{id}",
    summary="Look at a session",
    responses=responses(404, *CALLER, ok=(200, SessionDetail, "The session.")),
)
async def read(session_id: SessionId, parts: Shared, caller: Asking) -> Response:
    """What was asked for, how far it is, what came out of it."""
    async with parts.database.acting_as(caller.claims) as connection:
        return JSONResponse(store.detail(await store.one(connection, "session", session_id)))


@router.post(
    "/sessions/{id}/cancel",
    status_code=202,
    summary="Stop a build",
    responses=responses(403, 404, 409, *SENDER, ok=(202, SessionDetail, "Canceled.")),
)
async def cancel(session_id: SessionId, parts: Shared, caller: Asking, later: BackgroundTasks) -> Response:
    """Cancel a queued or running session. From here on nothing its run does is recorded.

    What was made so far stays, so that a retry goes on there.
    """
    row = await _changed("cancel", session_id, parts, caller)
    later.add_task(starting.stop, parts.runs, str(row["id"]))
    return JSONResponse(store.detail(row), 202, background=later)


@router.post(
    "/sessions/{id}/retry",
    status_code=202,
    summary="Try a build again",
    responses=responses(403, 404, 409, *SENDER, ok=(202, SessionDetail, "Queued again.")),
)
async def retry(session_id: SessionId, parts: Shared, caller: Asking, later: BackgroundTasks) -> Response:
    """Put a failed or canceled session in line again. Nodes that are done are not done again."""
    row = await _changed("retry", session_id, parts, caller)
    later.add_task(starting.start, parts.runs, str(row["id"]), row["attempt"])
    return JSONResponse(store.detail(row), 202, background=later)


async def _changed(verb: str, session_id: str, parts: Shared, caller: Asking) -> DictRow:
    """The session after ``verb``, in a transaction of its own."""
    async with parts.database.acting_as(caller.claims) as connection:
        return await store.one(connection, verb, session_id)
