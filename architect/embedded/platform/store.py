"""Metadata of the Management API: one connection pool on the database ``platform``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, LiteralString, cast

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from architect.sql import query

Row = dict[str, Any]
Connection = AsyncConnection[Row]


class Store:
    """Runs named queries: of ``architect/sql/platform.sql``, or of another file as ``file.query``."""

    def __init__(self, dsn: str) -> None:
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=6,
            open=False,
            check=AsyncConnectionPool.check_connection,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": "platform"},
        )

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        await self._pool.open(wait=True, timeout=30)
        await self._migrate()

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction."""
        async with self._pool.connection() as conn, conn.transaction():
            yield conn

    async def all(self, name: str, /, **values: Any) -> list[Row]:
        """Every row of the named query."""
        async with self._pool.connection() as conn:
            return await (await conn.execute(_named(name), values)).fetchall()

    async def one(self, name: str, /, **values: Any) -> Row | None:
        """The first row of the named query, if any."""
        async with self._pool.connection() as conn:
            return await (await conn.execute(_named(name), values)).fetchone()

    async def run(self, name: str, /, **values: Any) -> None:
        """Run the named statement."""
        async with self._pool.connection() as conn:
            await conn.execute(_named(name), values)

    async def _migrate(self) -> None:
        folder = files(__package__).joinpath("sql", "store")
        scripts = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
        async with self.transaction() as conn:
            await conn.execute(query("platform", "create_versions"))
            await conn.execute("lock table platform_versions in exclusive mode")
            rows = await (await conn.execute(query("platform", "applied_versions"))).fetchall()
            done = {row["version"] for row in rows}
            for script in scripts:
                version = script.name.split("_", 1)[0]
                if version not in done:
                    await conn.execute(cast("LiteralString", script.read_text(encoding="utf-8")))
                    await conn.execute(query("platform", "record_version"), (version,))


async def execute(conn: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    """Run a named query inside ``conn``'s transaction and return its rows, if it has any."""
    cursor = await conn.execute(_named(name), values)
    return await cursor.fetchall() if cursor.description else []


def _named(name: str) -> LiteralString:
    file, _, block = name.rpartition(".")
    return query(file or "platform", block)
