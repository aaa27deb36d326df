"""One permission-limited Deno process that answers HTTP on a unix socket of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from architect.embedded import runtime
from architect.errors import PlatformError
from architect.redaction import redact_text

#: The scripts print this line when they listen.
READY = "@ready"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 3.0
LOG_LIMIT_BYTES = 2_000_000


class ChildFailed(PlatformError):
    """A process of the platform did not start."""

    code = "child_failed"


@dataclass(slots=True)
class Child:
    """A Deno script, its socket, its log and the HTTP client that reaches it.

    ``stdin_text`` is written to the process and then the pipe stays open: the scripts end when it closes, so
    that nothing outlives a killed server.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    socket: Path
    log: Path
    stdin_text: str = ""
    #: Told every line the process writes.
    on_line: Callable[[str], None] | None = None
    last_used: float = field(default_factory=time.monotonic)
    in_flight: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    _process: asyncio.subprocess.Process | None = None
    _client: httpx.AsyncClient | None = None
    _reader: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def answers(self) -> bool:
        """Whether it can be asked: it has started, it runs, and nobody has begun to stop it."""
        return self.alive and self._client is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def client(self) -> httpx.AsyncClient:
        """HTTP to the process. Only valid between :meth:`start` and :meth:`stop`."""
        if self._client is None:
            raise ChildFailed(f"{self.name} is not running")
        return self._client

    async def start(self) -> None:
        """Start and wait until it listens. Raises :class:`ChildFailed` with the last log lines."""
        self.socket.unlink(missing_ok=True)
        ready = asyncio.Event()
        self._process = await asyncio.create_subprocess_exec(
            str(runtime.deno_bin()),
            *self.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(self.environment),
            cwd=self.folder,
            limit=1 << 20,
            **_user(),
        )
        self._reader = asyncio.create_task(self._read(ready), name=f"log of {self.name}")
        try:
            await self._send()
            await self._wait_ready(ready)
        except BaseException:
            await self.stop()
            raise
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket), limits=httpx.Limits(max_connections=100))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://child")
        # Whoever calls sets the time limit.
        self._client.timeout = httpx.Timeout(None)
        # A proxy adds nothing of its own, least of all an Accept-Encoding the caller did not send.
        self._client.headers.clear()
        self.last_used = time.monotonic()

    async def stop(self) -> None:
        """Ask the process to end, then make it."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process is not None and process.stdin is not None:
            process.stdin.close()
        if self._reader is not None:
            await self._reader
            self._reader = None
        self.socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once; for a process that no longer answers."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def cause(self) -> str:
        """The last log lines, for an error's log entry."""
        return "\n".join(self.tail)

    async def _send(self) -> None:
        if self._process is None or self._process.stdin is None:
            raise ChildFailed(f"{self.name} has no input")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._process.stdin.write(self.stdin_text.encode())
            await self._process.stdin.drain()

    async def _wait_ready(self, ready: asyncio.Event) -> None:
        assert self._process is not None
        waiting = [asyncio.create_task(ready.wait()), asyncio.create_task(self._process.wait())]
        done, pending = await asyncio.wait(
            waiting, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        if ready.is_set():
            return
        if self._reader is not None and self._process.returncode is not None:
            await self._reader
        reason = "ended while starting" if done else f"was not ready in {START_TIMEOUT_S:.0f} s"
        raise ChildFailed(f"{self.name} {reason}", log=self.cause(), exit_code=self._process.returncode)

    async def _read(self, ready: asyncio.Event) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with _open_log(self.log) as log:
            while True:
                try:
                    line = await self._process.stdout.readline()
                except ValueError:
                    continue  # a line longer than the buffer: dropped, the process goes on
                if not line:
                    return
                text = redact_text(line.decode("utf-8", "replace").rstrip("\n"))
                if text == READY:
                    ready.set()
                    continue
                self.tail.append(text)
                log.write(text + "\n")
                log.flush()
                if self.on_line is not None:
                    self.on_line(text)


def _user() -> dict[str, Any]:
    return dict(runtime.service_user())


def _open_log(path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")
