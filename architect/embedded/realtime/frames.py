"""What travels on a socket: Phoenix channel messages, as JSON of two versions and in a binary form."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NoReturn

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

#: What one byte can count: the longest name in a binary frame.
MAX_NAME: Final = 255
PUSH, USER_BROADCAST_PUSH, USER_BROADCAST = 0, 3, 4
HEARTBEAT_TOPIC: Final = "phoenix"


class Form(Enum):
    """What a socket speaks: ``vsn=1.0.0`` or ``vsn=2.0.0``."""

    V1 = "1.0.0"
    V2 = "2.0.0"

    @classmethod
    def of(cls, version: str) -> Form | None:
        """The form of a ``vsn``; ``None`` for one that nobody speaks here."""
        major, _, rest = version.partition(".")
        if not rest or not all(part.isascii() and part.isdigit() for part in rest.split(".")):
            return None
        return {"1": cls.V1, "2": cls.V2}.get(major) if rest.startswith("0.") else None


class Malformed(Exception):
    """The frame is none."""


@dataclass(slots=True)
class UserPayload:
    """A broadcast that came in binary: its own event, and ``bytes`` or JSON as text and as a value."""

    event: str
    value: Any = field(repr=False)
    text: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Frame:
    """One message from a client. ``payload`` is any JSON value, a :class:`UserPayload`, or ``bytes``."""

    topic: str
    event: str
    payload: Any = field(repr=False)
    ref: str | int | None
    join_ref: str | int | None
    #: Bytes of the whole frame.
    size: int


def decode(form: Form, message: str | bytes) -> Frame:
    """Read what a client sent. Raises :class:`Malformed`."""
    if isinstance(message, bytes):
        if form is Form.V1:
            raise Malformed("a binary frame on a socket of version 1")
        return _decode_binary(message)
    value = _json(message)
    if form is Form.V1:
        if not isinstance(value, dict):
            raise Malformed("not an object")
        parts: list[Any] = [value.get(name) for name in ("join_ref", "ref", "topic", "event", "payload")]
    elif isinstance(value, list) and len(value) >= 5:
        parts = value[:5]
    else:
        raise Malformed("not an array of five")
    join_ref, ref, topic, event, payload = parts
    size = len(message) if message.isascii() else len(message.encode("utf-8", "surrogatepass"))
    return _checked(Frame(topic, event, payload, ref, join_ref, size))


def encode(
    form: Form, event: str, topic: str, payload: Any, *, ref: Any = None, join_ref: Any = None
) -> bytes:
    """A whole WebSocket frame for one socket. Version 1 has no room for the ``join_ref``."""
    if form is Form.V1:
        return text_frame(dumps({"topic": topic, "event": event, "payload": payload, "ref": ref}))
    return text_frame(dumps([join_ref, ref, topic, event, payload]))


def text_frame(text: str) -> bytes:
    """The WebSocket frame of a text, ready to be written. From a server nothing is masked."""
    return WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


def binary_frame(data: bytes) -> bytes:
    """As :func:`text_frame`, of bytes."""
    return WebSocketFrame(Opcode.BINARY, data).serialize(mask=False)


def dumps(value: Any) -> str:
    """Compact JSON that can be sent: what is half of a surrogate pair stays escaped.

    Raises :class:`ValueError` for NaN and the infinities, which JSON has not, and :class:`RecursionError`.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _decode_binary(data: bytes) -> Frame:
    kind = data[0] if data else None
    if kind == PUSH:
        (join_ref, ref, topic, event), rest = _names(data, 4, at=5)
        return _checked(Frame(topic, event, rest, ref or None, join_ref or None, len(data)))
    if kind != USER_BROADCAST_PUSH or len(data) < 7:
        raise Malformed(f"a binary frame of unknown kind {kind}")
    (join_ref, ref, topic, event, meta), rest = _names(data, 5, at=7)
    if meta:
        _json(meta)
    payload = UserPayload(event, rest)
    if data[6] != 0:
        text = _text(rest)
        payload = UserPayload(event, _json(text), text)
    return _checked(Frame(topic, "broadcast", payload, ref or None, join_ref or None, len(data)))


def _names(data: bytes, count: int, *, at: int) -> tuple[list[str], bytes]:
    """The names whose lengths stand in the bytes after the first one, and what follows them."""
    if len(data) < at:
        raise Malformed("a binary frame that ends in its head")
    names = []
    for size in data[1 : 1 + count]:
        names.append(_text(data[at : at + size]))
        at += size
    if len(data) < at:
        raise Malformed("a binary frame that ends in its names")
    return names, data[at:]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error


def _checked(frame: Frame) -> Frame:
    for name in (frame.topic, frame.event):
        if not isinstance(name, str) or "\x00" in name:
            raise Malformed("topic and event must be texts")
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise Malformed("topic and event must be texts") from error
    for ref in (frame.ref, frame.join_ref):
        if ref is not None and not isinstance(ref, str | int):
            raise Malformed("ref and join_ref must be texts")
    return frame
