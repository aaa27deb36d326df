"""One pool of connections to the control plane, each acting as ``service_role``, and the fencing of writes.

The login role may be anything that is a member of ``service_role``; nothing is ever done with its own rights.
Session-level locks need a direct or session-mode connection, not a transaction pooler (port 6543 on hosted).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from architect.errors import (
    ArchitectError,
    Conflict,
    InputError,
    NotFound,
    PlanChanged,
    PlatformError,
    Superseded,
)
from architect.redaction import register
from architect.sql import query

#: Seconds to wait for the first connection.
CONNECT_TIMEOUT = 10.0
#: SQLSTATEs that the control plane's own triggers raise.
ILLEGAL_TRANSITION, STALE_RUN, OTHER_PLAN = "VA001", "VA002", "VA003"

#: Without keepalives the lock of a host that vanished would be held for two hours.
CONNECTION_OPTIONS: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Prepared statements do not survive a pooler that switches servers.
    "prepare_threshold": None,
    "application_name": "vibe-architect",
}


class Database:
    """The connections of one process, and which run it is of each session that it has claimed."""

    def __init__(self, dsn: str, pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> None:
        self._dsn = dsn
        self._pool = pool
        #: session id -> attempt. Kept after the claim ends: a straggler's write must still be refused.
        self._attempts: dict[str, int] = {}

    async def rows(self, file: str, name: str, values: Mapping[str, Any]) -> list[DictRow]:
        """All rows of one named query, run in a transaction of its own."""
        async with self.transaction() as connection:
            return await rows(connection, file, name, values)

    async def row(self, file: str, name: str, values: Mapping[str, Any]) -> DictRow | None:
        """The first row of one named query."""
        found = await self.rows(file, name, values)
        return found[0] if found else None

    @asynccontextmanager
    async def transaction(self, *, explicit: bool = False) -> AsyncIterator[AsyncConnection[DictRow]]:
        """A connection; with ``explicit`` all of its statements are one transaction. Errors become ours."""
        try:
            async with self._pool.connection() as connection:
                if explicit:
                    async with connection.transaction():
                        yield connection
                else:
                    yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise translate(error) from error

    def run_of(self, session_id: str) -> int | None:
        """The attempt under which this process holds the session, ``None`` when it never claimed it."""
        return self._attempts.get(session_id)

    async def written(self, session_id: str, row: DictRow | None) -> DictRow:
        """``row`` of a fenced write, or the reason why there is none.

        Raises
        ------
        NotFound
            There is no such session.
        Superseded
            A newer run has claimed the session.
        """
        if row is not None:
            return row
        await self.may_write(session_id)
        raise Conflict(f"Session {session_id} was claimed while it was written.", hint="Try again.")

    async def may_write(self, session_id: str) -> None:
        """Raise ``NotFound`` or ``Superseded`` when this process could not write the session."""
        run, current = self.run_of(session_id), await self.exists(session_id)
        if run is not None and run != current:
            raise Superseded(
                f"Run {run} of session {session_id} has been superseded by run {current}.",
                hint="Nothing to do: the newer run goes on.",
            )

    async def exists(self, session_id: str) -> int:
        """The number of the session's present run. Raises ``NotFound``."""
        current = await self.row("sessions", "attempt", {"session_id": session_id})
        if current is None:
            raise no_session(session_id)
        return int(current["attempt"])


@asynccontextmanager
async def open_pool(
    dsn: str, *, size: int = 4
) -> AsyncIterator[AsyncConnectionPool[AsyncConnection[DictRow]]]:
    """A pool whose connections act as ``service_role``.

    Raises
    ------
    PlatformError
        The database cannot be reached or refuses the role.
    """
    register_password(dsn)
    pool = AsyncConnectionPool(
        dsn,
        connection_class=AsyncConnection[DictRow],
        kwargs={**CONNECTION_OPTIONS, "row_factory": dict_row, "autocommit": True},
        min_size=1,
        max_size=size,
        open=False,
        configure=act_as_service_role,
        # One round trip finds a dead connection and takes back whatever the last user set.
        check=act_as_service_role,
        timeout=CONNECT_TIMEOUT,
        reconnect_timeout=CONNECT_TIMEOUT,
        name="control-plane",
    )
    # The pool's own message does not say why it could not connect.
    async with await connect(dsn):
        pass
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def connect(dsn: str) -> AsyncConnection[DictRow]:
    """One connection outside of any pool, acting as ``service_role``; closing it frees its locks."""
    try:
        connection = await AsyncConnection[DictRow].connect(
            dsn,
            **CONNECTION_OPTIONS,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=int(CONNECT_TIMEOUT),
        )
        await act_as_service_role(connection)
    except psycopg.Error as error:
        raise translate(error) from error
    return connection


async def act_as_service_role(connection: AsyncConnection[Any]) -> None:
    """Forget what was set on the connection and act as ``service_role``."""
    await connection.execute(query("sessions", "act_as_service_role"))


async def rows(
    connection: AsyncConnection[DictRow], file: str, name: str, values: Mapping[str, Any] | Sequence[Any]
) -> list[DictRow]:
    """All rows of one named query on ``connection``."""
    cursor = await connection.execute(query(file, name), values)
    return await cursor.fetchall() if cursor.description else []


def key(session_id: str | UUID) -> str:
    """The id in its one spelling. Raises ``NotFound`` for what is not a uuid: no session can have that id."""
    try:
        return str(session_id if isinstance(session_id, UUID) else UUID(session_id))
    except (ValueError, AttributeError, TypeError):
        raise no_session(session_id) from None


def no_session(session_id: object) -> NotFound:
    return NotFound(f"There is no session {str(session_id)[:80]}.", hint="`architect sessions` lists them.")


def register_password(dsn: str) -> None:
    """Make the password of a connection string known as secret."""
    try:
        password = conninfo_to_dict(dsn).get("password")
    except psycopg.ProgrammingError:
        raise PlatformError(
            "The control plane's connection string cannot be read.",
            hint="Set ARCHITECT_DATABASE_URL to postgresql://user:password@host:port/database.",
        ) from None
    if password:
        register(str(password), "password")


def translate(error: Exception) -> ArchitectError:
    """A database error as one of ours."""
    text = str(error).split("\n")[0]
    if isinstance(error, psycopg.Error) and error.sqlstate == ILLEGAL_TRANSITION:
        return Conflict(f"{text}.", hint="Look at the session's status first.")
    if isinstance(error, psycopg.Error) and error.sqlstate == STALE_RUN:
        return Superseded(f"{text}.", hint="Nothing to do: the newer run goes on.")
    if isinstance(error, psycopg.Error) and error.sqlstate == OTHER_PLAN:
        return PlanChanged()
    if isinstance(error, errors.ForeignKeyViolation):
        return NotFound(f"{text}.")
    if isinstance(error, (psycopg.IntegrityError, psycopg.DataError)):
        return InputError(f"The control plane refuses that value: {text}.")
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction)):
        return PlatformError(
            f"The control plane's schema is not up to date: {text}.", hint="Run `architect db push`."
        )
    if isinstance(error, (psycopg.OperationalError, PoolTimeout)):
        return PlatformError(
            f"The control plane's database cannot be reached: {text}",
            hint="Run `architect status`, then `architect up`.",
        )
    return PlatformError(f"The control plane's database refused: {text}", hint=None)
