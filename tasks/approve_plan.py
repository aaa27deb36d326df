"""Between node 2 and node 3: where the session asks for it, somebody agrees to the plan first.

This is no task: only a flow can be suspended. The decision stands in the control plane's database; whoever
decides there (page, API, command line) wakes the run. The form of the Prefect UI is one more way to decide.
"""

from __future__ import annotations

import logging

from prefect.artifacts import acreate_markdown_artifact
from prefect.exceptions import Pause
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from architect import gate, workbench
from architect.api.runs import open_runs
from architect.errors import ArchitectError
from architect.plan.show.markdown import summary
from architect.sessions.approval import MAX_NOTE, Approval
from architect.workbench import Workbench
from blocks.resolve import connections

log = logging.getLogger("architect.approval")


class PlanDecision(RunInput):
    """The form of the Prefect UI. Whoever resumes the run without a word has not approved anything."""

    approve: bool = Field(
        default=False,
        title="Approve",
        description="Build what the plan says. Left off, the plan is rejected and nothing is built.",
    )
    note: str = Field(default="", max_length=MAX_NOTE, title="Note", description="Kept with the decision.")


async def approve_plan(session_id: str) -> None:
    """Go on when the plan is agreed to or nobody has to; else step aside until somebody decides.

    Raises
    ------
    PlanRejected
        Somebody decided against it; the session has ended.
    prefect.exceptions.Pause
        The run is suspended.
    """
    bench = workbench.current(session_id)
    asked = await gate.ask(bench)
    if asked is None:
        return
    await acreate_markdown_artifact(
        key=f"plan-{session_id}",
        markdown=summary(await bench.plan()),
        description="The plan that waits for approval",
    )
    decision = await _suspend(bench, asked)
    await gate.settle(bench, asked, "approved" if decision.approve else "rejected", decision.note)


async def _suspend(bench: Workbench, asked: Approval) -> PlanDecision:
    """End this run until it is resumed; the run that was resumed gets the form as it was sent.

    The key of the suspension is the id of the question: a form is an answer to this very question.
    """
    form = PlanDecision.with_initial_data(
        description=f"Nothing is built until somebody agrees to the plan of session `{bench.id}`. "
        f"Read it under *Artifacts*, or with `architect show {bench.id}`."
    )
    bench.parked = True
    try:
        decision = await asuspend_flow_run(
            wait_for_input=form, timeout=int(gate.PATIENCE.total_seconds()), key=asked.id
        )
    except Pause:
        await _notice(bench)
        raise
    except RuntimeError as error:
        raise ArchitectError(
            f"The run cannot wait for approval: {error}",
            hint="Only runs of the build deployment can; it appears when the runner starts: `architect up`.",
        ) from None
    bench.parked = False
    assert isinstance(decision, PlanDecision)
    return decision


async def _notice(bench: Workbench) -> None:
    """Whoever decided before the run was suspended found nothing to wake. What fails here, upkeep mends."""
    try:
        session = await bench.cp.session(bench.id)
        if session.waiting:
            return
        async with open_runs((await connections()).prefect_api_url) as runs:
            await gate.follow(session, runs)
    except ArchitectError as error:
        log.warning("a decision on session %s is acted on later: %s", bench.id, error.message)
