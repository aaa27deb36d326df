"""Appends events and reads them back in order."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from architect.database import Database, key, no_session, rows
from architect.events.model import Event
from architect.redaction import redact, redact_text

#: Events of one page.
PAGE = 1000


class EventLog(Database):
    """The part of the control plane that writes and reads ``build_events``."""

    async def append_event(
        self,
        session_id: str,
        type: str,
        message: str,
        payload: dict[str, Any] | None = None,
        *,
        dedupe_key: str | None = None,
        with_tool_calls: bool = False,
    ) -> int | None:
        """Append an event and broadcast it; secrets are taken out of message and payload here.

        Parameters
        ----------
        dedupe_key
            What happened, so that telling it twice writes it once.
        with_tool_calls
            Put the finished tool calls that no event has told of yet into ``payload.tool_calls``.

        Returns
        -------
        The event's ``seq``, or ``None`` when ``dedupe_key`` is already there.

        Raises
        ------
        NotFound
            There is no such session.
        Superseded
            A newer run has claimed the session.
        """
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "type": type,
            "message": redact_text(message),
            "payload": Jsonb(redact(payload or {})),
            "dedupe_key": dedupe_key,
            "attempt": self.run_of(session_id),
        }
        async with self.transaction(explicit=with_tool_calls) as connection:
            if not with_tool_calls:
                written = await rows(connection, "events", "append", values)
            elif await rows(connection, "events", "lock", values):
                written = await rows(connection, "events", "append_with_tool_calls", values)
            else:
                raise no_session(session_id)
        return written[0]["seq"] if written else None

    async def events(self, session_id: str, after: int = 0, limit: int = PAGE) -> list[Event]:
        """The events with a ``seq`` above ``after``, in order. Raises ``NotFound``."""
        values = {"session_id": key(session_id), "after": after, "limit": limit}
        found = await self.rows("events", "after", values)
        if not found:
            await self.exists(key(session_id))
        return [Event.model_validate(row) for row in found]
