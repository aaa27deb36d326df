"""Node 5: the policies and, only then, the grants that open the doors they guard."""

from __future__ import annotations

from typing import Any

from architect import workbench
from tasks.migrate import announce_rls, apply_concerns
from tasks.node import node


@node(retries=2, timeout_seconds=300)
async def configure_rls(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Apply the policies and the explicit grants."""
    bench = workbench.current(session_id)
    versions = await apply_concerns(bench, ("policies", "grants"))
    await announce_rls(bench)
    return {"migrations": versions}
