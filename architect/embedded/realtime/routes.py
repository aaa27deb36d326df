"""Where clients connect: ``/p/{ref}/realtime/v1/websocket``, and the routes for broadcasts over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from architect.embedded.realtime import rest
from architect.embedded.realtime.frames import Form
from architect.embedded.realtime.protocol import EXTENSION, Outlet
from architect.embedded.realtime.socket import Socket
from architect.embedded.realtime.tenant import Tenant
from architect.embedded.realtime.tokens import Presented, TokenRefused, connect

if TYPE_CHECKING:
    from architect.embedded.realtime.server import Realtime

#: A paused project answers as the hosted gateway does.
PAUSED = 540


class ConnectRefused(Exception):
    """The client may not connect; ``status`` and the text are the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def routes() -> list[BaseRoute]:
    """The routes of every environment's Realtime."""
    return [WebSocketRoute("/p/{ref}/realtime/v1/websocket", _connect), *rest.routes()]


async def _connect(websocket: WebSocket) -> None:
    realtime: Realtime = websocket.app.state.server.realtime
    try:
        tenant, presented, form = _admit(realtime, websocket)
    except ConnectRefused as refused:
        realtime.note(websocket.path_params["ref"], f"Connection refused: {refused}", "WARN")
        await asyncio.sleep(realtime.options.connect_backoff_s)
        # Whoever has gone meanwhile needs no answer.
        with suppress(WebSocketDisconnect):
            await websocket.send_denial_response(JSONResponse({"error": str(refused)}, refused.status))
        return
    outlet: Outlet = websocket.scope["extensions"][EXTENSION]
    # Counted in before the first wait, or many at once would pass the limit.
    socket = Socket(tenant, presented, form, outlet)
    try:
        with suppress(WebSocketDisconnect):
            await websocket.accept()
            tenant.note(f"Client connected, version {form.value}")
            await socket.run(websocket)
    finally:
        socket.end()


def _admit(realtime: Realtime, websocket: WebSocket) -> tuple[Tenant, Presented, Form]:
    """Who connects to what. Raises :class:`ConnectRefused`."""
    query = websocket.query_params
    form = Form.of(query.get("vsn") or Form.V1.value)
    if form is None:
        raise ConnectRefused(403, "This version of the protocol is not spoken here: vsn is 1.0.0 or 2.0.0")
    environment = realtime.environment(websocket.path_params["ref"])
    if environment is None:
        raise ConnectRefused(404, "Tenant not found")
    if environment.paused:
        raise ConnectRefused(PAUSED, "Project paused")
    headers = websocket.headers
    presented = Presented(
        apikey=headers.get("x-api-key") or headers.get("apikey") or query.get("apikey"),
        user_agent=headers.get("user-agent"),
        headers=_own_headers(headers),
    )
    try:
        connect(environment, presented)
    except TokenRefused as refused:
        raise ConnectRefused(refused.status, f"{refused.code}: {refused.message}") from refused
    tenant = realtime.tenant(environment)
    if len(tenant.sockets) >= tenant.options.max_connections:
        raise ConnectRefused(429, "Too many connected users")
    if tenant.limits.joins.full:
        raise ConnectRefused(429, "Too many joins per second")
    return tenant, presented, form


def _own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that policies may read as ``request.headers``."""
    return {name: value for name, value in headers.items() if name.startswith("x-") and name != "x-api-key"}
