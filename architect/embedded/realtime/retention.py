"""Messages are kept for three days, as upstream keeps them."""

from __future__ import annotations

from datetime import timedelta

from architect.embedded.realtime.database import RealtimeDatabase
from architect.sql import query

KEPT = timedelta(hours=72)
BATCH = 5_000


async def delete_old(database: RealtimeDatabase) -> int:
    """Delete what is older; returns how many rows. Raises :class:`DatabaseUnavailable`."""
    deleted = 0
    async with database.connection() as conn:
        while True:
            cursor = await conn.execute(query("realtime", "delete_old"), {"kept": KEPT, "batch": BATCH})
            deleted += cursor.rowcount
            if cursor.rowcount < BATCH:
                return deleted
