"""What a client asks for when it joins. Nobody is refused for asking in a strange way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

DEFAULT_REPLAY: Final = 10
#: The end of the year 9999.
LATEST_MS: Final = 253_402_300_800_000


@dataclass(frozen=True, slots=True)
class JoinConfig:
    """The ``payload`` of a ``phx_join``."""

    private: bool = False
    ack: bool = False
    self_broadcast: bool = False
    replication_ready: bool = False
    presence_enabled: bool = False
    presence_key: str = ""
    access_token: str | None = field(default=None, repr=False)
    #: As it came; ``None`` when no replay was asked for.
    replay: Any = None
    #: Changes of tables somebody wants to hear of, which the embedded server has no feed for.
    postgres_changes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, payload: Any) -> JoinConfig:
        """Read ``payload``; what makes no sense counts as not said."""
        join = _mapping(payload)
        config = _mapping(join.get("config"))
        broadcast, presence = _mapping(config.get("broadcast")), _mapping(config.get("presence"))
        token = next(
            (t for t in (join.get("user_token"), join.get("access_token")) if isinstance(t, str)), None
        )
        changes = config.get("postgres_changes")
        return cls(
            private=_boolean(config.get("private"), False),
            ack=_boolean(broadcast.get("ack"), False),
            self_broadcast=_boolean(broadcast.get("self"), False),
            replication_ready=_boolean(broadcast.get("replication_ready"), False),
            # Without a word on presence it is on, without a word on ``enabled`` it is off.
            presence_enabled=_boolean(presence.get("enabled"), not isinstance(config.get("presence"), dict)),
            presence_key=_key(presence.get("key")),
            access_token=token,
            replay=broadcast.get("replay"),
            postgres_changes=[c for c in changes if isinstance(c, dict)] if isinstance(changes, list) else [],
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """Which messages of the past are wanted."""

    since_ms: int
    limit: int

    @classmethod
    def of(cls, asked: Any, *, most: int) -> Replay:
        """Read ``asked``. Raises :class:`ValueError` when it makes no sense."""
        asked = _mapping(asked)
        since, limit = asked.get("since", 0), asked.get("limit", DEFAULT_REPLAY)
        for number in (since, limit):
            if isinstance(number, bool) or not isinstance(number, int):
                raise ValueError("Replay params are not valid")
        if not 0 <= since < LATEST_MS:
            raise ValueError("Replay params are not valid")
        return cls(since, max(1, min(limit, most)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _boolean(value: Any, otherwise: bool) -> bool:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), otherwise)
    return value if isinstance(value, bool) else otherwise


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" and isinstance(value, str | int | float) else str(uuid.uuid4())
