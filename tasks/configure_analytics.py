"""Node 7: the Iceberg dataset, attached and queried once."""

from __future__ import annotations

from typing import Any

import anyio

from architect import workbench
from tasks.node import node


@node(retries=2, timeout_seconds=300)
async def configure_analytics(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Attach the dataset and prove it by one query; nothing when the session has analytics switched off."""
    bench = workbench.current(session_id)
    if not bench.session.options.enable_analytics:
        return {"enabled": False}
    from architect import (
        analytics,  # the engines cost import time that a build without analytics need not pay
    )

    attached = await anyio.to_thread.run_sync(analytics.configure, bench.home, session_id)
    answer = await anyio.to_thread.run_sync(analytics.run_analytics_query, bench.home, session_id)
    await bench.cp.save_outputs(session_id, {"analytics": answer})
    await bench.emit(
        "analytics_configured",
        f"Iceberg table {attached['identifier']} is attached",
        {**attached, "focus": {"type": "analytics", "name": attached["identifier"]}},
    )
    return {
        "enabled": True,
        "identifier": attached["identifier"],
        "snapshot_id": str(attached["snapshot_id"]),
    }
