"""Node 2: the spec becomes a plan."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio

from architect import workbench
from architect.plan.model import Plan
from architect.plan.planner import OnStep, make_plan
from architect.plan.show.steps import step_words
from blocks.resolve import settings
from tasks.node import node


@node(retries=1, timeout_seconds=300)
async def generate_plan(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Make the plan, check it, store it on the session."""
    bench = workbench.current(session_id)
    session = bench.session

    chosen = await settings()
    tell = _teller(bench, asyncio.get_running_loop())

    def make() -> Plan:
        return make_plan(
            session.spec_text,
            template=session.template or "blank",
            options=session.options,
            settings=chosen,
            on_step=tell,
            checkpoints=bench.cp.checkpoints,
            thread=f"{session_id}:{generation}",
        )

    plan = await anyio.to_thread.run_sync(make)
    await bench.cp.save_plan(session_id, plan.model_dump(mode="json"))
    await bench.cp.forget_planning(session_id)
    counts = {
        "tables": len(plan.tables),
        "policies": sum(len(table.policies) for table in plan.tables),
        "functions": len(plan.functions),
        "open_questions": len(plan.open_questions),
    }
    await bench.emit(
        "plan_created",
        f"Plan: {counts['tables']} tables, {counts['policies']} policies, "
        f"{counts['open_questions']} open questions",
        {**counts, "plan_hash": plan.digest(), "planner": plan.planner.model_dump(mode="json")},
    )
    return {"plan_hash": plan.digest(), **counts}


def _teller(bench: workbench.Workbench, loop: asyncio.AbstractEventLoop) -> OnStep:
    """Tells of each step of a model's planner as it ends; called in the thread that plans."""

    def tell(step: str, detail: dict[str, Any]) -> None:
        key = ":".join(str(detail[part]) for part in ("attempt", "piece", "pieces", "outcome"))
        told = bench.emit(
            "plan_step", step_words(step, detail), {"step": step, **detail}, key=f"{step}:{key}"
        )
        asyncio.run_coroutine_threadsafe(told, loop).result()

    return tell
