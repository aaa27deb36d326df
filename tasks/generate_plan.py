"""Node 2: the spec becomes a plan."""

from __future__ import annotations

from typing import Any

import anyio

from architect import workbench
from architect.plan.model import Plan
from architect.plan.planner import make_plan
from blocks.resolve import settings
from tasks.node import node


@node(retries=1, timeout_seconds=300)
async def generate_plan(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Make the plan, check it, store it on the session."""
    bench = workbench.current(session_id)
    session = bench.session

    chosen = await settings()

    def make() -> Plan:
        return make_plan(
            session.spec_text,
            template=session.template or "blank",
            options=session.options,
            settings=chosen,
        )

    plan = await anyio.to_thread.run_sync(make)
    await bench.cp.save_plan(session_id, plan.model_dump(mode="json"))
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
