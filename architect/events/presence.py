"""The architect's presence on a build's channel, kept up in the background and never in the build's way.

Hosted Realtime closes a channel after five presence calls in 30 s. So what is tracked changes at most four
times in 30 s, one call is kept for the end, and the movement between goes out as ``cursor`` broadcasts.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from architect.control_project import ControlProject
from architect.errors import InputError
from architect.events.channel import Channel
from architect.events.cursor import ACTOR, Cursor
from architect.redaction import redact_text
from architect.sessions.model import wire_time

log = logging.getLogger(__name__)

HEARTBEAT_S = 25.0
CURSOR_EVERY_S = 0.1
SAVE_EVERY_S = 1.0
#: How long the end of a build may wait for the farewell.
CLOSE_S = 1.0
#: Seconds before the next try to connect; the last one again and again.
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: A channel that lasted this long was well: the tries are counted anew.
STABLE_S = 20.0
CONFIG = {
    "broadcast": {"ack": False, "self": False},
    "presence": {"key": ACTOR, "enabled": True},
    "postgres_changes": [],
    "private": True,
}


class Budget:
    """At most ``calls`` in any ``window`` seconds, ``gap`` seconds apart; the caller says what time it is."""

    def __init__(self, calls: int = 4, window: float = 30.0, gap: float = 2.0) -> None:
        self._window = window
        self._gap = gap
        self._taken: deque[float] = deque(maxlen=calls)

    def wait(self, now: float) -> float:
        """Seconds from ``now`` until the next call is free."""
        if not self._taken:
            return 0.0
        free = self._taken[-1] + self._gap
        if len(self._taken) == self._taken.maxlen:
            free = max(free, self._taken[0] + self._window)
        return max(free - now, 0.0)

    def take(self, now: float) -> None:
        """Count a call."""
        self._taken.append(now)


class _Latest:
    """The newest cursor. Whoever is slower than it moves misses positions, never the last one."""

    def __init__(self) -> None:
        self.value = Cursor()
        self.at = ""
        self.version = 0
        self._changed = asyncio.Event()

    def set(self, value: Cursor) -> None:
        self.value, self.at = value, wire_time(datetime.now(UTC))
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, seen: int) -> None:
        """Return when there is a newer one than version ``seen``."""
        while self.version <= seen:
            await self._changed.wait()

    def stamped(self) -> dict[str, Any]:
        """The cursor with the time when it came there."""
        return {**self.value.wire(), "ts": self.at}


class Presence:
    """Shows where the architect is to all who follow one build.

    ``find`` names the control plane's project, ``save`` keeps the cursor for those who join late. Whatever
    goes wrong with either is said in one line of the log; no method raises.
    """

    def __init__(
        self,
        session_id: str,
        find: Callable[[], Awaitable[ControlProject]],
        save: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._topic = f"build:{session_id}"
        self._find = find
        self._save = save
        self._latest = _Latest()
        self._broadcast = self._saved = 0
        self._closing = asyncio.Event()
        self._joined = False
        self._told = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Go to work in the background."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._stay()), loop.create_task(self._keep())]

    def enter(self, node: str) -> None:
        """A node begins."""
        self._latest.set(self._latest.value.entered(node))

    def finish(self, node: str) -> None:
        """A node is done."""
        self._latest.set(self._latest.value.finished(node))

    def look_at(self, focus: dict[str, str]) -> None:
        """The present node turns to something."""
        self._latest.set(self._latest.value.at(focus))

    async def close(self) -> None:
        """Say farewell, within :data:`CLOSE_S`."""
        if not self._tasks:
            return
        self._closing.set()
        if not self._joined:
            self._tasks[0].cancel()
        await asyncio.wait(self._tasks, timeout=CLOSE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _stay(self) -> None:
        """Connect, and connect again whenever the channel is lost, until the end."""
        tries, clock = 0, asyncio.get_running_loop().time
        while not self._closing.is_set():
            began = clock()
            try:
                project = await self._find()
                async with Channel.open(project.url, project.secret_key, self._topic) as channel:
                    await _one_error(self._attend(channel, project.secret_key))
            except InputError as error:
                self._tell(error.message)
                return
            except Exception as error:
                self._tell(str(error) or type(error).__name__)
            self._joined = False
            tries = 0 if clock() - began > STABLE_S else tries
            await _until(self._closing, BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
            tries += 1

    async def _attend(self, channel: Channel, token: str) -> None:
        """Be there until the build ends. Raises an exception group when the channel is lost before that."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(channel.read())
            await channel.join(CONFIG, token)
            self._joined = True
            work = [self._beat(channel), self._track(channel), self._move(channel)]
            tasks = [group.create_task(one) for one in work]
            await self._closing.wait()
            for task in tasks:
                task.cancel()
            await self._bid_farewell(channel)
            reading.cancel()

    async def _beat(self, channel: Channel) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await channel.beat()

    async def _track(self, channel: Channel) -> None:
        budget, seen, clock = Budget(), 0, asyncio.get_running_loop().time
        while True:
            await self._latest.after(seen)
            await asyncio.sleep(budget.wait(clock()))
            seen = self._latest.version
            budget.take(clock())
            await channel.presence("track", self._latest.value.wire())

    async def _move(self, channel: Channel) -> None:
        while True:
            await self._latest.after(self._broadcast)
            await self._broadcast_cursor(channel)
            await asyncio.sleep(CURSOR_EVERY_S)

    async def _broadcast_cursor(self, channel: Channel) -> None:
        self._broadcast = self._latest.version
        await channel.broadcast("cursor", self._latest.stamped())

    async def _bid_farewell(self, channel: Channel) -> None:
        if self._broadcast < self._latest.version:
            await self._broadcast_cursor(channel)
        await channel.presence("untrack")
        await channel.leave()

    async def _keep(self) -> None:
        """Save the cursor whenever it has moved, and where it is in the end."""
        while not self._closing.is_set():
            changed = asyncio.ensure_future(self._latest.after(self._saved))
            closing = asyncio.ensure_future(self._closing.wait())
            await asyncio.wait({changed, closing}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            closing.cancel()
            await self._save_cursor()
            await _until(self._closing, SAVE_EVERY_S)
        await self._save_cursor()

    async def _save_cursor(self) -> None:
        if self._saved == self._latest.version:
            return
        self._saved = self._latest.version
        try:
            await self._save(self._latest.stamped())
        except Exception as error:
            log.info("the cursor was not saved: %s", redact_text(str(error)))

    def _tell(self, why: str) -> None:
        """One line, however often it happens."""
        if not self._told and not self._closing.is_set():
            log.warning("The build goes on without presence on its channel: %s", redact_text(why))
        self._told = True


async def _one_error(work: Awaitable[None]) -> None:
    """Do ``work``; of the errors that it ends with, the first says enough."""
    try:
        await work
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, no longer than ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
