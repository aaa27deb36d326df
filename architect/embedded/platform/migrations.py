"""The migration ledger of an environment: apply, list, replay, roll back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
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
        # A semicolon of its own line: a statement may end in a line comment.
        return "\n;\n".join(self.statements)


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
    rollback: str | None = None,
) -> str:
    """Run ``sql`` and record it, both or neither, in one transaction. Returns its version.

    Without ``version`` it is the current UTC second, or the next one that is free here and in ``versions``.
    What was sent before under the same ``idempotency_key`` is not run again.
    Raises :class:`ApiError` 400 with Postgres' own words, 409 for a key that was used for another migration;
    then nothing of it remains.
    """
    _refuse_control(sql, rollback)
    new = _Recorded(name, statements.split(sql), statements.split(rollback) if rollback else None)
    async with _changing(dsn, sql) as conn:
        if idempotency_key is not None:
            done = await _rows(conn, "ledger_by_key", idempotency_key)
            if done:
                if not new.matches(done[0]):
                    raise ApiError(409, "The Idempotency-Key was used for another migration")
                return str(done[0]["version"])
        version = version or await _next_version(conn, versions or Versions())
        values = (version, new.name, new.statements, created_by, idempotency_key, new.rollback)
        await conn.execute(named("environment", "record_migration"), values)
        await _run_inside(conn, sql)
    return version


async def upsert(
    dsn: str,
    sql: str,
    name: str | None,
    *,
    versions: Versions,
    idempotency_key: str | None = None,
    created_by: str | None = None,
    rollback: str | None = None,
) -> str:
    """Write a ledger row without running it; one with the same ``idempotency_key`` is replaced."""
    _refuse_control(sql, rollback)
    new = _Recorded(name, statements.split(sql), statements.split(rollback) if rollback else None)
    async with _changing(dsn) as conn:
        if idempotency_key is not None:
            done = await _rows(conn, "ledger_by_key", idempotency_key)
            if done:
                replaced = (idempotency_key, new.name, new.statements, new.rollback)
                await conn.execute(named("environment", "replace_migration"), replaced)
                return str(done[0]["version"])
        version = await _next_version(conn, versions)
        values = (version, new.name, new.statements, created_by, idempotency_key, new.rollback)
        await conn.execute(named("environment", "record_migration"), values)
    return version


async def patch(dsn: str, version: str, *, name: str | None, rollback: str | None) -> bool:
    """Change what is kept beside the statements of one migration; ``False`` when it is not there."""
    _refuse_control(rollback)
    async with _changing(dsn) as conn:
        values = (version, name, statements.split(rollback) if rollback is not None else None)
        cursor = await conn.execute(named("environment", "patch_migration"), values)
        return cursor.rowcount > 0


async def rollback_from(dsn: str, since: str) -> None:
    """Undo the migrations from version ``since`` on, newest first, and take them out of the ledger.

    One without rollback statements is taken out, and its effects stay. Raises :class:`ApiError` 400 when one
    cannot be undone; then nothing changed.
    """
    async with _changing(dsn) as conn:
        for row in await _rows(conn, "rollbacks_from", since):
            undo = Migration(row["version"], row["name"], tuple(row["rollback"] or ()))
            if undo.statements:
                try:
                    await _run_inside(conn, undo.sql)
                except psycopg.Error as error:
                    raise ApiError(400, query.failure(error, undo.sql)) from error
        await conn.execute(named("environment", "delete_migrations_from"), (since,))


async def replay(dsn: str, migrations: Iterable[Migration]) -> None:
    """Apply recorded migrations in order under their own versions. Raises :class:`ApiError` 400 at the first
    that fails."""
    for migration in migrations:
        await apply(dsn, migration.sql, migration.name, version=migration.version)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a client sends of a migration."""

    name: str | None
    statements: list[str]
    rollback: list[str] | None

    def matches(self, row: dict[str, Any]) -> bool:
        return (self.name, self.statements, self.rollback) == (
            row["name"],
            row["statements"],
            row["rollback"],
        )


@asynccontextmanager
async def _changing(dsn: str, sql: str = "") -> AsyncIterator[AsyncConnection[Any]]:
    """One transaction in which nobody else writes the ledger. Refusals become :class:`ApiError` 400."""
    async with query.connect(dsn) as conn:
        try:
            await conn.execute("begin")
            if not await _columns(conn) >= _LEDGER:
                await conn.execute(named("environment", "create_ledger"))
            await conn.execute(named("environment", "lock_ledger"))
            yield conn
            await conn.execute("commit")
        except psycopg.Error as error:
            raise ApiError(400, query.failure(error, sql)) from error


def _refuse_control(*texts: str | None) -> None:
    for text in texts:
        word = statements.transaction_control(text) if text else None
        if word is not None:
            raise ApiError(400, f"Failed to run sql query: {word} is not allowed in a migration")


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
