"""Node 4: the plan's tables, constraints and functions, one migration per concern."""

from __future__ import annotations

from typing import Any

from architect import workbench
from tasks.migrate import apply_concerns
from tasks.node import node


@node(retries=2, timeout_seconds=300)
async def apply_migrations(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Apply what makes the tables; every table is born with row-level security on and no grants."""
    bench = workbench.current(session_id)
    versions = await apply_concerns(bench, ("tables", "constraints", "functions"))
    return {"migrations": versions}
