"""One client's connection: reads its frames, keeps its channels, and writes what waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import Any

from starlette.websockets import WebSocket

from architect.embedded.realtime.channel import Channel
from architect.embedded.realtime.frames import HEARTBEAT_TOPIC, Form, Frame, Malformed, decode, encode
from architect.embedded.realtime.message import PREFIX
from architect.embedded.realtime.protocol import CLOSE_TIMEOUT_S, Outlet
from architect.embedded.realtime.tenant import GOING_AWAY, Tenant
from architect.embedded.realtime.tokens import Presented, TokenRefused, check

log = logging.getLogger(__name__)
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
#: Written at once; more would only wait in another place.
BATCH = 128 * 1024
TOO_MANY_JOINS = "ClientJoinRateLimitReached: Too many joins per second"
TOO_MANY_CHANNELS = "ChannelRateLimitReached: Too many channels"


class Socket:
    """Lives as long as its connection. Whatever happens to it, its channels leave their rooms."""

    def __init__(self, tenant: Tenant, presented: Presented, form: Form, outlet: Outlet) -> None:
        self.tenant = tenant
        self.presented = presented
        self.form = form
        self.channels: dict[str, Channel] = {}
        self._outlet = outlet
        self._queue: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._closing: int | None = None
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._joined_at = self._loop.time()
        self._watchdog: asyncio.TimerHandle | None = None
        tenant.enter(self)

    async def run(self, websocket: WebSocket) -> None:
        """Serve until either side closes."""
        writer = asyncio.create_task(self._write(), name="realtime writer")
        self._watch()
        try:
            await self._read(websocket)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    def put(self, wire: bytes | None) -> None:
        """Queue a frame. A client that reads too slowly is disconnected, and nobody else waits for it."""
        if wire is None or self._closing is not None:
            return
        self._queue.append(wire)
        self._waiting_bytes += len(wire)
        options = self.tenant.options
        if len(self._queue) > options.queue_frames or self._waiting_bytes > options.queue_bytes:
            self.tenant.note("A client reads too slowly and was disconnected", "WARN")
            self._queue.clear()
            self._closing = TRY_AGAIN_LATER
            self._outlet.close(TRY_AGAIN_LATER)
            return
        self._wake.set()

    def push(self, event: str, topic: str, payload: Any, *, ref: Any = None, join_ref: Any = None) -> None:
        """Queue a message of this socket's own."""
        self.put(encode(self.form, event, topic, payload, ref=ref, join_ref=join_ref))

    def reply(self, frame: Frame, response: Any, *, error: bool = False) -> None:
        """Answer ``frame``."""
        payload = {"status": "error" if error else "ok", "response": response}
        self.push("phx_reply", frame.topic, payload, ref=frame.ref, join_ref=frame.join_ref)

    def close(self, code: int) -> None:
        """Close after what waits has been written. Safe to repeat."""
        if self._closing is None:
            self._closing = code
            self._wake.set()
            # A client that does not read cannot put it off.
            self._loop.call_later(CLOSE_TIMEOUT_S, self._outlet.close, code)

    def forget(self, channel: Channel) -> None:
        """Take ``channel`` off the list, unless its place is taken already."""
        if self.channels.get(channel.full_topic) is channel:
            del self.channels[channel.full_topic]
            self._joined_at = self._loop.time()

    def recheck(self) -> None:
        """Ask again what the key and every channel's token open."""
        for channel in list(self.channels.values()):
            channel.recheck()
        environment = self.tenant.environment
        try:
            if environment is not None:
                check(environment, self.presented)
        except TokenRefused:
            self.close(POLICY_VIOLATION)

    def end(self) -> None:
        """Leave every room. Safe to repeat."""
        if self._closing is None:
            self._closing = GOING_AWAY
        if self._watchdog is not None:
            self._watchdog.cancel()
        for channel in list(self.channels.values()):
            channel.end()
        self.tenant.leave(self)

    async def _read(self, websocket: WebSocket) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard_at = self._loop.time()
            text = message.get("text")
            try:
                frame = decode(self.form, text if text is not None else message["bytes"])
            except Malformed as error:
                self.tenant.note(f"MalformedFrame: {error}", "WARN")
                continue
            await self._dispatch(frame)

    async def _dispatch(self, frame: Frame) -> None:
        if frame.topic == HEARTBEAT_TOPIC and frame.event == "heartbeat":
            self.reply(frame, {})
        elif frame.event == "phx_join" and frame.topic.startswith(PREFIX):
            self._join(frame)
        elif (channel := self.channels.get(frame.topic)) is not None:
            await channel.submit(frame)
        elif frame.event == "phx_leave":
            self.reply(frame, {})
        else:
            self.reply(frame, {"reason": "unmatched topic"}, error=True)

    def _join(self, frame: Frame) -> None:
        if frame.join_ref is None:
            frame.join_ref = frame.ref
        previous = self.channels.get(frame.topic)
        if self.tenant.limits.joins.full:
            self.tenant.note(TOO_MANY_JOINS, "WARN")
            self.reply(frame, {"reason": TOO_MANY_JOINS}, error=True)
            self.close(GOING_AWAY)
            return
        self.tenant.limits.joins.add()
        if previous is None and len(self.channels) >= self.tenant.options.max_channels:
            self.tenant.note(TOO_MANY_CHANNELS, "WARN")
            refusal = partial(self.reply, frame, {"reason": TOO_MANY_CHANNELS}, error=True)
            self._loop.call_later(self.tenant.options.channel_backoff_s, refusal)
            return
        self.channels[frame.topic] = Channel(self, frame, previous)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._outlet.writable()
                self._outlet.write(self._batch())
            if self._closing is not None:
                self._outlet.close(self._closing)
                return

    def _batch(self) -> bytes:
        batch, size = [], 0
        while self._queue and size < BATCH:
            wire = self._queue.popleft()
            batch.append(wire)
            size += len(wire)
        self._waiting_bytes -= size
        return b"".join(batch)

    def _watch(self) -> None:
        """Close a socket that is idle, or has had no channel for long."""
        options, now = self.tenant.options, self._loop.time()
        due = [self._heard_at + options.idle_s]
        if not self.channels:
            due.append(self._joined_at + options.no_channel_s)
        if now >= min(due):
            self.close(GOING_AWAY)
            return
        # Channels may end at any time, so it is looked at least as often as that could matter.
        delay = min(min(due) - now, options.no_channel_s)
        self._watchdog = self._loop.call_later(delay + 0.01, self._watch)
