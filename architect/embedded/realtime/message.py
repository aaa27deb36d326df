"""What goes to all members of a room, encoded once per wire form however many they are."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from architect.embedded.realtime.frames import (
    MAX_NAME,
    USER_BROADCAST,
    Form,
    binary_frame,
    dumps,
    encode,
    text_frame,
)

log = logging.getLogger(__name__)
PREFIX: Final = "realtime:"


@dataclass(slots=True, eq=False)
class Message:
    """Something that every member of a room is sent as it is. ``topic`` is without ``realtime:``."""

    topic: str
    event: str
    payload: Any = field(repr=False)
    _wires: dict[Form, bytes | None] = field(default_factory=dict, init=False, repr=False)

    def wire(self, form: Form) -> bytes | None:
        """The WebSocket frame for sockets that speak ``form``; ``None`` when it cannot be said in it."""
        try:
            return self._wires[form]
        except KeyError:
            pass
        try:
            encoded = self._encode(form)
        except (ValueError, RecursionError) as error:
            log.warning("a message on %s cannot be sent: %s", self.topic, type(error).__name__)
            encoded = None
        self._wires[form] = encoded
        return encoded

    def _encode(self, form: Form) -> bytes | None:
        return encode(form, self.event, PREFIX + self.topic, self.payload)


@dataclass(slots=True, eq=False)
class Broadcast(Message):
    """One broadcast. ``payload`` is any JSON value, or ``bytes``, which version 1 cannot say.

    ``id`` is set on what came from the database, ``replayed`` on what is sent again to a late joiner.
    """

    id: str | None = None
    replayed: bool = False
    #: The payload as JSON text where that is known. It then goes out in binary to those who can read it.
    text: str | None = field(default=None, repr=False)
    #: The whole of a broadcast that came as JSON: it is passed on with whatever else it holds.
    body: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def meta(self) -> dict[str, Any] | None:
        """What clients are told beside the payload, if anything."""
        if self.id is None:
            return None
        return {"id": self.id, "replayed": True} if self.replayed else {"id": self.id}

    def _encode(self, form: Form) -> bytes | None:
        if form is Form.V1 and isinstance(self.payload, bytes):
            return None
        if form is Form.V2 and (self.text is not None or isinstance(self.payload, bytes)):
            return self._kind_4()
        topic = PREFIX + self.topic
        if self.text is not None and self.meta is None:
            # Version 1, and the text is known to be JSON: no need to write it again.
            head = f'{{"topic":{dumps(topic)},"event":"broadcast","payload":{{"type":"broadcast","event":'
            return text_frame(f'{head}{dumps(self.event)},"payload":{self.text}}},"ref":null}}')
        body = self.body
        if body is None:
            body = {"type": "broadcast", "event": self.event, "payload": self.payload}
            if self.meta is not None:
                body["meta"] = self.meta
        return encode(form, "broadcast", topic, body)

    def _kind_4(self) -> bytes | None:
        is_bytes = isinstance(self.payload, bytes)
        meta = dumps(self.meta) if self.meta is not None else ""
        names = [(PREFIX + self.topic).encode(), self.event.encode(), meta.encode()]
        if any(len(name) > MAX_NAME for name in names):
            if is_bytes:
                raise ValueError("its names are too long for a binary frame")
            body = {"type": "broadcast", "event": self.event, "payload": self.payload}
            return encode(Form.V2, "broadcast", PREFIX + self.topic, body)
        data = self.payload if is_bytes else (self.text or "").encode()
        head = bytes([USER_BROADCAST, *map(len, names), not is_bytes])
        return binary_frame(b"".join((head, *names, data)))
