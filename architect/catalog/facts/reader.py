"""How the sentinel's queries get to a database: straight, or through the MCP server's ``execute_sql``."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, LiteralString, Protocol, Self, cast

import psycopg
from psycopg.rows import dict_row

from architect.catalog.facts.sections import STATEMENT_TIMEOUT_S, settings
from architect.errors import CatalogUnreadable

CONNECT_TIMEOUT_S = 10
Rows = list[dict[str, Any]]
Run = Callable[[str], Rows]


class Reader(Protocol):
    """Reads a catalog."""

    def moment(self) -> AbstractContextManager[Run]:
        """Scripts that see one moment of the database, in one read-only transaction."""


class ScriptReader(Protocol):
    """Reads a catalog by scripts that each have a transaction of their own."""

    async def run(self, sql: str) -> Rows:
        """The rows of the last statement of ``sql``."""


class DsnReader:
    """A reader with a connection of its own, opened when first needed; use it as a context manager to end it.

    Every failure is :class:`CatalogUnreadable`: no answer, no right, too slow, a URL that is none.
    """

    def __init__(self, dsn: str, *, timeout_s: float = STATEMENT_TIMEOUT_S) -> None:
        self._dsn = dsn
        self._timeout_s = timeout_s
        self._connection: psycopg.Connection[dict[str, Any]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; fine when there is none."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def run(self, sql: str) -> Rows:
        """One script in a moment of its own."""
        with self.moment() as run:
            return run(sql)

    @contextmanager
    def moment(self) -> Iterator[Run]:
        with _told():
            connection = self._connected()
            with connection.transaction(force_rollback=True):
                connection.execute(_text(settings(self._timeout_s)))
                yield lambda sql: connection.execute(_text(sql)).fetchall()

    def _connected(self) -> psycopg.Connection[dict[str, Any]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._dsn,
                autocommit=True,
                row_factory=dict_row,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name="vibe-architect-sentinel",
            )
        return self._connection


class McpReader:
    """A reader over ``call``, an async callable that gives the rows of ``execute_sql`` for one script."""

    def __init__(
        self, call: Callable[[str], Awaitable[Any]], *, timeout_s: float = STATEMENT_TIMEOUT_S
    ) -> None:
        self._call = call
        self._timeout_s = timeout_s

    async def run(self, sql: str) -> Rows:
        rows = await self._call(f"{settings(self._timeout_s)};\n{sql}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CatalogUnreadable("The database answered with something that is no rows")
        return rows


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _unreadable(error) from None


def _unreadable(error: psycopg.Error) -> CatalogUnreadable:
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    return CatalogUnreadable(f"The catalog could not be read: {said}", sqlstate=error.sqlstate)


def _text(sql: str) -> LiteralString:
    # Every script is made of the queries of architect/sql; nothing of the database gets into it.
    return cast("LiteralString", sql)
