"""The processes of the platform besides Postgres, and how each shows that it is up."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from architect.embedded import prefect_server
from architect.embedded.postgres import Cluster
from architect.embedded.processes import Service
from architect.embedded.state import PlatformState

#: A slow machine that migrates the Prefect database for the first time.
START_TIMEOUT_S = 120.0
POLL_S = 0.05


def platform(home: Path, state: PlatformState) -> Service:
    """Management API, gateway and functions router."""
    return Service(
        home=home,
        name="platform",
        arguments=[sys.executable, "-m", "architect.embedded.platform"],
        environment=prefect_server.base_environment(home),
    )


def runner(home: Path, state: PlatformState) -> Service:
    """Runs what Prefect schedules."""
    scratch = home / "prefect" / "tmp"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = {
        **prefect_server.base_environment(home),
        **prefect_server.client_environment(home, state),
        # Prefect works in <temporary folder>/runner_storage, which on a shared machine is another user's.
        "TMPDIR": str(scratch),
    }
    return Service(
        home=home,
        name="runner",
        arguments=[sys.executable, "-m", "deployments.serve"],
        environment=environment,
        folder=Path(__file__).resolve().parents[2],
    )


def api(home: Path, state: PlatformState) -> Service:
    """The session API and its page."""
    environment = {
        **prefect_server.base_environment(home),
        **prefect_server.client_environment(home, state),
    }
    return Service(
        home=home, name="api", arguments=[sys.executable, "-m", "architect.api"], environment=environment
    )


def others(home: Path, state: PlatformState, cluster: Cluster) -> dict[str, Service]:
    """Everything but Postgres, by name, in the order in which it is started."""
    return {
        "platform": platform(home, state),
        "prefect": prefect_server.service(home, state, cluster),
        "runner": runner(home, state),
        "api": api(home, state),
    }


def health_url(name: str, state: PlatformState) -> str | None:
    """Where a service says that it is up; the runner has no such place."""
    return {
        "platform": f"http://127.0.0.1:{state.platform_port}/health",
        "prefect": f"http://127.0.0.1:{state.prefect_port}/api/health",
        "api": f"http://127.0.0.1:{state.api_port}/readyz",
    }.get(name)


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Whether a GET of ``url`` succeeds."""
    try:
        return httpx.get(url, timeout=timeout_s, trust_env=False).is_success
    except httpx.TransportError:
        return False


def wait_up(service: Service, url: str, still: Callable[[], bool]) -> None:
    """Wait until ``url`` answers. Raises ``ServiceFailed`` with the end of the log when it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(url):
        if not still():
            raise service.failed("ended while starting")
        if time.monotonic() > deadline:
            raise service.failed(f"did not answer within {START_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
