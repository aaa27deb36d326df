"""Node 3: a branch or a project to build in."""

from __future__ import annotations

from typing import Any

from architect import workbench
from architect.provision import environment as environments
from architect.provision import health
from architect.provision.cost import Limits
from blocks.resolve import settings
from tasks.node import node


@node(retries=2, timeout_seconds=600)
async def provision_environment(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Find the session's environment by its name or create it; store its refs and URLs."""
    bench = workbench.current(session_id)
    await bench.check_ledger()
    chosen = await settings()
    made = await environments.provision(
        await bench.mcp(),
        await bench.management(),
        bench.platform,
        mode=bench.session.options.environment_mode,
        name=environments.name_for(session_id, generation),
        limits=Limits(hourly=chosen.max_hourly_cost, monthly=chosen.max_monthly_cost),
        told=bench.cost_agreed,
    )
    await bench.cp.save_environment(session_id, made.to_json())
    await bench.cp.resource_created(session_id, made.mode, made.ref, {"name": made.name})
    bench.ahead(bench.warm_rest(made))
    # A branch has the services of a project that is up; a new project's come up one by one.
    if made.mode == "project":
        await health.services(await bench.management(), made.ref)
    await health.usable(await bench.mcp(), made.ref)
    await bench.emit(
        "environment_created",
        f"{made.mode.capitalize()} {made.name} is up at {made.url}",
        {"ref": made.ref, "mode": made.mode, "name": made.name, "url": made.url},
    )
    return {"ref": made.ref, "mode": made.mode}
