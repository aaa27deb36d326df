"""``python -m architect.api``: serves the session API until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import sys

import uvicorn

from architect.api.app import create_app
from architect.api.options import ApiOptions
from architect.control_project import ControlProject, control_project
from architect.embedded.state import PlatformState
from architect.errors import ArchitectError, InputError
from architect.serving import GracefulServer, log_to_stderr
from architect.settings import Connections, connections

#: Where no embedded platform has set a port aside.
DEFAULT_PORT = 8400


def main() -> int:
    """Serve until told to stop. Raises ``InputError`` when the settings are not complete."""
    log_to_stderr()
    options, target = ApiOptions(), connections()
    state = PlatformState.load(target.home)
    config = uvicorn.Config(
        create_app(target, options, asyncio.run(_project(target))),
        host=options.host,
        port=options.port or (state.api_port if state else 0) or DEFAULT_PORT,
        access_log=False,  # an address may tell more than a log should hold
        log_config=None,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = GracefulServer(config)
    server.run()
    return 0 if server.started else 1


async def _project(target: Connections) -> ControlProject | None:
    """The control plane's own project, when it is up; else it is looked for while we serve."""
    try:
        return await control_project(target)
    except InputError:
        raise
    except ArchitectError:
        return None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ArchitectError as error:
        sys.exit(f"{error.message}. {error.hint or ''}")
