"""The tools of a build on the test platform, and a proxy in front of its API that misbehaves on demand."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import psutil
from pydantic import SecretStr

from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import MemoryRecorder, Recorder
from tests.fixtures.platform import Platform as Running


@dataclass
class Tools:
    """What a build holds open."""

    platform: Platform
    mcp: McpServer
    management: ManagementClient
    recorder: Any

    @property
    def called(self) -> list[str]:
        """Names of the tools called so far."""
        return [call["tool"] for call in self.recorder.calls]


def target(running: Running, api_url: str | None = None) -> Platform:
    """The test platform as a build sees it, through ``api_url`` when given."""
    return Platform(
        api_url=api_url or running.api_url,
        access_token=SecretStr(running.token),
        organization_id=running.organization_id,
        project_ref=running.workspace_ref,
        environment_url_template=f"{running.api_url}/p/{{ref}}",
    )


@asynccontextmanager
async def tools(
    running: Running, *, recorder: Recorder | None = None, api_url: str | None = None
) -> AsyncIterator[Tools]:
    """A real MCP server and a Management API client."""
    platform = target(running, api_url)
    told = recorder or MemoryRecorder()
    async with McpServer.start(platform, told) as mcp, ManagementClient(platform) as management:
        yield Tools(platform, mcp, management, told)


def server_process() -> psutil.Process:
    """The MCP server that this process runs."""
    found = [p for p in psutil.Process().children() if any("mcp-server-supabase" in a for a in p.cmdline())]
    assert len(found) == 1, found
    return found[0]


@dataclass
class Fault:
    """Applies to requests that match, ``times`` times."""

    method: str
    path: str
    #: Answer so and do not ask the platform, or with ``after`` only once it has done its work.
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    #: Change the platform's answer instead.
    rewrite: Callable[[Any], Any] | None = None
    times: int = 1_000


class Proxy:
    """Forwards to the platform and commits the faults it is told to; counts what it saw."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str]] = []
        #: Of the same requests.
        self.bodies: list[bytes] = []
        self.url = ""

    def count(self, method: str, path: str) -> int:
        return sum(m == method and re.search(path, p) is not None for m, p in self.seen)

    def fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        self.proxy.seen.append((self.command, self.path))
        self.proxy.bodies.append(body)
        fault = self.proxy.fault(self.command, self.path)
        if fault is not None and fault.status is not None and not fault.after:
            self._answer(fault.status, fault.headers, b'{"message": "planted failure"}')
            return
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding")}
        with httpx.Client(trust_env=False, timeout=60) as client:
            response = client.request(
                self.command, self.proxy.upstream + self.path, content=body, headers=headers
            )
        content = response.content
        if fault is not None and fault.rewrite is not None:
            content = json.dumps(fault.rewrite(response.json())).encode()
        if fault is not None and fault.status is not None:
            self._answer(fault.status, fault.headers, b'{"message": "planted failure"}')
            return
        kind = response.headers.get("content-type", "application/json")
        self._answer(response.status_code, {"content-type": kind}, content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _serve


@contextmanager
def proxied(running: Running | str) -> Iterator[Proxy]:
    """A proxy before the running platform's Management API, given as itself or by its URL."""
    proxy = Proxy(running if isinstance(running, str) else running.api_url)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
