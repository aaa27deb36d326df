"""Session rows: made, read, claimed, moved through their states, filled with results."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from architect.database import Database, connect, key, no_session, rows, translate
from architect.errors import Conflict
from architect.redaction import redact
from architect.sessions.lease import Lease
from architect.sessions.model import LOCAL_TENANT, BuildOptions, Kind, Session
from architect.spec.secrets import masked


class SessionStore(Database):
    """The part of the control plane that writes and reads ``build_sessions``.

    After :meth:`claim` every write of this object is fenced: it raises ``Superseded`` as soon as another run
    has claimed the session. Writes without a claim are an operator's; only the status machine holds them.
    """

    async def create_session(
        self,
        *,
        spec_text: str | None,
        template: str | None,
        options: BuildOptions | None = None,
        kind: Kind = "build",
        tenant_id: str = LOCAL_TENANT,
        owner_id: str | None = None,
        file_keys: list[str] | None = None,
    ) -> Session:
        """A new session, queued (a lake session: pending). Secrets in the spec are masked."""
        values = {
            "tenant_id": tenant_id,
            "owner_id": owner_id,
            "kind": kind,
            "template": template,
            "vibe_text": None if spec_text is None else masked(spec_text),
            "file_keys": file_keys or [],
            "options": Jsonb((options or BuildOptions()).model_dump(by_alias=True)),
        }
        return Session.model_validate(await self.row("sessions", "create", values))

    async def session(self, session_id: str) -> Session:
        """One session. Raises ``NotFound``."""
        row = await self.row("sessions", "get", {"session_id": key(session_id)})
        if row is None:
            raise no_session(session_id)
        return Session.model_validate(row)

    async def sessions(self, limit: int = 50, before: str | None = None) -> list[Session]:
        """The newest sessions; ``before`` is the id of the last one of the page before."""
        values = {"limit": limit, "before": None if before is None else key(before)}
        return [Session.model_validate(row) for row in await self.rows("sessions", "list", values)]

    @asynccontextmanager
    async def claim(self, session_id: str, *, patience_s: float = 0) -> AsyncIterator[Lease]:
        """Hold the session: nobody else can, until the block or this process ends.

        Parameters
        ----------
        patience_s
            How long to wait for a run that has been canceled, and has not noticed yet, to let go of it.

        Raises
        ------
        NotFound
            There is no such session.
        Conflict
            Another run holds it.
        """
        session_id = key(session_id)
        connection = await connect(self._dsn)
        try:
            session = await _take(connection, session_id, patience_s)
            self._attempts[session_id] = session.attempt
            yield Lease(session, session.attempt, connection)
        finally:
            # The server notices a closed connection a little later; the next claim may come at once.
            with contextlib.suppress(psycopg.Error):
                await rows(connection, "sessions", "unlock", {"session_id": session_id})
            await connection.close()

    async def set_status(self, session_id: str, status: str) -> Session:
        """Move on to ``status``; being there already is fine.

        ``queued`` puts a failed or canceled session in line again; the run that takes it up claims it first.

        Raises
        ------
        Conflict
            That status cannot follow the present one.
        Superseded
            A newer run has claimed the session.
        """
        return Session.model_validate(await self._write(session_id, "set_status", {"status": status}))

    async def fail(
        self, session_id: str, error: dict[str, Any], *, status: Literal["failed", "canceled"] = "failed"
    ) -> Session:
        """End the session with ``error`` (the error shape, or only its inner part), redacted."""
        inner = error.get("error") if isinstance(error.get("error"), dict) else error
        text = json.dumps(redact(inner), ensure_ascii=False, sort_keys=True)
        return Session.model_validate(
            await self._write(session_id, "fail", {"status": status, "error": text})
        )

    async def waiting_for_a_run(self, seconds: float, limit: int = 50) -> list[Session]:
        """Queued sessions that have wanted a run of the engine for that long, the longest first."""
        found = await self.rows("sessions", "waiting_for_a_run", {"seconds": seconds, "limit": limit})
        return [Session.model_validate(row) for row in found]

    async def set_clean_up_due(self, session_id: str, due: bool) -> None:
        """Note that what the session made is to be removed, or that it is."""
        await self._write(session_id, "set_clean_up_due", {"due": due})

    async def to_clean_up(self, limit: int = 50) -> list[str]:
        """Ids of ended sessions whose environment is still to be removed, the oldest first."""
        return [str(row["id"]) for row in await self.rows("sessions", "to_clean_up", {"limit": limit})]

    async def save_plan(self, session_id: str, plan: dict[str, Any]) -> None:
        """Store the plan."""
        await self._write(session_id, "save_plan", {"value": Jsonb(redact(plan))})

    async def save_environment(self, session_id: str, environment: dict[str, Any]) -> None:
        """Store refs and URLs of the environment; never its secret keys."""
        await self._write(session_id, "save_environment", {"value": Jsonb(redact(environment))})

    async def drop_environment(self, session_id: str) -> int:
        """Forget the environment that was torn down; returns the generation of the next one."""
        return int((await self._write(session_id, "drop_environment", {}))["generation"])

    async def save_outputs(self, session_id: str, outputs: dict[str, Any]) -> None:
        """Merge ``outputs`` into what is there, key by key."""
        await self._write(session_id, "save_outputs", {"value": Jsonb(redact(outputs))})

    async def save_cursor(self, session_id: str, cursor: dict[str, Any]) -> None:
        """Keep where the architect's cursor stands, for those who join late."""
        await self._write(session_id, "save_cursor", {"value": Jsonb(redact(cursor))})

    async def _write(self, session_id: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
        session_id = key(session_id)
        fenced = {**values, "session_id": session_id, "attempt": self.run_of(session_id)}
        return await self.written(session_id, await self.row("sessions", name, fenced))


async def _take(connection: AsyncConnection[DictRow], session_id: str, patience_s: float) -> Session:
    """Lock the session on ``connection`` and count one run more."""
    try:
        lock = await rows(connection, "sessions", "try_lock", {"session_id": session_id})
        if not lock[0]["locked"] and not await _let_go(connection, session_id, patience_s):
            raise Conflict(
                f"Another run is at work on session {session_id}.",
                hint="Wait for it to end, or stop it first.",
            )
        claimed = await rows(connection, "sessions", "claim", {"session_id": session_id})
    except psycopg.Error as error:
        raise translate(error) from error
    if not claimed:
        raise no_session(session_id)
    return Session.model_validate(claimed[0])


async def _let_go(connection: AsyncConnection[DictRow], session_id: str, patience_s: float) -> bool:
    """Wait for the lock of a run that is over and has yet to end; false when it is another's by right."""
    state = await rows(connection, "sessions", "status", {"session_id": session_id})
    over = bool(state) and (state[0]["status"] in ("queued", "failed") or state[0]["parked"])
    if patience_s <= 0 or not over:
        return False
    try:
        await rows(connection, "sessions", "limit_wait", {"timeout_ms": str(round(patience_s * 1000))})
        await rows(connection, "sessions", "lock", {"session_id": session_id})
    except errors.LockNotAvailable:
        return False
    return True
