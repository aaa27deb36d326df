"""What people want done about drift: asked for once, carried out once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from psycopg.types.json import Jsonb

from architect.database import Database, key, no_session
from architect.errors import InputError, NotFound
from architect.redaction import redact, redact_text
from architect.sentinel.rows import DriftRequest, Verb

#: Characters of what a person adds.
MAX_NOTE = 1000


class RequestStore(Database):
    """The part of the control plane that writes and reads ``drift_requests``."""

    async def request_drift(
        self,
        session_id: str,
        verb: Verb,
        alerts: Sequence[str] | None = None,
        note: str | None = None,
        *,
        via: Literal["cli", "prefect"] = "cli",
        operator: str | None = None,
    ) -> DriftRequest:
        """Ask as an operator. ``alerts`` are row ids; ``None`` is every alert that needs no second thought.

        Raises
        ------
        NotFound
            There is no such session.
        InputError
            The note is too long.
        """
        said = redact_text((note or "").replace("\x00", "")).strip() or None
        if said and len(said) > MAX_NOTE:
            raise InputError(f"The note is longer than {MAX_NOTE} characters.")
        values = {
            "session_id": key(session_id),
            "verb": verb,
            "alerts": None if alerts is None else list(alerts),
            "note": said,
            "via": via,
            "operator": redact_text(operator or "")[:200] or None,
        }
        row = await self.row("sentinel", "request", values)
        if row is None:
            raise no_session(session_id)
        return DriftRequest.model_validate(row)

    async def drift_request(self, request_id: str) -> DriftRequest:
        """One request. Raises ``NotFound``."""
        row = await self.row("sentinel", "request_by_id", {"id": _id(request_id)})
        if row is None:
            raise _no_request(request_id)
        return DriftRequest.model_validate(row)

    async def take_request(self, request_id: str) -> DriftRequest | None:
        """Begin to carry it out; ``None`` when somebody else does or did."""
        row = await self.row("sentinel", "take_request", {"id": _id(request_id)})
        return None if row is None else DriftRequest.model_validate(row)

    async def end_request(
        self, request_id: str, *, result: dict[str, Any] | None = None, error: dict[str, Any] | None = None
    ) -> DriftRequest:
        """Note what came of it; failed where there is an ``error``."""
        values = {
            "id": _id(request_id),
            "state": "done" if error is None else "failed",
            "result": None if result is None else Jsonb(redact(result)),
            "error": None if error is None else Jsonb(redact(error)),
        }
        return DriftRequest.model_validate(await self.row("sentinel", "end_request", values))

    async def left_requests(self, waited_s: float) -> list[DriftRequest]:
        """Requests that nobody has taken up for so long, the oldest first."""
        found = await self.rows("sentinel", "left_requests", {"waited_s": waited_s})
        return [DriftRequest.model_validate(row) for row in found]


def _id(request_id: str) -> str:
    try:
        return key(request_id)
    except NotFound:
        raise _no_request(request_id) from None


def _no_request(request_id: object) -> NotFound:
    return NotFound(f"There is no request {str(request_id)[:80]}.", hint="Ask anew.")
