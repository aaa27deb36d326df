"""Node 6: the plan's edge functions, each deployed and answering."""

from __future__ import annotations

from typing import Any

from architect import workbench
from architect.provision import deploy
from architect.sentinel import probe_key
from tasks.node import node


@node(retries=2, timeout_seconds=300)
async def deploy_edge_functions(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Deploy each function and invoke it; a deploy is done only after an invoke succeeded."""
    bench = workbench.current(session_id)
    environment = await bench.environment()
    deployed: dict[str, Any] = {}
    if bench.session.options.enable_drift_sentinel:
        # First, since a function that runs is started anew to find it.
        await probe_key.offer(bench.cp, await bench.management(), session_id, environment.ref)
    for function in (await bench.plan()).functions:
        result = await deploy.deploy_function(
            await bench.mcp(), await bench.management(), environment, function
        )
        deployed[function.slug] = result
        await bench.emit(
            "edge_function_deployed",
            f"Function {function.slug} answers",
            {"slug": function.slug, **result, "focus": {"type": "function", "name": function.slug}},
            key=function.slug,
        )
    return {"functions": deployed}
