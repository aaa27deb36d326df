"""The few connections that Realtime keeps to the database of one ref."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from architect.errors import ArchitectError

MAX_CONNECTIONS = 4
#: Requests that may wait for a connection; one more is refused at once.
MAX_WAITING = 500
TIMEOUT_S = 5.0
#: People write the policies that run here; one that never ends must not hold a connection for ever.
STATEMENT_TIMEOUT_MS = 5_000
#: Of a connection of one's own, which may have much to read.
LONG_TIMEOUT_MS = 60_000

Connection = AsyncConnection[Any]


class DatabaseUnavailable(ArchitectError):
    """The project's database does not answer."""

    code: ClassVar[str] = "database_unavailable"
    status: ClassVar[int] = 503


class RealtimeDatabase:
    """A small pool that connects when somebody asks. May be opened again after it was closed.

    The role should be ``postgres``: policies and triggers of the project's own people run here, and whoever
    writes them is ``postgres`` already. As a superuser they could leave the project.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: AsyncConnectionPool[Connection] | None = None

    async def open(self) -> None:
        """Let connections be made. Safe to repeat; does not wait for the database."""
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                self._dsn,
                # None at rest: sessions on a database that is being cloned are in the way.
                min_size=0,
                max_size=MAX_CONNECTIONS,
                max_waiting=MAX_WAITING,
                timeout=TIMEOUT_S,
                max_idle=60,
                reconnect_timeout=0,
                open=False,
                check=AsyncConnectionPool.check_connection,
                kwargs=_arguments("realtime", STATEMENT_TIMEOUT_MS),
            )
            await self._pool.open()

    async def close(self) -> None:
        """End every connection."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit mode. Raises :class:`DatabaseUnavailable`, also when it breaks."""
        if self._pool is None:
            raise DatabaseUnavailable()
        try:
            async with self._pool.connection() as conn:
                yield conn
        except (PoolTimeout, PoolClosed, TooManyRequests, psycopg.OperationalError) as error:
            raise DatabaseUnavailable() from error

    async def connect(self) -> Connection:
        """A connection of one's own, in autocommit mode. Raises :class:`DatabaseUnavailable`."""
        try:
            return await AsyncConnection.connect(
                self._dsn, **_arguments("realtime_feed", LONG_TIMEOUT_MS), connect_timeout=10
            )
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable() from error


def _arguments(name: str, statement_timeout_ms: int) -> dict[str, Any]:
    return {
        "autocommit": True,
        "application_name": name,
        "options": f"-c statement_timeout={statement_timeout_ms}",
    }
