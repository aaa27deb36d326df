"""One channel of a Realtime server over one WebSocket, in version 2.0.0 of the protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

REPLY_S = 10.0
CLOSE_S = 0.3
MAX_FRAME = 5_000_000
HEARTBEAT_TOPIC = "phoenix"

# The address holds the key, and the library writes addresses to its log.
_quiet = logging.getLogger("architect.events.wire")
_quiet.setLevel(logging.WARNING)


class Lost(Exception):
    """The channel is gone, or never came to be; the message says why and holds no secret."""


class Channel:
    """A joined channel. Everything may raise :class:`Lost`; after that only a new one helps."""

    def __init__(self, socket: ClientConnection, topic: str) -> None:
        self._socket = socket
        self._topic = f"realtime:{topic}"
        self._refs = itertools.count(1)
        self._join_ref: str | None = None
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, api_key: str, topic: str) -> AsyncIterator[Channel]:
        """A connection to ``{url}/realtime/v1``, not joined yet. ``url`` is the project's."""
        address = f"ws{url.removeprefix('http')}/realtime/v1/websocket?apikey={quote(api_key)}&vsn=2.0.0"
        local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        try:
            async with connect(
                address, open_timeout=REPLY_S, close_timeout=CLOSE_S, compression=None, max_size=MAX_FRAME,
                logger=_quiet, proxy=None if local else True,
            ) as socket:  # fmt: skip
                yield cls(socket, topic)
        except InvalidHandshake as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            raise Lost(f"the server refused the connection{f' ({status})' if status else ''}") from None
        except (WebSocketException, OSError, TimeoutError) as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from None

    async def read(self) -> None:
        """Take in frames for as long as the channel lives: it has to run beside everything else."""
        async for text in self._socket:
            if isinstance(text, bytes):
                continue  # broadcasts of others
            _, ref, topic, event, payload = json.loads(text)
            if event == "phx_reply" and (reply := self._replies.pop(ref, None)) is not None:
                if not reply.done():
                    reply.set_result(payload)
            elif topic == self._topic and event in ("phx_close", "phx_error"):
                raise Lost(f"the server sent {event}")
        raise Lost("the server ended the connection")

    async def join(self, config: dict[str, Any], access_token: str) -> None:
        """Join with this ``config``."""
        self._join_ref = str(next(self._refs))
        payload = {"config": config, "access_token": access_token}
        await self._ask(self._topic, "phx_join", payload, ref=self._join_ref)

    async def beat(self) -> None:
        """One heartbeat, answered."""
        await self._ask(HEARTBEAT_TOPIC, "heartbeat", {})

    async def presence(self, event: str, payload: dict[str, Any] | None = None) -> None:
        """``track`` a payload, or ``untrack``."""
        body: dict[str, Any] = {"type": "presence", "event": event}
        await self._ask(self._topic, "presence", body if payload is None else {**body, "payload": payload})

    async def broadcast(self, event: str, payload: dict[str, Any]) -> None:
        """Send to all others; nobody answers."""
        body = {"type": "broadcast", "event": event, "payload": payload}
        await self._send(str(next(self._refs)), self._topic, "broadcast", body)

    async def leave(self) -> None:
        """Leave properly, so that the others need not wait for the connection to end."""
        await self._ask(self._topic, "phx_leave", {})

    async def _ask(self, topic: str, event: str, payload: dict[str, Any], ref: str | None = None) -> None:
        ref = ref or str(next(self._refs))
        reply = self._replies[ref] = asyncio.get_running_loop().create_future()
        await self._send(ref, topic, event, payload)
        try:
            async with asyncio.timeout(REPLY_S):
                answer = await reply
        except TimeoutError:
            raise Lost(f"no answer to {event}") from None
        finally:
            self._replies.pop(ref, None)
        if answer.get("status") != "ok":
            reason = (answer.get("response") or {}).get("reason", "no reason given")
            raise Lost(f"{event} was refused: {reason}")

    async def _send(self, ref: str, topic: str, event: str, payload: dict[str, Any]) -> None:
        join_ref = None if topic == HEARTBEAT_TOPIC else self._join_ref
        await self._socket.send(json.dumps([join_ref, ref, topic, event, payload]))
