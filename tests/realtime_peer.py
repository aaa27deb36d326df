"""A raw client of the Realtime server: sends any frame, and sees every frame as it came."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import jwt
from websockets.asyncio.client import ClientConnection, connect

from tests.fixtures.platform import Platform

TIMEOUT_S = 10.0


@dataclass
class Got:
    """One frame from the server, in the terms of version 2. ``binary`` holds the bytes of a binary one."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Any
    binary: bytes | None = None


class Peer:
    """One connection of version 1 or 2."""

    def __init__(self, connection: ClientConnection, version: int) -> None:
        self.connection = connection
        self.version = version
        self._refs = itertools.count(1)

    async def send(self, event: str, topic: str, payload: Any, *, join_ref: str | None = None) -> str:
        """Send one message; returns its ref."""
        ref = str(next(self._refs))
        if self.version == 2:
            await self.connection.send(json.dumps([join_ref, ref, topic, event, payload]))
        else:
            message = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
            await self.connection.send(json.dumps(message))
        return ref

    async def send_binary(self, topic: str, event: str, payload: bytes, *, as_json: bool) -> str:
        """Send a broadcast in the binary form of version 2; returns its ref."""
        ref = str(next(self._refs))
        names = [b"", ref.encode(), topic.encode(), event.encode(), b""]
        head = bytes([3, *map(len, names), as_json])
        await self.connection.send(head + b"".join(names) + payload)
        return ref

    async def get(self) -> Got:
        """The next frame, which must come."""
        data = await asyncio.wait_for(self.connection.recv(), TIMEOUT_S)
        if isinstance(data, bytes):
            return _binary(data)
        value = json.loads(data)
        if self.version == 2:
            return Got(*value)
        assert set(value) == {"topic", "event", "payload", "ref"}, value
        return Got(None, value["ref"], value["topic"], value["event"], value["payload"])

    async def join(self, topic: str, *, token: str | None = None, **config: Any) -> list[Got]:
        """Join and take what comes until the reply or, where presence is on, the state."""
        enabled = config.get("presence", {}).get("enabled", "presence" not in config)
        payload = {"config": config, **({"access_token": token} if token else {})}
        ref = await self.send("phx_join", topic, payload)
        got = [await self.get()]
        assert (got[0].event, got[0].ref) == ("phx_reply", ref), got
        assert got[0].payload["status"] == "ok", got
        while enabled and got[-1].event != "presence_state":
            got.append(await self.get())
        return got

    async def reply(self, ref: str, *, status: str = "ok") -> Any:
        """The next frame must be the reply to ``ref``; returns its response."""
        got = await self.get()
        assert (got.event, got.ref) == ("phx_reply", ref), got
        assert got.payload["status"] == status, got
        return got.payload["response"]

    async def broadcast(self, topic: str, event: str, payload: Any) -> str:
        """Send a broadcast as JSON."""
        return await self.send("broadcast", topic, {"type": "broadcast", "event": event, "payload": payload})

    async def heard(self, event: str) -> Any:
        """The next frame must be a broadcast of ``event``; returns its payload."""
        got = await self.get()
        assert (got.join_ref, got.ref, got.event) == (None, None, "broadcast"), got
        assert got.payload["event"] == event, got
        return got.payload["payload"]

    async def track(self, topic: str, payload: Any) -> str:
        body = {"type": "presence", "event": "track", "payload": payload}
        return await self.send("presence", topic, body)

    async def shut(self, message: str) -> None:
        """The channel is shut by the server: why, then the end."""
        why, end = await self.get(), await self.get()
        assert why.event == "system", why
        assert (why.payload["extension"], why.payload["status"]) == ("system", "error")
        assert why.payload["message"] == message
        assert (end.event, end.payload) == ("phx_close", {}), end

    async def closed(self) -> int | None:
        """Wait until the server closes; returns the code."""
        await asyncio.wait_for(self.connection.wait_closed(), TIMEOUT_S)
        return self.connection.close_code


def _binary(data: bytes) -> Got:
    assert data[0] == 4, data
    topic_size, event_size, meta_size, as_json = data[1:5]
    names, at = [], 5
    for size in (topic_size, event_size, meta_size):
        names.append(data[at : at + size].decode())
        at += size
    payload: Any = json.loads(data[at:]) if as_json else data[at:]
    body = {"event": names[1], "payload": payload, **({"meta": json.loads(names[2])} if names[2] else {})}
    return Got(None, None, names[0], "broadcast", body, binary=data)


@asynccontextmanager
async def peer(url: str, apikey: str, *, version: int = 2, **query: str) -> AsyncIterator[Peer]:
    """Connect to the environment at ``url``. Raises what ``websockets`` raises when it is refused."""
    parameters = {"apikey": apikey, "vsn": f"{version}.0.0", **query}
    address = url.replace("http://", "ws://") + "/realtime/v1/websocket?"
    address += "&".join(f"{name}={value}" for name, value in parameters.items())
    async with connect(address, proxy=None, ping_interval=None, max_size=None) as connection:
        yield Peer(connection, version)


def user_token(platform: Platform, ref: str, lifetime_s: int, **claims: Any) -> str:
    """A user's session JWT, valid for some seconds. A claim that is ``None`` is left out."""
    with platform.client() as client:
        secret = client.get(f"/projects/{ref}/postgrest").json()["jwt_secret"]
    content = {
        "role": "authenticated",
        "aud": "authenticated",
        "exp": int(time.time()) + lifetime_s,
        **claims,
    }
    return jwt.encode({k: v for k, v in content.items() if v is not None}, secret, algorithm="HS256")
