"""The migration ledger of an environment: apply, list, replay."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.rows import dict_row

from architect.embedded.platform import query, statements
from architect.embedded.platform.errors import ApiError
from architect.sql import query as named

VERSION = re.compile(r"^\d{14}$")
_FORMAT = "%Y%m%d%H%M%S"
_LEDGER = {"version", "statements", "name", "created_by", "idempotency_key", "rollback"}


@dataclass(frozen=True, slots=True)
class Migration:
    """One row of ``supabase_migrations.schema_migrations``."""

    version: str
    name: str | None
    statements: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        return ";\n".join(self.statements)


class Versions:
    """Versions handed out to a project and its branches: two of them never get the same in one second, or
    a merge would take one for the other."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def issue(self, moment: datetime) -> str:
        """``moment``, or the second after the last one handed out."""
        if self._last is not None and moment <= self._last:
            moment = self._last + timedelta(seconds=1)
        self._last = moment
        return moment.strftime(_FORMAT)


async def entries(dsn: str) -> list[dict[str, str]]:
    """The ledger as the API lists it: ``[{version, name?}]``, oldest first."""
    return [
        {"version": m.version} if m.name is None else {"version": m.version, "name": m.name}
        for m in await ledger(dsn)
    ]


async def ledger(dsn: str) -> list[Migration]:
    """Every applied migration with its statements, oldest first."""
    async with query.connect(dsn) as conn:
        if not await _rows(conn, "ledger_columns"):
            return []
        return [
            Migration(row["version"], row["name"], tuple(row["statements"] or ()))
            for row in await _rows(conn, "ledger_full")
        ]


async def entry(dsn: str, version: str) -> dict[str, Any] | None:
    """One ledger row with everything known about it."""
    async with query.connect(dsn) as conn:
        if not await _columns(conn) >= _LEDGER:
            return None
        found = await _rows(conn, "ledger_entry", version)
        return found[0] if found else None


async def apply(
    dsn: str,
    sql: str,
    name: str | None,
    *,
    version: str | None = None,
    versions: Versions | None = None,
    idempotency_key: str | None = None,
    created_by: str | None = None,
) -> str:
    """Run ``sql`` and record it, both or neither, in one transaction. Returns its version.

    Without ``version`` it is the current UTC second, or the next one that is free here and in ``versions``.
    Raises :class:`ApiError` 400 with Postgres' own words; then nothing of it remains.
    """
    word = statements.transaction_control(sql)
    if word is not None:
        raise ApiError(400, f"Failed to run sql query: {word} is not allowed in a migration")
    async with query.connect(dsn) as conn:
        try:
            await conn.execute("begin")
            if not await _columns(conn) >= _LEDGER:
                await conn.execute(named("environment", "create_ledger"))
            await conn.execute(named("environment", "lock_ledger"))
            if idempotency_key is not None:
                done = await _rows(conn, "ledger_by_key", idempotency_key)
                if done:
                    return str(done[0]["version"])
            version = version or await _next_version(conn, versions or Versions())
            values = (version, name, statements.split(sql), created_by, idempotency_key)
            await conn.execute(named("environment", "record_migration"), values)
            await _run_inside(conn, sql)
            await conn.execute("commit")
        except psycopg.Error as error:
            raise ApiError(400, query.failure(error, sql)) from error
    return version


async def free_version(dsn: str, versions: Versions) -> str:
    """A version for the next migration."""
    async with query.connect(dsn) as conn:
        return await _next_version(conn, versions)


async def record(dsn: str, migration: Migration, *, created_by: str | None = None) -> None:
    """Write a ledger row without running it, as ``migration repair --status applied`` does."""
    async with query.connect(dsn) as conn:
        try:
            await conn.execute(
                named("environment", "record_migration"),
                (migration.version, migration.name, list(migration.statements), created_by, None),
            )
        except psycopg.Error as error:
            raise ApiError(400, query.failure(error, "")) from error


async def forget(dsn: str, since: str) -> None:
    """Delete the ledger rows from version ``since`` on; their effects stay."""
    async with query.connect(dsn) as conn:
        await conn.execute(named("environment", "delete_migrations_from"), (since,))


async def replay(dsn: str, migrations: Iterable[Migration]) -> None:
    """Apply recorded migrations in order under their own versions. Raises :class:`ApiError` 400 at the first
    that fails."""
    for migration in migrations:
        await apply(dsn, migration.sql, migration.name, version=migration.version)


async def _run_inside(conn: AsyncConnection[Any], sql: str) -> None:
    before = (await _rows(conn, "transaction_id"))[0]["id"]
    await query.fetch(conn, sql)
    # The check that counts: whatever the text held, this must still be the same transaction.
    if conn.info.transaction_status == pq.TransactionStatus.INTRANS:
        after = (await _rows(conn, "transaction_id"))[0]["id"]
        if after == before:
            return
    raise ApiError(400, "Failed to run sql query: a migration must not end its transaction")


async def _next_version(conn: AsyncConnection[Any], versions: Versions) -> str:
    taken = {row["version"] for row in await _rows(conn, "ledger")} if await _columns(conn) else set()
    now = datetime.now(UTC).replace(microsecond=0)
    for last in sorted((v for v in taken if VERSION.match(v)), reverse=True):
        try:
            moment = datetime.strptime(last, _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            continue
        # Keep the order of application, unless somebody numbered far into the future.
        if now <= moment <= now + timedelta(days=1):
            now = moment + timedelta(seconds=1)
        if moment <= now + timedelta(days=1):
            break
    while now.strftime(_FORMAT) in taken:
        now += timedelta(seconds=1)
    return versions.issue(now)


async def _columns(conn: AsyncConnection[Any]) -> set[str]:
    return {row["name"] for row in await _rows(conn, "ledger_columns")}


async def _rows(conn: AsyncConnection[Any], name: str, *values: Any) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(named("environment", name), values or None)
        return await cursor.fetchall()
