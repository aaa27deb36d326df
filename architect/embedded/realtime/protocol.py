"""The WebSocket protocol of the platform's server: as uvicorn's, and frames for many are written as they are.

A broadcast to a thousand sockets is framed once. Frames that wait for one socket are written in one go.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

#: Where an application finds the :class:`Outlet` of its connection, among the scope's extensions.
EXTENSION: Final = "architect.outlet"
#: A client that neither reads nor closes is cut off after this many seconds.
CLOSE_TIMEOUT_S: Final = 5.0


class Outlet:
    """Writes ready-made frames to one connection that has been accepted."""

    def __init__(self, protocol: OutletProtocol) -> None:
        self._protocol = protocol

    async def writable(self) -> None:
        """Wait until the client has read enough of what was written."""
        await self._protocol.writable.wait()

    def write(self, frames: bytes) -> None:
        """Write whole frames. What is written to a connection that is gone is lost."""
        if not self._protocol.ended:
            self._protocol.transport.write(frames)

    def close(self, code: int, reason: str = "") -> None:
        """Close with ``code``, after what has been written. Safe to repeat."""
        self._protocol.end(code, reason)


class OutletProtocol(WebSocketsSansIOProtocol):
    """Hands applications an :class:`Outlet`, and logs no URL: a query string may hold an API key."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = logging.getLogger(__name__)
        self.logger.setLevel(logging.WARNING)
        self.conn.logger = self.logger

    @property
    def ended(self) -> bool:
        """Whether nothing more can be sent."""
        return self.close_sent or self.disconnected or self.transport.is_closing()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = Outlet(self)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            # A refusal is an answer, too.
            self.handshake_complete = True

    def end(self, code: int, reason: str) -> None:
        """Begin to close; whoever does not answer is cut off."""
        if self.ended:
            return
        try:
            self.conn.send_close(code, reason)
        except InvalidState:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # Closing waits until everything is written, and nobody reads.
        self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)
