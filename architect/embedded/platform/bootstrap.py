"""The organization and the projects that exist from the start."""

from __future__ import annotations

import asyncio

import httpx

from architect.embedded.platform import branches, projects
from architect.embedded.platform.config import AuthSettings
from architect.embedded.platform.server import Server
from architect.embedded.state import PlatformState
from architect.errors import PlatformError, PlatformNotRunning

ORGANIZATION_NAME = "local"
CONTROL_DATABASE = "control_plane"
TIMEOUT_S = 60.0


def ensure(state: PlatformState) -> None:
    """Let the running server make sure of the organization, the workspace and the control project.

    Raises :class:`PlatformNotRunning` when nobody answers, :class:`PlatformError` when it fails.
    """
    url = f"http://127.0.0.1:{state.platform_port}/platform/ensure"
    headers = {"authorization": f"Bearer {state.management_token}"}
    try:
        response = httpx.post(url, headers=headers, timeout=TIMEOUT_S, trust_env=False)
    except httpx.TransportError as error:
        raise PlatformNotRunning() from error
    if response.status_code != 200:
        raise PlatformError("The platform could not prepare its projects", status=response.status_code)


async def run(server: Server) -> None:
    """What :func:`ensure` asks for, inside the server. Also finishes what a killed server left half done."""
    state, store = server.state, server.store
    async with server.lock("bootstrap"):
        if server.sweeper is None:
            # Nothing can be under way yet: what says so was left by a server that was killed.
            for row in await store.all("unfinished_environments"):
                await server.forget(row)
            await store.run("end_interrupted_runs")
            await store.run("end_interrupted_branches")
            server.sweeper = asyncio.create_task(branches.keep_sweeping(server), name="branches that are due")
        await branches.sweep(server)
        await store.run("ensure_organization", id=state.organization_id, name=ORGANIZATION_NAME)
        if server.environments.get(state.workspace_ref) is None:
            await projects.add(
                server, state.workspace_ref, name="workspace", organization_id=state.organization_id
            )
        if server.environments.get(state.control_ref) is None:
            await projects.add(
                server,
                state.control_ref,
                name="control-plane",
                organization_id=state.organization_id,
                database=CONTROL_DATABASE,
                hidden=True,
            )
        # Its users are made by the operator, with `architect users add`.
        await server.configs.put(state.control_ref, AuthSettings, {"disable_signup": True})
