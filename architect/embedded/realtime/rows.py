"""Rows of ``realtime.messages`` as broadcasts."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

from architect.embedded.realtime.message import Broadcast

log = logging.getLogger(__name__)


def broadcast_of(
    *,
    topic: str,
    id: uuid.UUID,
    event: str,
    payload: str | None,
    binary_payload: bytes | None,
    replayed: bool = False,
) -> Broadcast | None:
    """The message of a row, or ``None`` for a payload that this process cannot read, which is logged."""
    try:
        value: Any = binary_payload if binary_payload is not None else _json(payload)
    except (ValueError, RecursionError) as error:
        # jsonb holds numbers and depths that JSON readers do not.
        log.warning("message %s on %s cannot be sent: %s", id, topic, error)
        return None
    return Broadcast(topic, event, value, id=str(id), replayed=replayed)


def _json(text: str | None) -> Any:
    return {} if text is None else json.loads(text)
