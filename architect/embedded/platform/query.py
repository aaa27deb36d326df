"""Runs SQL in an environment's database the way ``/database/query`` does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor, pq
from psycopg.pq.abc import PGresult

from architect.embedded.platform import encode, statements
from architect.embedded.platform.errors import ApiError

#: Longest a statement sent through the Management API may run, in milliseconds.
STATEMENT_TIMEOUT_MS = 120_000
CONNECT_TIMEOUT_S = 10
#: Command tags after which nobody needs to read the catalog again.
_DATA_ONLY = re.compile(
    r"^(SELECT|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|EXPLAIN|SHOW|SET|RESET|BEGIN|COMMIT|ROLLBACK|SAVEPOINT"
    r"|RELEASE|START TRANSACTION|VACUUM|ANALYZE|NOTIFY|LISTEN)"
)


@asynccontextmanager
async def connect(dsn: str) -> AsyncIterator[AsyncConnection[Any]]:
    """An autocommit connection with the API's time limit. Raises :class:`ApiError` 503 when it is refused."""
    try:
        conn = await AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="management-api",
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
            cursor_factory=AsyncRawCursor,
        )
    except psycopg.OperationalError as error:
        raise ApiError(503, "The database is not accepting connections") from error
    try:
        yield conn
    finally:
        await conn.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows of the last non-empty result, and whether any statement may have changed the catalog."""

    rows: list[Any]
    changed_schema: bool


async def run(dsn: str, sql: str, parameters: list[Any] | None = None, *, read_only: bool = False) -> Outcome:
    """Run ``sql``. Raises :class:`ApiError` 400 with Postgres' own words.

    ``read_only`` expects the DSN of a role that cannot write, and rolls everything back in the end, so that
    a SECURITY DEFINER function called from here changes nothing either.
    """
    if read_only and (word := statements.transaction_control(sql)):
        raise ApiError(400, f"Failed to run sql query: {word} is not allowed in a read-only query\n")
    async with connect(dsn) as conn:
        try:
            return await (_read_only(conn, sql, parameters) if read_only else fetch(conn, sql, parameters))
        except psycopg.Error as error:
            raise ApiError(400, failure(error, sql)) from error


async def fetch(conn: AsyncConnection[Any], sql: str, parameters: list[Any] | None = None) -> Outcome:
    """Run ``sql``, which may hold several statements, on ``conn``. Raises :class:`psycopg.Error`."""
    found: list[Any] = []
    changed = False
    async with conn.cursor() as cursor:
        bound = [encode.parameter(p) for p in parameters] if parameters else None
        await cursor.execute(cast("LiteralString", sql), bound)
        while True:
            result = cursor.pgresult
            if result is not None and _has_rows(result):
                found = encode.rows(result)
            changed = changed or not _DATA_ONLY.match(cursor.statusmessage or "SELECT")
            if not cursor.nextset():
                return Outcome(found, changed)


async def _read_only(conn: AsyncConnection[Any], sql: str, parameters: list[Any] | None) -> Outcome:
    # READ WRITE on purpose: the role's missing privileges speak first, as they do on the hosted platform.
    await conn.execute("begin read write")
    try:
        return await fetch(conn, sql, parameters)
    finally:
        if conn.info.transaction_status != pq.TransactionStatus.IDLE:
            await conn.execute("rollback")


def _has_rows(result: PGresult) -> bool:
    return result.status == pq.ExecStatus.TUPLES_OK and result.ntuples > 0


def failure(error: psycopg.Error, sql: str) -> str:
    """The message hosted Supabase gives for a failed query."""
    diag = error.diag
    if diag.sqlstate is None:
        return f"Failed to run sql query: {error}"
    lines = [f"{diag.severity or 'ERROR'}:  {diag.sqlstate}: {diag.message_primary}"]
    if diag.statement_position:
        lines += _pointer(sql, int(diag.statement_position))
    for label, text in (
        ("DETAIL", diag.message_detail),
        ("HINT", diag.message_hint),
        ("QUERY", diag.internal_query),
        ("CONTEXT", diag.context),
    ):
        if text:
            lines.append(f"{label}:  {text}")
    return "Failed to run sql query: " + "\n".join(lines) + "\n"


def _pointer(sql: str, position: int) -> list[str]:
    before = sql[: position - 1]
    number = before.count("\n") + 1
    start = before.rfind("\n") + 1
    line = sql[start:].split("\n", 1)[0]
    label = f"LINE {number}: "
    return [label + line, " " * (len(label) + len(before) - start) + "^"]
