"""``python -m architect.embedded.platform``: runs the server for the state in the home folder."""

from __future__ import annotations

import sys

import uvicorn

from architect.embedded.home import home_dir
from architect.embedded.platform.app import create_app
from architect.embedded.postgres import Cluster
from architect.embedded.realtime.options import RealtimeOptions
from architect.embedded.realtime.protocol import OutletProtocol
from architect.embedded.state import PlatformState
from architect.errors import PlatformNotRunning
from architect.serving import GracefulServer, log_to_stderr


def main() -> int:
    """Serve until SIGTERM or SIGINT; the child processes end with the server."""
    log_to_stderr()
    home = home_dir()
    state = PlatformState.load(home)
    if state is None:
        raise PlatformNotRunning(f"There is no platform state in {home}")
    config = uvicorn.Config(
        create_app(state, Cluster(home, state)),
        host="127.0.0.1",
        port=state.platform_port,
        access_log=False,  # a query string may hold an API key
        log_config=None,
        lifespan="on",
        server_header=False,
        ws=OutletProtocol,
        ws_max_size=RealtimeOptions().max_frame,
        ws_per_message_deflate=False,  # a frame for a thousand sockets is made once
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
    )
    server = GracefulServer(config)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
