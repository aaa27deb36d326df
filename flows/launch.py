"""Run a build in this process, tied to its deployment, so that the Prefect UI lists it with all others."""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import run_flow
from prefect.states import Pending

from architect.sessions.runs import run_key, run_name
from flows.build import build

DEPLOYMENT = "build/build"


async def run_here(session_id: str, attempt: int) -> dict[str, Any]:
    """Run the session's build now and here. ``attempt`` keeps a retry from being taken for the first run."""
    flow_run = await create_run(session_id, attempt)
    run: Any = run_flow(build, flow_run=flow_run, parameters={"session_id": session_id})
    result: dict[str, Any] = await run
    return result


async def create_run(session_id: str, attempt: int) -> FlowRun:
    """The flow run of this attempt; of the deployment where the runner has registered it."""
    async with get_client() as client:
        try:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            return await client.create_flow_run(build, parameters={"session_id": session_id}, state=Pending())
        return await client.create_flow_run_from_deployment(
            deployment.id,
            parameters={"session_id": session_id},
            state=Pending(),
            idempotency_key=run_key(session_id, attempt),
            name=run_name(session_id),
        )
