"""Delivers what is committed to ``realtime.messages``, in the order of the commits.

A trigger notifies of every row, and notifications arrive in commit order. What was committed before anybody
listened, or while the connection was broken, is read again by its commit time from a little before the latest
that was delivered; what was delivered already is known by its key. So nothing is lost and nothing comes twice
while the feed lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import LiteralString, cast

import psycopg
from psycopg import Notify
from psycopg.rows import dict_row

from architect.embedded.realtime import retention
from architect.embedded.realtime.database import Connection, DatabaseUnavailable, RealtimeDatabase
from architect.embedded.realtime.delivered import Delivered, Row
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.rows import broadcast_of
from architect.sql import query

log = logging.getLogger(__name__)
MESSAGES, DROPPED, DRAINED = "realtime_messages", "realtime_dropped", "realtime_drained"
CHANNELS = (MESSAGES, DROPPED, DRAINED)
#: Rows fetched at a time; each may hold a few megabytes.
BATCH = 50
#: Not at once: the sessions of a database that is being cloned were ended so that nobody is there.
FIRST_RETRY_S, LAST_RETRY_S = 0.25, 5.0
IDLE_S, SWEEP_S, DRAIN_S = 60.0, 3600.0, 5.0
SHOWN = ("topic", "id", "event", "payload", "binary_payload")

Deliver = Callable[[bool, Broadcast], None]
Warn = Callable[[str], None]


class Feed:
    """One connection that listens, kept up by one task. ``warn`` is told of messages nobody will get."""

    def __init__(self, database: RealtimeDatabase, deliver: Deliver, warn: Warn = log.warning) -> None:
        self._database = database
        self._deliver = deliver
        self._warn = warn
        self._listening = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._delivered = Delivered()
        self._oid: int | None = None
        #: Those who wait until everything before their own notification has been delivered.
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def start(self) -> None:
        """Begin to listen; what is committed from now on is delivered. Safe to repeat. Does not wait."""
        if not self._tasks:
            self._delivered = Delivered(datetime.now(UTC))
            self._oid = None
            parts = (self._run(), self._sweep())
            self._tasks = [asyncio.create_task(part, name="realtime feed") for part in parts]

    async def ready(self, timeout_s: float) -> bool:
        """Whether it listens, now or within ``timeout_s``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._listening.wait()
        return self._listening.is_set()

    async def drained(self) -> None:
        """Wait until what is committed by now has been delivered.

        Who then enters a room and reads what was sent before hears nothing of that a second time, and nothing
        older after it. Raises :class:`DatabaseUnavailable`.
        """
        token, done = uuid.uuid4().hex, asyncio.get_running_loop().create_future()
        self._waiting[token] = done
        try:
            async with self._database.connection() as conn:
                await conn.execute(query("realtime", "notify_drained"), (token,))
            async with asyncio.timeout(DRAIN_S):
                await done
        except TimeoutError:
            raise DatabaseUnavailable() from None
        finally:
            del self._waiting[token]

    async def close(self) -> None:
        """Stop listening. It may be started again."""
        pending, self._tasks = set(self._tasks), []
        while pending:
            for task in pending:
                task.cancel()
            # More than once: asyncio.wait_for of Python 3.11, which psycopg uses, can lose a cancellation.
            _, pending = await asyncio.wait(pending, timeout=0.1)

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                async with await self._database.connect() as conn:
                    await self._catch_up(conn)
                    failures = 0
                    await self._follow(conn)
            except Exception as error:
                # Whatever it was, those who listen must not be left without a feed.
                level = logging.WARNING if failures == 0 else logging.DEBUG
                log.log(level, "the feed of realtime.messages broke off: %s", str(error).partition("\n")[0])
            finally:
                self._listening.clear()
            pause = min(FIRST_RETRY_S * 2**failures, LAST_RETRY_S)
            failures = min(failures + 1, 10)
            await asyncio.sleep(pause * random.uniform(1, 1.25))  # noqa: S311

    async def _catch_up(self, conn: Connection) -> None:
        await _install(conn)
        # Listening first: later commits are notified of, and earlier ones can be read.
        await conn.execute(query("realtime", "listen"))
        async with conn.cursor(row_factory=dict_row) as cursor:
            found = await (await cursor.execute(query("realtime", "identity"))).fetchone()
        assert found is not None
        if self._oid not in (None, found["oid"]):
            log.info("the database was replaced; its messages so far are not delivered")
            self._delivered = Delivered(found["now"])
        self._oid = found["oid"]
        waiting = list(self._waiting)
        await self._read_missed(conn)
        # Their notifications may have come while nobody listened.
        self._release(waiting)
        self._listening.set()

    async def _read_missed(self, conn: Connection) -> None:
        # Streamed: a cursor of the server's cannot be closed any more on a connection that breaks meanwhile.
        async with conn.cursor(row_factory=dict_row) as cursor:
            async for row in cursor.stream(query("realtime", "missed"), (self._delivered.since,)):
                self._pass_on([row])

    async def _follow(self, conn: Connection) -> None:
        while True:
            heard = [notify async for notify in conn.notifies(timeout=IDLE_S, stop_after=1)]
            await self._fetch(conn, heard)

    async def _fetch(self, conn: Connection, heard: list[Notify]) -> None:
        of = {channel: [n.payload for n in heard if n.channel == channel] for channel in CHANNELS}
        for told in of[DROPPED]:
            self._warn(f"A message was not sent: {told}")
        ids = [key for text in of[MESSAGES] if (key := _uuid(text))]
        for start in range(0, len(ids), BATCH):
            async with conn.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(query("realtime", "heard"), (ids[start : start + BATCH],))
                self._pass_on(await cursor.fetchall())
        self._release(of[DRAINED])

    def _release(self, tokens: list[str]) -> None:
        for token in tokens:
            done = self._waiting.get(token)
            if done is not None and not done.done():
                done.set_result(None)

    def _pass_on(self, rows: list[Row]) -> None:
        for row in rows:
            if not self._delivered.add(row):
                continue
            broadcast = broadcast_of(**{name: row[name] for name in SHOWN})
            if broadcast is None:
                continue
            try:
                self._deliver(bool(row["private"]), broadcast)
            except ValueError as error:
                log.warning("message %s cannot be sent: %s", broadcast.id, error)

    async def _sweep(self) -> None:
        while True:
            await self._listening.wait()
            try:
                await retention.delete_old(self._database)
            except (DatabaseUnavailable, psycopg.Error) as error:
                log.warning("old messages were not deleted: %s", error)
            await asyncio.sleep(SWEEP_S)


async def _install(conn: Connection) -> None:
    """Put the trigger into a database that was made before there was one."""
    row = await (await conn.execute(query("realtime", "has_feed"))).fetchone()
    if row is not None and not row[0]:
        text = files("architect.embedded").joinpath("sql", "03_realtime_feed.sql").read_text(encoding="utf-8")
        async with conn.transaction():
            await conn.execute(cast("LiteralString", text))


def _uuid(text: str) -> uuid.UUID | None:
    # Everybody with SQL may notify.
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
