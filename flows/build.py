"""The build: a written spec becomes a running, locked-down and proven Supabase backend."""

from __future__ import annotations

from typing import Any

from prefect import flow

from architect import workbench
from blocks.resolve import connections
from tasks.apply_migrations import apply_migrations
from tasks.approve_plan import approve_plan
from tasks.configure_analytics import configure_analytics
from tasks.configure_rls import configure_rls
from tasks.deploy_edge_functions import deploy_edge_functions
from tasks.finalize import finalize
from tasks.generate_plan import generate_plan
from tasks.hooks import close_stopped_run
from tasks.ingest_vibe import ingest_vibe
from tasks.provision_environment import provision_environment


@flow(
    name="build",
    flow_run_name="build-{session_id}",
    on_crashed=[close_stopped_run],
    on_cancellation=[close_stopped_run],
    persist_result=False,
)
async def build(session_id: str) -> dict[str, Any]:
    """Run the eight nodes of one build session; a node that is already done is replayed, not done again.

    Parameters
    ----------
    session_id
        A row of ``build_sessions``. The spec, the template and the options are read from it; nothing large
        and nothing secret passes through Prefect.

    Raises
    ------
    architect.errors.ArchitectError
        The build failed; the session row and a ``build_failed`` event say why.
    """
    async with workbench.open_bench(session_id, await connections()) as bench:
        spec = await ingest_vibe(session_id, bench.spec_hash, bench.generation)
        plan = await generate_plan(session_id, spec["spec_hash"], bench.generation)
        await approve_plan(session_id)
        of = (session_id, plan["plan_hash"], bench.generation)
        await provision_environment(*of)
        await apply_migrations(*of)
        await configure_rls(*of)
        await deploy_edge_functions(*of)
        await configure_analytics(*of)
        result: dict[str, Any] = await finalize(*of)
    return result
