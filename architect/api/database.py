"""The control plane's database as the caller sees it: every statement runs as who is asking, under RLS.

A connection acts as ``authenticated`` without any claims, which sees no row, from the moment it is made. A
transaction takes on the caller's claims and loses them at its end. Nothing here runs as owner or service.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from architect.api.errors import DatabaseUnavailable, Forbidden
from architect.api.options import ApiOptions
from architect.database import CONNECTION_OPTIONS, register_password, rows, translate
from architect.errors import ArchitectError
from architect.sql import query

#: The database is there and not yet set up.
UNPREPARED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed)

Connection = AsyncConnection[DictRow]


class CallerDatabase:
    """A pool of connections; made without connecting, so that the API starts before its database does."""

    def __init__(self, dsn: str, options: ApiOptions) -> None:
        register_password(dsn)
        self._timeout_ms = str(options.statement_timeout_ms)
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            connection_class=AsyncConnection[DictRow],
            kwargs={**CONNECTION_OPTIONS, "row_factory": dict_row, "autocommit": True, "connect_timeout": 5},
            min_size=1,
            max_size=options.pool_size,
            open=False,
            configure=_act_as_nobody,
            check=AsyncConnectionPool.check_connection,
            timeout=options.database_wait_s,
            name="session-api",
        )

    async def open(self) -> None:
        """Begin to connect; does not wait until it is done."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def acting_as(self, claims: Mapping[str, Any]) -> AsyncIterator[Connection]:
        """One transaction as the bearer of ``claims``.

        Raises
        ------
        DatabaseUnavailable
            It does not answer, or is not set up.
        Forbidden
            The caller may not do that.
        ArchitectError
            What else the database refuses, see :func:`architect.database.translate`.
        """
        given = {"claims": json.dumps(dict(claims)), "timeout_ms": self._timeout_ms}
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await rows(connection, "api", "act_as", given)
                yield connection
        except (psycopg.Error, PoolTimeout, PoolClosed) as error:
            raise _told(error) from error

    async def ready(self) -> None:
        """Raises :class:`DatabaseUnavailable` unless the sessions can be asked for."""
        async with self.acting_as({}) as connection:
            await rows(connection, "api", "ready", {})


async def _act_as_nobody(connection: AsyncConnection[Any]) -> None:
    await connection.execute(query("api", "act_as_nobody"))


def _told(error: Exception) -> ArchitectError:
    if isinstance(error, UNPREPARED):
        return DatabaseUnavailable(
            "The control plane's schema is not up to date", hint="`architect db push` brings it there."
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return Forbidden()
    if isinstance(error, AWAY):
        return DatabaseUnavailable()
    return translate(error)
