"""One joined topic of one socket. Its frames are handled one after the other, beside those of the others."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Literal

from architect.embedded.realtime import joins, pushes
from architect.embedded.realtime.authorization import Access, Caller
from architect.embedded.realtime.config import JoinConfig
from architect.embedded.realtime.frames import Frame
from architect.embedded.realtime.limits import Window
from architect.embedded.realtime.message import PREFIX, Broadcast, Message
from architect.embedded.realtime.room import Room
from architect.embedded.realtime.tokens import Grant, TokenRefused, resolve

if TYPE_CHECKING:
    from architect.embedded.realtime.socket import Socket

log = logging.getLogger(__name__)
#: Frames that may wait for one channel before its socket is read no further.
WAITING = 256
TOO_MANY_PRESENCES = "Too many presence messages per second"
_GIVE_WAY = object()


class Channel:
    """Joins at once, then handles frames until it is left, shut, replaced, or its socket ends."""

    def __init__(self, socket: Socket, frame: Frame, previous: Channel | None) -> None:
        self.socket = socket
        self.tenant = socket.tenant
        self.full_topic = frame.topic
        self.topic = frame.topic.removeprefix(PREFIX)
        self.join_ref = frame.join_ref
        self.config = JoinConfig.of(frame.payload)
        self.private = self.config.private
        self.token = self.config.access_token
        #: Whether the client takes part in presence: it asked to, or has tracked itself.
        self.tracking = self.config.presence_enabled
        self.presence_calls = Window(
            self.tenant.options.presence_calls, self.tenant.options.presence_window_s
        )
        self.reads = Access(True, True)
        self.open, self.joined = True, False
        self.room: Room | None = None
        self._grant: Grant | None = None
        self._writes: Access | None = None
        #: What is said in the room before the client has been told that it joined.
        self._held: list[Broadcast] | None = []
        self._replayed: frozenset[str | None] = frozenset()
        self.sees_presence = False
        self._previous = previous
        self._inbox: asyncio.Queue[Any] = asyncio.Queue(WAITING)
        self._expiry: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._work(frame), name="realtime channel")

    async def submit(self, frame: Frame) -> None:
        """Handle ``frame`` after those before it; waits while too many do."""
        await self._inbox.put(frame)

    def hear(self, broadcast: Broadcast) -> None:
        """Pass a broadcast of the room on to the client."""
        if not self.reads.broadcast:
            return
        if self._held is not None:
            self._held.append(broadcast)
        elif broadcast.id is None or broadcast.id not in self._replayed:
            self.socket.put(broadcast.wire(self.socket.form))

    def see(self, message: Message) -> None:
        """Pass on who came and went."""
        if self.sees_presence:
            self.socket.put(message.wire(self.socket.form))

    def catch_up(self, past: list[Broadcast]) -> None:
        """The client has been told that it joined: now the past, and what has been said meanwhile."""
        self.joined = True
        self._replayed = frozenset(broadcast.id for broadcast in past)
        for broadcast in past:
            self.socket.put(broadcast.wire(self.socket.form))
        held, self._held = self._held or [], None
        for broadcast in held:
            self.hear(broadcast)

    def push(self, event: str, payload: Any, *, ref: Any = None) -> None:
        """Send the client something of this channel's own."""
        self.socket.push(event, self.full_topic, payload, ref=ref, join_ref=self.join_ref)

    def system(self, message: str, *, ok: bool, extension: str = "system") -> None:
        """Tell the client about the channel itself."""
        status = "ok" if ok else "error"
        body = {"extension": extension, "status": status, "message": message, "channel": self.topic}
        self.push("system", body)

    def shut(self, message: str) -> None:
        """Close the channel and say why. The socket stays. Safe to repeat."""
        if self.open:
            self.tenant.note(f"ChannelShutdown: {message}", "WARN")
            self.system(message, ok=False)
            self.finish()

    def finish(self) -> None:
        """Close the channel. Safe to repeat."""
        if self.open:
            self.push("phx_close", {}, ref=self.join_ref)
            self.end()

    def end(self) -> None:
        """Leave the room and stop, without a word to the client. Safe to repeat."""
        if not self.open:
            return
        self.open = False
        if self._expiry is not None:
            self._expiry.cancel()
        self.tenant.hub.leave(self)
        self.socket.forget(self)
        if self._previous is not None:
            # Ended before the one whose name it took: nobody else knows of that one.
            self._previous.finish()
        while not self._inbox.empty():
            self._inbox.get_nowait()
        if self._task is not asyncio.current_task():
            self._task.cancel()

    def recheck(self) -> None:
        """Ask again what the key and the token open, and shut the channel when that is nothing."""
        if not self.joined or not self.open:
            return
        try:
            self.authenticate()
        except TokenRefused as refused:
            self.shut(refused.message)

    def authenticate(self) -> None:
        """Find out who speaks here, and when to ask again. Raises :class:`TokenRefused`."""
        environment = self.tenant.environment
        if environment is None:
            raise TokenRefused("TenantNotFound", "Tenant with the given ID does not exist")
        self._grant = resolve(environment, self.socket.presented, self.token)
        delay = self.tenant.options.recheck_s
        if self._grant.expires_at is not None:
            delay = min(delay, max(0.0, self._grant.expires_at - time.time()))
        if self._expiry is not None:
            self._expiry.cancel()
        # Half a second late rather than early: tokens expire at full seconds.
        self._expiry = asyncio.get_running_loop().call_later(delay + 0.5, self.recheck)

    async def authorize(self) -> None:
        """Ask what may be read here, and forget what may be written.

        Raises :class:`TokenRefused` when nothing may be read, and :class:`DatabaseUnavailable`.
        """
        self._writes = None
        await self.ask_reads(presence=self.tracking)
        if not self.reads.broadcast and not self.reads.presence:
            raise self.unreadable()

    async def ask_reads(self, *, presence: bool) -> None:
        """Find out what may be read here. Raises :class:`DatabaseUnavailable`."""
        if self.private:
            await self.tenant.start()
            self.reads = await self.tenant.authorizer.read(self.topic, self._caller, presence=presence)

    async def may_write(self, extension: Literal["broadcast", "presence"]) -> bool:
        """Whether the client may send this. Raises :class:`DatabaseUnavailable`."""
        if self._grant is None or not self._grant.writes:
            return False
        if not self.private:
            return True
        if self._writes is None:
            await self.tenant.start()
            self._writes = await self.tenant.authorizer.write(self.topic, self._caller)
        return self._writes.broadcast if extension == "broadcast" else self._writes.presence

    def show_presence(self) -> None:
        """Tell the client who is there; from now on it is told who comes and goes."""
        presences, room = self.tenant.limits.presences, self.room
        assert room is not None
        if presences.exceeded:
            self.shut(TOO_MANY_PRESENCES)
        elif self.reads.presence:
            presences.add()
            self.push("presence_state", room.presences.state)
            self.sees_presence = True

    def unreadable(self) -> TokenRefused:
        """What to raise when nothing may be read here."""
        message = f"You do not have permissions to read from this Channel topic: {self.topic}"
        return TokenRefused("Unauthorized", message, 403)

    @property
    def _caller(self) -> Caller:
        assert self._grant is not None
        return Caller(self._grant.role, self._grant.claims, self.socket.presented.headers)

    async def _work(self, frame: Frame) -> None:
        try:
            if self._previous is not None:
                await self._previous._give_way()
                self._previous = None
            await joins.join(self, frame)
            while self.open:
                item = await self._inbox.get()
                if item is _GIVE_WAY:
                    self.finish()
                else:
                    await pushes.handle(self, item)
        except Exception:
            log.exception("a channel of %s failed", self.tenant.ref)
            if self.open:
                self.push("phx_error", {}, ref=self.join_ref)
                self.end()

    async def _give_way(self) -> None:
        """Handle what came before, then close for another channel of the same name."""
        if self.joined and self.open:
            await self._inbox.put(_GIVE_WAY)
            await asyncio.wait({self._task})
        self.finish()
