"""``/sessions/{id}/approve`` and ``reject``: decide on the plan that a build waits with."""

from __future__ import annotations

from typing import Any

import anyio
from fastapi import APIRouter, BackgroundTasks
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from architect.api import starting, store
from architect.api.bodies import Decision
from architect.api.context import Asking, Parts, Shared
from architect.api.models import SessionDetail
from architect.api.responses import SENDER, responses
from architect.api.sessions import SessionId
from architect.api.tokens import Caller
from architect.errors import PlanChanged
from architect.plan.model import Plan
from architect.redaction import redact_text
from architect.sessions.approval import Verdict

router = APIRouter(tags=["sessions"])


@router.post(
    "/sessions/{id}/approve",
    status_code=202,
    summary="Agree to the plan",
    responses=responses(403, 404, 409, *SENDER, ok=(202, SessionDetail, "Agreed; the build goes on.")),
)
async def approve(
    session_id: SessionId, decision: Decision, parts: Shared, caller: Asking, later: BackgroundTasks
) -> Response:
    """Let a build go on that waits for approval. Counts for the plan with this hash and for no other."""
    return await _decide("approved", session_id, decision, parts, caller, later)


@router.post(
    "/sessions/{id}/reject",
    status_code=202,
    summary="Reject the plan",
    responses=responses(
        403, 404, 409, *SENDER, ok=(202, SessionDetail, "Rejected; the session is canceled.")
    ),
)
async def reject(
    session_id: SessionId, decision: Decision, parts: Shared, caller: Asking, later: BackgroundTasks
) -> Response:
    """Cancel a build that waits for approval; nothing was made of its plan. A retry asks again."""
    return await _decide("rejected", session_id, decision, parts, caller, later)


async def _decide(
    verdict: Verdict,
    session_id: str,
    decision: Decision,
    parts: Parts,
    caller: Caller,
    later: BackgroundTasks,
) -> Response:
    """The session after the decision. Raises :class:`PlanChanged` when it was made on another plan."""
    values = {"verdict": verdict, "plan_hash": decision.plan_hash, "note": redact_text(decision.note)}
    async with parts.database.acting_as(caller.claims) as connection:
        plan = (await store.one(connection, "plan", session_id))["plan"]
        row = await store.one(connection, "decide_plan", session_id, **values)
        # What the run asked about is what the row names; what will be built is what is stored.
        if await anyio.to_thread.run_sync(_digest, plan) != decision.plan_hash:
            raise PlanChanged()
    later.add_task(starting.follow, parts.runs, row)
    return JSONResponse(store.detail(row), 202, background=later)


def _digest(plan: dict[str, Any] | None) -> str | None:
    """What names the stored plan; nothing names one that is none any more."""
    try:
        return Plan.model_validate(plan).digest()
    except ValidationError:
        return None
