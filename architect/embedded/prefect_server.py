"""The Prefect server: the engine and the operator's view, on the embedded Postgres."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from architect.embedded.postgres import Cluster
from architect.embedded.processes import Service
from architect.embedded.state import PlatformState

DATABASE = ROLE = "prefect"


def api_url(state: PlatformState) -> str:
    """What clients are given as ``PREFECT_API_URL``."""
    return f"http://127.0.0.1:{state.prefect_port}/api"


def client_environment(home: Path, state: PlatformState) -> dict[str, str]:
    """Settings of everything that talks to the server or runs flows for it. Holds no secret."""
    return {
        "PREFECT_API_URL": api_url(state),
        "PREFECT_HOME": str(home / "prefect"),
        # Without this a missing API URL would silently start a throwaway server.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "DO_NOT_TRACK": "1",
    }


def service(home: Path, state: PlatformState, cluster: Cluster) -> Service:
    """The server process. The database URL goes by environment, never by argument.

    The app is started by uvicorn itself: ``prefect server start`` would import everything twice.
    """
    dsn = cluster.dsn(DATABASE, ROLE).split("://", 1)[1]
    (home / "prefect").mkdir(exist_ok=True, mode=0o700)
    environment = {
        **base_environment(home),
        **client_environment(home, state),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{dsn}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_UI_API_URL": api_url(state),
        "PREFECT_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    }
    arguments = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    arguments += ["--host", "127.0.0.1", "--port", str(state.prefect_port), "--no-access-log"]
    return Service(
        home=home, name="prefect", arguments=[*arguments, "--log-level", "warning"], environment=environment
    )


def base_environment(home: Path) -> dict[str, str]:
    """The caller's environment without settings that would steer our processes elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "ARCHITECT_SERVICE", "PG"))
    }
    return {**kept, "ARCHITECT_HOME": str(home)}
