"""How far the watch over each environment is, and the lock that lets one check at a time change it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import psycopg
from psycopg import errors

from architect.database import Database, connect, key, rows, translate
from architect.errors import Conflict
from architect.sentinel.rows import GuardState
from architect.sessions.model import Row

#: How long one check waits for another one of the same environment.
PATIENCE_S = 60.0


class Guarded(Row):
    """An environment that is to be looked at by now."""

    id: str
    ref: str
    #: Of the last full check; ``None`` when there was none, or it was not whole.
    token: str | None
    key_version: int
    #: The version of the expectation; ``None`` when recording it failed.
    expectation: int | None
    looked_at: datetime | None
    #: Whether a full comparison, or one of behaviour, is due whatever the token says.
    full_due: bool
    probe_due: bool


class GuardStore(Database):
    """The part of the control plane that writes and reads ``drift_states``."""

    async def begin_watch(self, session_id: str) -> None:
        """From now on sweeps look at the session's environment."""
        await self.rows("sentinel", "begin_watch", {"session_id": key(session_id)})

    async def guard_state(self, session_id: str) -> GuardState | None:
        """How far the watch is; ``None`` when the environment was never watched."""
        row = await self.row("sentinel", "state", {"session_id": key(session_id)})
        return None if row is None else GuardState.model_validate(row)

    async def guarded(
        self,
        *,
        full_every_s: float,
        probe_every_s: float | None,
        session_id: str | None = None,
        limit: int = 1000,
    ) -> list[Guarded]:
        """Environments whose next look is due, or the named one; without ``probe_every_s`` none is probed."""
        values = {
            "session_id": None if session_id is None else key(session_id),
            "full_every_s": full_every_s,
            "probe_every_s": probe_every_s or 0,
            "probing": probe_every_s is not None,
            "limit": limit,
        }
        return [Guarded.model_validate(row) for row in await self.rows("sentinel", "guarded", values)]

    async def looked(self, session_ids: Sequence[str]) -> None:
        """Note that nothing has changed in these since their last full check."""
        if session_ids:
            await self.rows("sentinel", "looked", {"session_ids": list(session_ids)})

    async def forget_token(self, session_id: str) -> None:
        """Make the next look a full one."""
        await self.rows("sentinel", "forget_token", {"session_id": key(session_id)})

    async def set_key_version(self, session_id: str, version: int) -> None:
        """Note which key the environment's ``drift_check`` takes; 0 is none."""
        await self.begin_watch(session_id)
        await self.rows(
            "sentinel", "set_key_version", {"session_id": key(session_id), "key_version": version}
        )

    @asynccontextmanager
    async def watch(self, session_id: str, *, patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
        """Hold the watch over an environment: no other check, restore or acceptance goes on meanwhile.

        Raises :class:`Conflict` when another one does for longer than ``patience_s``.
        """
        values = {"session_id": key(session_id), "timeout_ms": str(round(patience_s * 1000))}
        connection = await connect(self._dsn)
        try:
            try:
                await rows(connection, "sentinel", "limit_wait", values)
                await rows(connection, "sentinel", "lock", values)
            except errors.LockNotAvailable:
                raise Conflict(
                    f"The environment of session {session_id} is being checked or restored.",
                    hint="Try again when that has ended.",
                ) from None
            except psycopg.Error as error:
                raise translate(error) from error
            yield
        finally:
            with contextlib.suppress(psycopg.Error):
                await rows(connection, "sentinel", "unlock", values)
            await connection.close()
