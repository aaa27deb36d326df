"""The durable timeline of a session: appended and broadcast in one transaction, never changed."""

from __future__ import annotations

from architect.events.log import EventLog
from architect.events.model import Event

__all__ = ["Event", "EventLog"]
