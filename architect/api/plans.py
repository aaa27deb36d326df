"""``POST /plans``: what a spec would become, without a session and without a trace."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from architect.api import store
from architect.api.bodies import PlanRequest
from architect.api.context import Asking, Shared
from architect.api.errors import PlanningTooLong
from architect.api.models import Preview
from architect.api.responses import SENDER, responses
from architect.plan.answers import answerable
from architect.plan.model import OpenQuestion
from architect.plan.planner import make_plan
from architect.settings import Settings
from architect.spec.notices import secrets_found

router = APIRouter(tags=["plans"])

#: Plans at a time; each takes a core, or a model's time.
_limiter = anyio.CapacityLimiter(2)
#: The part of the time that a language model may take of it.
FOR_THE_MODEL = 0.8


@router.post(
    "/plans",
    summary="Plan a spec",
    responses=responses(403, *SENDER, ok=(200, Preview, "The plan, and what it leaves open.")),
)
async def preview(asked: PlanRequest, parts: Shared, caller: Asking) -> Response:
    """Read a spec, and answers to questions of an earlier plan, and tell what would be built.

    The caller has to be owner, admin or member of a tenant. A build of the same spec and answers makes the
    same plan, unless a language model plans.
    """
    async with parts.database.acting_as(caller.claims) as connection:
        await store.may_build(connection)
    seconds = parts.options.plan_timeout_s
    try:
        with anyio.fail_after(seconds):
            answer = await anyio.to_thread.run_sync(
                _plan, asked, seconds * FOR_THE_MODEL, limiter=_limiter, abandon_on_cancel=True
            )
    except TimeoutError:
        raise PlanningTooLong(f"The plan was not made within {seconds:g} seconds") from None
    return JSONResponse(answer)


def _plan(asked: PlanRequest, seconds: float) -> dict[str, object]:
    spec, settings = asked.spec(), Settings()
    settings.planner_seconds = min(settings.planner_seconds, seconds)
    plan = make_plan(spec, template=asked.template, options=asked.options, settings=settings)
    return {
        "plan": plan.model_dump(mode="json"),
        "planHash": plan.digest(),
        "questions": questions(answerable(plan.open_questions, spec)),
        "notices": [notice.to_dict() for notice in secrets_found(spec)],
    }


def questions(asked: Iterable[OpenQuestion]) -> list[dict[str, object]]:
    """Open questions, each once however many places of the spec raise it."""
    raised: dict[str, list[OpenQuestion]] = {}
    for one in asked:
        raised.setdefault(one.question, []).append(one)
    return [
        {
            "question": question,
            "quotes": list(dict.fromkeys(quote.quote for one in same for quote in one.because)),
            "choices": list(dict.fromkeys(choice for one in same for choice in one.choices)),
        }
        for question, same in raised.items()
    ]
