"""The Supabase MCP server: the one way in which an environment is changed. Each call is logged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from mcp import MCPError
from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, TextContent
from pydantic import ValidationError

from architect.embedded.home import home_dir
from architect.errors import ProvisionError, ToolCallFailed
from architect.provision import answers, comparable, patience, sendable
from architect.provision.connection import Connection
from architect.provision.platform import Platform
from architect.provision.recorder import UNLOGGED, Recorder, digest
from architect.provision.secret_values import SecretRegistry
from architect.redaction import redact_text

SERVER = "supabase"
CALL_TIMEOUT_S = 60.0
#: Tools that make or remove whole databases, or run what may take long.
SLOW = frozenset(
    {"create_branch", "create_project", "delete_branch", "merge_branch", "rebase_branch", "reset_branch"}
    | {"apply_migration", "deploy_edge_function", "restore_project", "pause_project"}
)
SLOW_TIMEOUT_S = 300.0
#: Reading them twice is reading them once: worth another try when an answer is lost.
READS = frozenset(
    {"list_organizations", "get_organization", "list_projects", "get_project", "get_cost", "confirm_cost"}
    | {"list_tables", "list_extensions", "list_migrations", "list_branches", "list_edge_functions"}
    | {
        "get_edge_function",
        "get_project_url",
        "get_publishable_keys",
        "get_advisors",
        "query_logs",
        "get_logs",
    }
    | {"generate_typescript_types", "list_storage_buckets", "get_storage_config"}
)


class McpServer:
    """One server process, started once and reused. :meth:`call` may be awaited from any task of its loop."""

    def __init__(self, platform: Platform, recorder: Recorder, log: Path, secrets: SecretRegistry) -> None:
        self._platform = platform
        self._recorder = recorder
        self._log = log
        self._opening = asyncio.Lock()
        self._connection: Connection | None = None
        #: The secrets that may stand in arguments.
        self.secrets = secrets
        #: How long each start took, in ms; more than one entry means that the server died.
        self.starts_ms: list[float] = []

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        platform: Platform,
        recorder: Recorder,
        *,
        log: Path | None = None,
        secrets: SecretRegistry | None = None,
    ) -> AsyncIterator[McpServer]:
        """Run the server for the length of the block.

        Raises :class:`ProvisionError` when it does not come up; its stderr goes to ``log`` (default
        ``<home>/logs/mcp.log``).
        """
        server = cls(platform, recorder, log or home_dir() / "logs" / "mcp.log", secrets or SecretRegistry())
        try:
            await server._connected()
            yield server
        finally:
            await server._close()

    async def call(
        self,
        tool: str,
        arguments: dict[str, Any],
        *,
        timeout_s: float | None = None,
        safe: bool | None = None,
        logged: bool = True,
    ) -> Any:
        """Call ``tool`` and return its JSON; rows for ``execute_sql``.

        Placeholders of :attr:`secrets` are resolved on the way out; the log holds placeholders only. A call
        that is ``safe`` to make twice (as reads are) is made again when the platform is busy or broken, any
        other only when nothing was done. What only looks, over and over, need not be ``logged``.

        Raises
        ------
        InputError
            An argument holds what cannot be sent; the call was not made and is not in the log.
        ToolCallFailed
            ``details``: ``tool``, ``reason`` (``refused`` by the server, ``timeout``, ``lost`` connection,
            ``malformed`` answer), and ``sqlstate`` where Postgres gave one. After ``timeout`` and ``lost``
            the call may have had its effect: look before you repeat it.
        """
        if timeout_s is None:
            timeout_s = SLOW_TIMEOUT_S if tool in SLOW else CALL_TIMEOUT_S
        sent = self.secrets.resolve(arguments)
        sendable.check(tool, sent)
        hidden = self.secrets.conceal(arguments)
        whole = self.secrets.resolve(hidden) == sent
        recorder = self._recorder if logged else UNLOGGED
        n = await recorder.start(SERVER, tool, hidden, replayable=whole)
        started = time.perf_counter()

        async def finish(
            ok: bool, result_digest: str | None = None, error: str | None = None, *, rule: str | None = None
        ) -> None:
            ms = round((time.perf_counter() - started) * 1000, 2)
            # Noted even when the caller is being cancelled.
            await asyncio.shield(recorder.finish(n, ok, ms, result_digest, error, rule=rule))

        try:
            result = await self._attempt(tool, sent, timeout_s, tool in READS if safe is None else safe)
        except ProvisionError as error:
            await finish(False, error=error.message)
            raise
        except asyncio.CancelledError:
            await finish(False, error="canceled before an answer came")
            raise
        if not logged:
            return result
        form = comparable.of(tool, sent, result)
        await finish(True, digest(form.value), rule=form.rule)
        return result

    async def _attempt(self, tool: str, arguments: dict[str, Any], timeout_s: float, safe: bool) -> Any:
        for attempt in range(patience.TRIES):
            try:
                return await self._once(tool, arguments, timeout_s)
            except ToolCallFailed as error:
                wait = patience.before_calling_again(error.details, error.message, attempt, safe=safe)
                if wait is None:
                    raise
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _once(self, tool: str, arguments: dict[str, Any], timeout_s: float) -> Any:
        connection = await self._connected()
        try:
            result = await connection.call(tool, arguments, timeout_s)
        except MCPError as error:
            await self._fail(connection, tool, error, timeout_s)
        except (ValidationError, RuntimeError) as error:
            raise ToolCallFailed(
                f"{tool}: the answer breaks the protocol: {_problem(error)}", tool=tool, reason="malformed"
            ) from None
        text = _text(result)
        if result.is_error:
            said = answers.message(text)
            raise ToolCallFailed(
                f"{tool}: {said}",
                hint=patience.hint(said) if answers.sqlstate(said) is None else None,
                tool=tool,
                reason="refused",
                sqlstate=answers.sqlstate(said),
            )
        try:
            return answers.parse(tool, text)
        except answers.Unreadable as error:
            raise ToolCallFailed(f"{tool}: {error}", tool=tool, reason="malformed") from error

    async def _fail(self, connection: Connection, tool: str, error: MCPError, timeout_s: float) -> NoReturn:
        if error.code == REQUEST_TIMEOUT:
            raise ToolCallFailed(
                f"{tool}: no answer within {timeout_s:g} s", tool=tool, reason="timeout"
            ) from error
        if error.code == CONNECTION_CLOSED:
            await self._drop(connection)
            said = connection.tail()
            raise ToolCallFailed(
                f"{tool}: the MCP server died during the call"
                + (f": {cause}" if (cause := _last_words(said)) else ""),
                hint="The next call starts a new one. Look at what the call has done before repeating it.",
                tool=tool,
                reason="lost",
                log=said,
            ) from error
        raise ToolCallFailed(
            f"{tool}: {redact_text(error.message)}", tool=tool, reason="refused", code=error.code
        ) from error

    async def _connected(self) -> Connection:
        async with self._opening:
            if self._connection is None or not self._connection.alive:
                await self._close()
                connection = Connection(self._platform, self._log)
                self.starts_ms.append(await connection.open())
                self._connection = connection
            return self._connection

    async def _drop(self, connection: Connection) -> None:
        async with self._opening:
            if self._connection is connection:
                await self._close()

    async def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def _problem(error: ValidationError | RuntimeError) -> str:
    """The first problem in one line, without what was sent: that may be long, and anything."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).partition("\n")[0][:300]


def _last_words(log: str) -> str:
    """The last line that is no frame of a stack trace."""
    lines = [line.strip() for line in log.splitlines()]
    return next((line for line in reversed(lines) if line and not line.startswith("at ")), "")
