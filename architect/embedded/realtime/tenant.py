"""Everything Realtime holds for one ref: its sockets and rooms, its limits, and its way to the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from architect.embedded.realtime.authorization import Authorizer
from architect.embedded.realtime.database import DatabaseUnavailable, RealtimeDatabase
from architect.embedded.realtime.feed import Feed
from architect.embedded.realtime.limits import Limits, Window
from architect.embedded.realtime.options import RealtimeOptions
from architect.embedded.realtime.room import Hub
from architect.sql import query

if TYPE_CHECKING:
    from architect.embedded.platform.environments import Environment
    from architect.embedded.realtime.socket import Socket

#: Tells the log of the project what happened, and how bad it is.
Note = Callable[[str, str], None]
GOING_AWAY = 1001
#: Lines a minute in the project's log.
NOTES = 300
#: How long a look at the health waits for the feed.
HEALTH_S = 3.0


class Tenant:
    """One ref. Its database side is there from :meth:`start` until nobody has been there for a while."""

    def __init__(
        self,
        ref: str,
        dsn: str,
        options: RealtimeOptions,
        find: Callable[[], Environment | None],
        note: Note,
    ) -> None:
        self.ref = ref
        self.options = options
        self._note = note
        self._notes = Window(NOTES, 60)
        self.limits = Limits(options)
        self.hub = Hub(self.limits)
        self.sockets: set[Socket] = set()
        self.database = RealtimeDatabase(dsn)
        warn = partial(self.note, severity="WARN")
        self.authorizer = Authorizer(self.database, warn)
        self.feed = Feed(self.database, self.hub.deliver, warn)
        self._find = find
        self._lock = asyncio.Lock()
        self._started = False
        self._closed = False
        self._idle: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None
        self._used_at = float("-inf")

    @property
    def environment(self) -> Environment | None:
        """The ref's keys as they are now; ``None`` when it is served no longer."""
        environment = self._find()
        return None if environment is None or environment.paused else environment

    async def start(self) -> None:
        """Open the way to the database. Safe to repeat. Raises :class:`DatabaseUnavailable`."""
        async with self._lock:
            if self._closed:
                raise DatabaseUnavailable()
            if not self._started:
                await self.database.open()
                await self.feed.start()
                self._started = True
            self._used_at = asyncio.get_running_loop().time()
        self._watch()

    async def listening(self, timeout_s: float) -> bool:
        """Whether what the database sends is delivered from now on."""
        with suppress(DatabaseUnavailable):
            await self.start()
            return await self.feed.ready(timeout_s)
        return False

    async def health(self) -> dict[str, Any]:
        """What the hosted platform tells of this service. Raises :class:`DatabaseUnavailable`."""
        await self.start()
        async with self.database.connection() as conn:
            await conn.execute(query("environment", "alive"))
        return {
            "healthy": True,
            "db_connected": True,
            "replication_connected": await self.feed.ready(HEALTH_S),
            "connected_cluster": len(self.sockets),
        }

    def note(self, message: str, severity: str = "INFO") -> None:
        """Tell the project's log; a client that does one thing wrong very often does not fill it."""
        if self._notes.take():
            self._note(message, severity)

    def enter(self, socket: Socket) -> None:
        """Count ``socket`` in."""
        self.sockets.add(socket)
        self._watch()

    def leave(self, socket: Socket) -> None:
        """Count ``socket`` out. Safe to repeat."""
        self.sockets.discard(socket)
        self._watch()

    def recheck(self) -> None:
        """Ask again what every key and token opens."""
        for socket in list(self.sockets):
            socket.recheck()

    async def close(self) -> None:
        """Close every socket and the way to the database; neither opens again."""
        self._closed = True
        for socket in list(self.sockets):
            socket.close(GOING_AWAY)
        self._watch()
        await self._stop()

    def _watch(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if not self.sockets and not self._closed:
            self._idle = asyncio.get_running_loop().call_later(self.options.tenant_idle_s, self._rest)

    @property
    def _in_use(self) -> bool:
        unused_s = asyncio.get_running_loop().time() - self._used_at
        return bool(self.sockets) or unused_s < self.options.tenant_idle_s

    def _rest(self) -> None:
        self._resting = asyncio.create_task(self._stop(), name=f"realtime of {self.ref} rests")

    async def _stop(self) -> None:
        async with self._lock:
            if self._started and (self._closed or not self._in_use):
                self._started = False
                await self.feed.close()
                await self.database.close()
