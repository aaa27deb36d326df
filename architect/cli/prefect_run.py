"""Runs the build flow in this process, as a run of the ``build`` deployment that the Prefect UI shows.

The flow package imports Prefect, so it is imported here at the last moment, by name: the arrow of
dependencies points from flows to architect, and the command line is the one place that closes the circle.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any


def prepare(prefect_api_url: str, home: Path) -> None:
    """Point Prefect at our server, before it is imported, and keep its log lines off the terminal."""
    os.environ["PREFECT_API_URL"] = prefect_api_url
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    os.environ["PREFECT_SERVER_EPHEMERAL_ENABLED"] = "false"
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    os.environ.setdefault("PREFECT_CLI_COLORS", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


async def run_build(session_id: str, attempt: int, *, may_wait: bool = False) -> dict[str, Any]:
    """Run the build of a session until it ends or waits for approval; the flow's result, or its error."""
    launch = importlib.import_module("flows.launch")
    result: dict[str, Any] = await launch.run_here(session_id, attempt, may_wait=may_wait)
    return result
