"""``/sessions/{id}/drift`` and ``/alerts``: what is no longer as it was built, and what people want done."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Path, Query
from starlette.responses import JSONResponse, Response

from architect.api import starting, store
from architect.api.bodies import Wish
from architect.api.context import Asking, Parts, Shared
from architect.api.drift_models import Alert, AlertList, DriftRequest, Guard, Verb
from architect.api.responses import CALLER, SENDER, responses
from architect.api.sessions import SessionId
from architect.api.tokens import Caller
from architect.database import rows
from architect.errors import NotFound
from architect.redaction import redact_text
from architect.sentinel.rows import DriftRequest as RequestRow
from architect.sentinel.rows import Expectation, GuardState, StoredAlert
from architect.sessions import Session
from architect.sessions.approval import MAX_NOTE
from architect.sessions.model import wire_time

router = APIRouter(tags=["drift"])

#: Of what people asked for, the newest.
REQUESTS = 10
#: The state of an environment that nobody has looked at.
NEVER: dict[str, Any] = {
    "state": "unknown", "lookedAt": None, "checkedAt": None, "probedAt": None, "seconds": None, "blind": [],
    "error": None,
}  # fmt: skip

#: Text, so that what is no uuid is simply not found.
AlertId = Annotated[str, Path(alias="alert", json_schema_extra={"format": "uuid"}, description="Alert.")]


@router.get(
    "/sessions/{id}/alerts",
    summary="Read the drift alerts",
    responses=responses(404, *CALLER, ok=(200, AlertList, "The alerts.")),
)
async def alerts(
    session_id: SessionId,
    parts: Shared,
    caller: Asking,
    open_only: Annotated[
        bool, Query(alias="open", description="Only those that are still the case and not agreed to.")
    ] = False,
) -> Response:
    """Differences between what was built, or accepted since, and what is there now.

    The open ones come first, the worst of them at the top.
    """
    async with parts.database.acting_as(caller.claims) as connection:
        found_id = (await store.one(connection, "exists", session_id))["id"]
        values = {"session_id": found_id, "open_only": open_only}
        found = await rows(connection, "sentinel", "member_alerts", values)
    return JSONResponse({"alerts": [StoredAlert.model_validate(row).api_dict() for row in found]})


@router.get(
    "/sessions/{id}/alerts/{alert}",
    summary="Read one drift alert",
    responses=responses(404, *CALLER, ok=(200, Alert, "The alert.")),
)
async def alert(session_id: SessionId, alert_id: AlertId, parts: Shared, caller: Asking) -> Response:
    """What differs, why it matters, what it touches, what the spec says of it, and what puts it right."""
    async with parts.database.acting_as(caller.claims) as connection:
        found_id = (await store.one(connection, "exists", session_id))["id"]
        values = {"session_id": found_id, "alert_id": _uuid(alert_id)}
        found = await rows(connection, "sentinel", "member_alert", values)
    if not found:
        raise _no_alert()
    return JSONResponse(StoredAlert.model_validate(found[0]).api_dict())


@router.get(
    "/sessions/{id}/drift",
    summary="See how an environment is watched",
    responses=responses(404, *CALLER, ok=(200, Guard, "How it is watched.")),
)
async def guard(session_id: SessionId, parts: Shared, caller: Asking) -> Response:
    """When it was looked at and will be again, what cannot be seen, and what people asked to have done."""
    async with parts.database.acting_as(caller.claims) as connection:
        session = Session.model_validate(await store.one(connection, "session", session_id))
        of = {"session_id": session.id, "open_only": True}
        state = await rows(connection, "sentinel", "member_state", of)
        expectation = await rows(connection, "sentinel", "member_expectation", of)
        found = await rows(connection, "sentinel", "member_alerts", of)
        asked = await rows(connection, "sentinel", "member_requests", of)
    return JSONResponse(
        {
            **_watch(session, GuardState.model_validate(state[0]) if state else None),
            "open": Counter(row["severity"] for row in found),
            "expectation": Expectation.model_validate(expectation[0]).api_dict() if expectation else None,
            "requests": [RequestRow.model_validate(row).api_dict() for row in asked[:REQUESTS]],
        }
    )


@router.post(
    "/sessions/{id}/drift/check",
    status_code=202,
    summary="Check an environment now",
    responses=responses(403, 404, 409, *SENDER, ok=(202, DriftRequest, "Asked for.")),
)
async def check(session_id: SessionId, parts: Shared, caller: Asking, later: BackgroundTasks) -> Response:
    """Have everything compared now, and not at the next sweep. What is found becomes alerts and events."""
    return await _ask("check", session_id, Wish(), parts, caller, later)


@router.post(
    "/sessions/{id}/drift/restore",
    status_code=202,
    summary="Put back what was agreed to",
    responses=responses(403, 404, 409, *SENDER, ok=(202, DriftRequest, "Approved; it is about to be done.")),
)
async def restore(
    session_id: SessionId, wish: Wish, parts: Shared, caller: Asking, later: BackgroundTasks
) -> Response:
    """Approve the proven fixes of these alerts, or of every one that has one, and have them applied.

    Nothing is applied when the environment has changed since the proof; it is then checked anew.
    """
    return await _ask("restore", session_id, wish, parts, caller, later)


@router.post(
    "/sessions/{id}/drift/accept",
    status_code=202,
    summary="Agree to what is there now",
    responses=responses(
        403, 404, 409, *SENDER, ok=(202, DriftRequest, "Agreed; it is about to be recorded.")
    ),
)
async def accept(
    session_id: SessionId, wish: Wish, parts: Shared, caller: Asking, later: BackgroundTasks
) -> Response:
    """From now on these things, or everything that differs, are to be as they are."""
    return await _ask("accept", session_id, wish, parts, caller, later)


async def _ask(
    verb: Verb, session_id: str, wish: Wish, parts: Parts, caller: Caller, later: BackgroundTasks
) -> Response:
    """Record what is wanted, as who wants it, and have the engine do it."""
    wanted = {"verb": verb, "alerts": wish.alerts, "note": redact_text(wish.note)[:MAX_NOTE]}
    values = {"session_id": store.session_key(session_id), **wanted}
    async with parts.database.acting_as(caller.claims) as connection:
        found = await rows(connection, "sentinel", "request_as_member", values)
    if not found:
        raise store.no_session()
    request = RequestRow.model_validate(found[0])
    later.add_task(starting.carry_out, parts.runs, request.id)
    return JSONResponse(request.api_dict(), 202, background=later)


def _watch(session: Session, state: GuardState | None) -> dict[str, Any]:
    """How the session's environment is watched; ``state`` is none as long as nobody ever looked."""
    guarded = session.status == "succeeded" and session.environment is not None
    guarded = guarded and session.options.enable_drift_sentinel
    every = session.options.drift_every_minutes
    looked = state.looked_at if state else None
    return {
        "guarded": guarded,
        "everyMinutes": every,
        **(state.api_dict() if state else NEVER),
        "nextLookAt": wire_time(looked + timedelta(minutes=every)) if guarded and looked else None,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _no_alert() from None


def _no_alert() -> NotFound:
    return NotFound("The session has no such alert.", hint="GET /sessions/{id}/alerts lists them.")
