"""The gate between a plan and what is made of it: where somebody has to agree, nothing is built before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from architect.api.runs import BuildRuns, Run
from architect.errors import Conflict, PlanRejected
from architect.plan.model import Plan
from architect.sessions import ControlPlane, Session
from architect.sessions.approval import Approval, Verdict

if TYPE_CHECKING:
    from architect.workbench import Workbench

#: How long a plan may wait for a decision.
PATIENCE = timedelta(days=30)
#: After this time whoever was told of a decision has acted on it, or never will.
SETTLED = timedelta(seconds=60)


async def ask(bench: Workbench) -> Approval | None:
    """The open question about the stored plan; ``None`` when nobody has to be asked, or any more."""
    if not bench.session.options.require_approval:
        return None
    plan_hash = Plan.model_validate((await bench.cp.session(bench.id)).plan).digest()
    asked = (await bench.cp.request_approval(bench.id, plan_hash)).approval
    assert asked is not None
    if asked.state == "approved":
        bench.agreed_plan = plan_hash
        return None
    return asked


async def settle(bench: Workbench, asked: Approval, verdict: Verdict, note: str) -> None:
    """Record what was answered to the run itself; a decision made elsewhere in between counts more.

    Raises :class:`PlanRejected`; the session has ended by then.
    """
    try:
        decided = await bench.cp.decide_plan(
            bench.id, verdict, asked.plan_hash, via="prefect", operator="Prefect UI", note=note
        )
    except Conflict:
        decided = await bench.cp.session(bench.id)
    if decided.approval is None or decided.approval.state != "approved":
        raise PlanRejected()
    bench.agreed_plan = asked.plan_hash


async def follow(session: Session, runs: BuildRuns) -> Run | None:
    """Have the engine do what was decided: wake the run that waits, or start another; stop it when rejected.

    Raises ``EngineUnavailable``; upkeep then does the same later.
    """
    if session.approval is None or session.waiting:
        return None
    if session.status == "canceled":
        await runs.cancel(session.id)
        return None
    return await runs.wake(session.id, session.attempt) if session.parked else None


async def catch_up(cp: ControlPlane, runs: BuildRuns) -> list[str]:
    """What upkeep does: decisions that nobody acted on are acted on, questions that nobody answers end.

    Returns the sessions that go on. Raises ``EngineUnavailable``.
    """
    moved = []
    for session in await cp.parked_sessions():
        asked, now = session.approval, datetime.now(UTC)
        if asked is None:
            continue
        if asked.decided_at is not None and now - asked.decided_at > SETTLED:
            await runs.wake(session.id, session.attempt, insist=True)
            moved.append(session.id)
        elif asked.decided_at is None and now - asked.requested_at > PATIENCE:
            note = f"nobody decided within {PATIENCE.days} days"
            ended = await cp.decide_plan(session.id, "rejected", asked.plan_hash, via="upkeep", note=note)
            await follow(ended, runs)
    return moved
