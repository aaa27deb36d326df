"""Who is present in a room: every tracked channel by its key, and what is told of comings and goings."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architect.embedded.realtime.channel import Channel

_PREFIX = secrets.token_urlsafe(6)
_numbers = itertools.count(1)
Diff = dict[str, dict[str, dict[str, list[dict[str, Any]]]]]


@dataclass(slots=True)
class Meta:
    """One tracked channel."""

    key: str
    payload: Mapping[str, Any] = field(repr=False)
    ref: str
    previous_ref: str | None = None

    @property
    def wire(self) -> dict[str, Any]:
        refs = {"phx_ref": self.ref}
        if self.previous_ref is not None:
            refs["phx_ref_prev"] = self.previous_ref
        return {**self.payload, **refs}


class Presences:
    """The presence of one room. Each channel has one entry; channels may share a key."""

    def __init__(self) -> None:
        self._metas: dict[Channel, Meta] = {}

    def __len__(self) -> int:
        return len(self._metas)

    def track(self, channel: Channel, key: str, payload: Mapping[str, Any]) -> Diff | None:
        """Set what ``channel`` says of itself; returns what the others are told, if anything changed."""
        old = self._metas.get(channel)
        if old is not None and _same(old.payload, payload):
            return None
        new = Meta(key, payload, _new_ref(), old.ref if old is not None else None)
        self._metas[channel] = new
        return {"joins": _entry(new), "leaves": _entry(old)}

    def untrack(self, channel: Channel) -> Diff | None:
        """Forget ``channel``; returns what the others are told, if it was tracked."""
        old = self._metas.pop(channel, None)
        return None if old is None else {"joins": {}, "leaves": _entry(old)}

    @property
    def state(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """Everybody, by key."""
        grouped: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for meta in self._metas.values():
            grouped.setdefault(meta.key, {"metas": []})["metas"].append(meta.wire)
        return grouped


def _entry(meta: Meta | None) -> dict[str, dict[str, list[dict[str, Any]]]]:
    return {} if meta is None else {meta.key: {"metas": [meta.wire]}}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # In Python 1 and true are equal; in JSON they are not.
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _new_ref() -> str:
    return f"{_PREFIX}{next(_numbers):x}"
