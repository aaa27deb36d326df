"""One process of the Supabase MCP server and the session with it.

The client's cancel scopes must be entered and left in the same task. So one task of our own opens the
connection, holds it and closes it; calls may come from any task of the same event loop.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any, TextIO

from mcp import MCPError
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import REQUEST_TIMEOUT, CallToolResult, Implementation

import architect
from architect.embedded import runtime
from architect.errors import ProvisionError
from architect.provision.platform import Platform
from architect.redaction import redact_text

PACKAGE = "@supabase/mcp-server-supabase"
#: Without ``docs``: its tool list would need the internet.
FEATURES = "account,database,debugging,development,functions,branching,storage"
#: All that the server may read of its environment. NODE_ENV is asked for by its GraphQL library.
READABLE = ("SUPABASE_ACCESS_TOKEN", "SUPABASE_CONTENT_API_URL", "NODE_ENV")
#: Passed on when the platform is not on this machine.
PROXY = ("HTTPS_PROXY", "NO_PROXY", "DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE")
START_TIMEOUT_S = 30.0
#: How much later than the client's own limit a call ends at the latest.
GRACE_S = 1.0
#: Once, for the many messages of a start that did not succeed.
TAIL_BYTES = 2000


class Connection:
    """A running server process. :meth:`open`, :meth:`call` as often as wanted, :meth:`close`."""

    def __init__(self, platform: Platform, log: Path) -> None:
        self._platform = platform
        self._log = log
        self._log_start = 0
        self._stop = asyncio.Event()
        self._ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._owner: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether calls can be made: opened, not closed, and nothing has broken it so far as we know."""
        return self._owner is not None and not self._owner.done() and not self._stop.is_set()

    async def open(self) -> float:
        """Start the process and greet it; returns the ms it took.

        Raises :class:`ProvisionError` with the end of the server's log when it does not come up.
        """
        started = time.perf_counter()
        server = await asyncio.to_thread(parameters, self._platform)
        self._owner = asyncio.create_task(self._own(server), name="supabase-mcp")
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await asyncio.shield(self._ready)
        except BaseException as error:
            await self.close()
            if not isinstance(error, Exception):
                raise
            cause = "it did not answer in time" if isinstance(error, TimeoutError) else _cause(error)
            raise ProvisionError(
                f"The MCP server did not start: {cause}",
                hint="Run `architect doctor`; the server's own words are in the log.",
                log=self.tail(),
                log_file=str(self._log),
            ) from error
        return (time.perf_counter() - started) * 1000

    async def call(self, tool: str, arguments: dict[str, Any], timeout_s: float) -> CallToolResult:
        """One tool call. Raises what the MCP client raises."""
        session = await asyncio.shield(self._ready)
        try:
            # The first call also asks for the tools' schemas, which the client's own limit leaves out.
            async with asyncio.timeout(timeout_s + GRACE_S):
                return await session.call_tool(tool, arguments, read_timeout_seconds=timeout_s)
        except TimeoutError:
            raise MCPError(REQUEST_TIMEOUT, "the server has gone silent") from None

    async def close(self) -> None:
        """End the process and wait until it is gone."""
        self._stop.set()
        if self._owner is not None:
            if not self._ready.done():
                self._owner.cancel()  # it waits for a greeting, which may never come
            await asyncio.wait({self._owner})
        if self._ready.done() and not self._ready.cancelled():
            self._ready.exception()  # read, so that the loop does not report it as forgotten
        else:
            self._ready.cancel()

    def tail(self) -> str:
        """The end of what this process wrote to its log, redacted."""
        try:
            with self._log.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(self._log_start, size - TAIL_BYTES))
                return redact_text(stream.read().decode("utf-8", "replace").strip())
        except OSError:
            return ""

    async def _own(self, server: StdioServerParameters) -> None:
        client = Implementation(name="vibe-architect", version=architect.__version__)
        try:
            with self._open_log() as log:
                async with (
                    stdio_client(server, errlog=log) as (read, write),
                    ClientSession(read, write, client_info=client) as session,
                ):
                    await session.initialize()
                    self._ready.set_result(session)
                    await self._stop.wait()
        except Exception as error:
            # Whoever waits for the start is told; after it, calls fail with an error of their own.
            if not self._ready.done():
                self._ready.set_exception(error)

    def _open_log(self) -> TextIO:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        stream = os.fdopen(descriptor, "a", encoding="utf-8")
        self._log_start = os.fstat(descriptor).st_size
        return stream


def parameters(platform: Platform) -> StdioServerParameters:
    """The command with the least permissions that work: one host, three variables, the package itself."""
    npm = runtime.npm_dir()
    environment = {
        **runtime.deno_env(),
        # A cache of its own: this process runs as the caller, not as the service user, who runs functions
        # and so must not be able to look into the process that holds the token.
        "DENO_DIR": str(_cache()),
        "SUPABASE_ACCESS_TOKEN": platform.access_token.get_secret_value(),
    }
    if not platform.is_local:
        environment |= {name: os.environ[name] for name in PROXY if name in os.environ}
    return StdioServerParameters(
        command=str(runtime.deno_bin()),
        args=[
            "run",
            "--no-prompt",
            "--cached-only",
            f"--allow-net={platform.api_host}",
            f"--allow-env={','.join(READABLE)}",
            f"--allow-read={npm}",
            # The file and not npm:NAME, which would want the registry's answer about the package cached.
            str(npm / "node_modules" / PACKAGE / "dist" / "cli.js"),
            f"--api-url={platform.api_url}",
            f"--features={FEATURES}",
        ],
        env=environment,
        cwd=npm,
        # Bytes that are no text spoil their line only, not the connection.
        encoding_error_handler="replace",
    )


def _cache() -> Path:
    path = runtime.runtime_dir() / "deno-cache-mcp"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _cause(error: BaseException) -> str:
    """The innermost message: the client wraps errors in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, MCPError):
        return error.message
    return f"{type(error).__name__}: {error}"
