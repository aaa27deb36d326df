"""Run a build in this process, tied to its deployment, so that the Prefect UI lists it with all others."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, Pause
from prefect.flow_engine import run_flow
from prefect.states import Pending

from architect.sessions.runs import run_key, run_name
from flows.build import build

DEPLOYMENT = "build/build"
#: Only runs of a deployment can wait for approval: a runner that has just been started may still register it.
PATIENCE_S = 60.0


async def run_here(session_id: str, attempt: int, *, may_wait: bool = False) -> dict[str, Any]:
    """Run the session's build now and here. ``attempt`` keeps a retry from being taken for the first run.

    A build that waits for approval is suspended; the runner takes it up when somebody has decided.
    """
    flow_run = await create_run(session_id, attempt, patience_s=PATIENCE_S if may_wait else 0)
    run: Any = run_flow(build, flow_run=flow_run, parameters={"session_id": session_id})
    try:
        result: dict[str, Any] = await run
    except Pause:
        return {"status": "waiting"}
    return result


async def create_run(session_id: str, attempt: int, *, patience_s: float = 0) -> FlowRun:
    """The flow run of this attempt; of the deployment where the runner has registered it within that time."""
    async with get_client() as client:
        try:
            deployment = await _deployment(client, patience_s)
        except ObjectNotFound:
            return await client.create_flow_run(build, parameters={"session_id": session_id}, state=Pending())
        return await client.create_flow_run_from_deployment(
            deployment.id,
            parameters={"session_id": session_id},
            state=Pending(),
            idempotency_key=run_key(session_id, attempt),
            name=run_name(session_id),
        )


async def _deployment(client: PrefectClient, patience_s: float) -> DeploymentResponse:
    """The build deployment. Raises :class:`ObjectNotFound` when the runner does not register it in time."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return await client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            if time.monotonic() >= deadline:
                raise
        await asyncio.sleep(0.3)
