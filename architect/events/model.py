"""A build event as a value, and its shape on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Event(BaseModel):
    """One row of ``build_events``. ``seq`` counts from 1 without a gap within a session."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    session_id: str
    seq: int
    ts: datetime
    type: str
    message: str
    payload: dict[str, Any]

    @field_validator("id", "session_id", mode="before")
    @classmethod
    def _text(cls, value: Any) -> str:
        return str(value)

    def api_dict(self) -> dict[str, Any]:
        """What ``GET /sessions/{id}/events`` returns and what the broadcast of this event carries."""
        return {
            "id": self.id,
            "sessionId": self.session_id,
            "seq": self.seq,
            "ts": self.ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "type": self.type,
            "message": self.message,
            "payload": self.payload,
        }
