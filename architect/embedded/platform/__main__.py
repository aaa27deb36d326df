"""``python -m architect.embedded.platform``: runs the server for the state in the home folder."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from collections.abc import Iterator

import uvicorn

from architect.embedded.home import home_dir
from architect.embedded.platform.app import create_app
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from architect.errors import PlatformNotRunning
from architect.redaction import redact_text


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of every line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact_text(super().format(record))


class GracefulServer(uvicorn.Server):
    """Shuts down on SIGTERM and SIGINT and then returns, where uvicorn would raise the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def main() -> int:
    """Serve until SIGTERM or SIGINT; the child processes end with the server."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
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
        timeout_graceful_shutdown=5,
    )
    server = GracefulServer(config)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
