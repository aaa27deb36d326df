"""What a late joiner of a private channel missed, from the rows of ``realtime.messages``."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from psycopg.rows import dict_row

from architect.embedded.realtime.database import RealtimeDatabase
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.retention import KEPT
from architect.embedded.realtime.rows import broadcast_of
from architect.sql import query

MAX_MESSAGES = 25


async def replay(database: RealtimeDatabase, topic: str, since_ms: int, limit: int) -> list[Broadcast]:
    """The last ``limit`` messages of the private ``topic`` since ``since_ms`` (Unix time), oldest first.

    At most 25 of the last 72 hours. Messages of one transaction keep the order they were sent in. Raises
    :class:`DatabaseUnavailable`.
    """
    now_ms = time.time_ns() // 1_000_000
    if since_ms > now_ms:
        return []
    since_ms = max(since_ms, now_ms - round(KEPT.total_seconds() * 1000))
    values = {
        "topic": topic,
        "since": datetime.fromtimestamp(since_ms / 1000, UTC).replace(tzinfo=None),
        "limit": max(1, min(limit, MAX_MESSAGES)),
    }
    async with database.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(query("realtime", "replay"), values)).fetchall()
    found = (broadcast_of(topic=topic, replayed=True, **row) for row in rows)
    return [broadcast for broadcast in found if broadcast is not None]
