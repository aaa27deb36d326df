"""Databases of environments: created from the pristine template, cloned from one another, emptied."""

from __future__ import annotations

from typing import Any

import anyio
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from architect.embedded.postgres import Cluster
from architect.sql import query as named

Table = tuple[str, str]


def name_of(ref: str) -> str:
    """The database of a project or branch."""
    return f"env_{ref}"


class Databases:
    """Moves whole databases. Blocking work of the cluster runs in a thread."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    async def create(self, name: str) -> None:
        """A fresh database from the pristine template."""
        await anyio.to_thread.run_sync(lambda: self.cluster.create_database(name))

    async def clone(self, source: str, name: str, *, with_data: bool) -> None:
        """A copy of ``source``; without data unless asked for. Sessions on ``source`` are ended."""
        await anyio.to_thread.run_sync(lambda: self.cluster.create_database(name, template=source))
        if not with_data:
            await self._empty(name)

    async def drop(self, name: str) -> None:
        await anyio.to_thread.run_sync(lambda: self.cluster.drop_database(name))

    async def exists(self, name: str) -> bool:
        return await anyio.to_thread.run_sync(lambda: self.cluster.database_exists(name))

    async def replace(self, new: str, old: str) -> None:
        """Put ``new`` in the place of ``old``."""
        await self.drop(old)
        await anyio.to_thread.run_sync(lambda: self.cluster.terminate(new))
        statement = sql.SQL("alter database {} rename to {}").format(sql.Identifier(new), sql.Identifier(old))
        async with await self._connect("postgres", "supabase_admin") as conn:
            await conn.execute(statement)

    async def _empty(self, name: str) -> None:
        # As postgres, never as superuser: triggers written by the project's users may fire here.
        async with await self._connect(name, "postgres") as conn:
            tables = await _names(conn, "user_tables")
            if tables:
                await conn.execute(sql.SQL("truncate table {} restart identity").format(_list(tables)))
            for view in await _names(conn, "materialized_views"):
                await conn.execute(sql.SQL("refresh materialized view {}").format(sql.Identifier(*view)))
            for table in await _names(conn, "service_tables"):
                await conn.execute(sql.SQL("delete from {}").format(sql.Identifier(*table)))

    async def _connect(self, database: str, role: str) -> AsyncConnection[dict[str, Any]]:
        return await AsyncConnection.connect(
            self.cluster.dsn(database, role=role), autocommit=True, row_factory=dict_row, connect_timeout=10
        )


async def _names(conn: AsyncConnection[dict[str, Any]], query: str) -> list[Table]:
    rows = await (await conn.execute(named("environment", query))).fetchall()
    return [(row["schema"], row["name"]) for row in rows]


def _list(tables: list[Table]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
