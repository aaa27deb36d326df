"""Node 8: the proof. What the live environment allows is measured and held against the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from prefect.runtime import flow_run

from architect import proof, workbench
from architect.sentinel import record
from architect.sentinel.reading import Eyes
from tasks.node import node


@node(retries=2, timeout_seconds=300)
async def finalize(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Prove readiness and access, store the outputs, record what the sentinel expects, end the session."""
    bench = workbench.current(session_id)
    readiness, matrix = await together(proof.readiness(bench), proof.access(bench))
    # Not beside the matrix: its probe locks the tables that REST writes to.
    rest, live = await together(proof.rest(bench), proof.live(bench))
    await bench.emit(
        "access_verified",
        f"{len(matrix.cells)} cells of the access matrix are as promised; "
        f"{len(rest['checks'])} checks through REST agree",
        {"cells": len(matrix.cells), "words": matrix.counts(), "restChecks": len(rest["checks"])},
    )
    outputs = await proof.outputs(bench, readiness=readiness, matrix=matrix, rest=rest, live=live)
    await bench.cp.save_outputs(session_id, {**outputs, "flowRunId": flow_run.id})
    if bench.session.options.enable_drift_sentinel:
        eyes = Eyes(await bench.mcp(), await bench.management())
        session = await bench.cp.session(session_id)
        await record.after_build(bench.cp, eyes, session, matrix=outputs["accessMatrix"])
    await bench.succeed(outputs)
    return {"status": "succeeded", "fingerprint": outputs["fingerprint"]}


async def together(first: Coroutine[Any, Any, Any], second: Coroutine[Any, Any, Any]) -> tuple[Any, Any]:
    """Both results. When one fails the other is still waited for: a proof that goes on writing while the node
    tries again would spoil the next one."""
    ended = await asyncio.gather(first, second, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return ended[0], ended[1]
