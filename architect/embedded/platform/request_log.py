"""Notes every request at an environment's own URL in its logs."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from architect.embedded.platform.logs import severity

#: Parameters of a URL that are somebody's credentials.
SECRET_PARAMETERS = frozenset(
    {"apikey", "token", "token_hash", "access_token", "refresh_token", "code", "password"}
)
_OWN_LOGS = {"auth": "auth_logs", "storage": "storage_logs", "realtime": "realtime_logs"}


class RequestLog:
    """ASGI middleware around the gateway."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/p/"):
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            _note(scope, status, time.monotonic() - started)


def _note(scope: Scope, status: int, seconds: float) -> None:
    server: Any = scope["app"].state.server
    parts = [*scope["path"].split("/", 4), "", ""]
    ref, service = parts[2], parts[3]
    environment = server.environments.visible(ref)
    if environment is None:
        return
    path = scope["path"].removeprefix(f"/p/{ref}")
    attributes = {
        "identifier": ref,
        "request.method": scope["method"],
        "request.path": path,
        "request.search": _search(scope["query_string"]),
        "response.status_code": status,
        "response.origin_time": round(seconds * 1000),
    }
    message = f"{scope['method']} | {status} | {path}"
    server.logs.add(ref, "edge_logs", message, attributes, severity=severity(status))
    if service in _OWN_LOGS:
        own = {"level": severity(status).lower(), "status": status, "path": path, "msg": "request completed"}
        server.logs.add(ref, _OWN_LOGS[service], message, own, severity=severity(status))


def _search(raw: bytes) -> str:
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name.lower() not in SECRET_PARAMETERS]
    return f"?{urlencode(kept)}" if kept else ""
