"""What a request to broadcast says, checked as upstream checks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

#: Of a whole request, however small a single message must be.
MAX_BODY = 8_000_000
BLANK, INVALID = "can't be blank", "is invalid"
TOO_LARGE = "Payload size exceeds tenant limit"
_TRUE, _FALSE = ("true", "1"), ("false", "0")


class BodyRefused(Exception):
    """The request says nothing that could be sent. ``body`` is the answer's."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send. ``payload`` is a JSON value or ``bytes``."""

    topic: str
    event: str
    payload: Any = field(repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body and what it says it is."""

    content: bytes = field(repr=False)
    content_type: str

    def json(self) -> Any:
        """Raises :class:`BodyRefused` 415 or 422."""
        kind = self.content_type
        if (
            kind
            and kind != "application/json"
            and not (kind.startswith("application/") and kind.endswith("+json"))
        ):
            raise BodyRefused(415, {"message": "Unsupported Media Type"})
        try:
            return json.loads(self.content, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise _invalid({"body": [INVALID]}) from None


async def read(request: Request, max_payload: int) -> Body:
    """The body. Raises :class:`BodyRefused` 413 when it is too large."""
    limit, size = max(MAX_BODY, 2 * max_payload), 0
    chunks = []
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyRefused(413, {"message": "Payload too large"})
        chunks.append(chunk)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Body(b"".join(chunks), kind)


def batch_of(body: Body, max_payload: int) -> list[Message]:
    """The messages of ``{"messages": [...]}``. Raises :class:`BodyRefused`, naming what is wrong in each."""
    content = body.json()
    given = content.get("messages") if isinstance(content, dict) else None
    if given is None or given == []:
        raise _invalid({"messages": [BLANK]})
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise _invalid({"messages": [INVALID]})
    problems = [_problems(item, max_payload) for item in given]
    if any(problems):
        raise _invalid({"messages": problems})
    return [Message(i["topic"], i["event"], i["payload"], _flag(i.get("private")) is True) for i in given]


def single_of(body: Body, topic: str, event: str, *, private: bool, max_payload: int) -> Message:
    """The one message. Raises :class:`BodyRefused`."""
    problems = {name: [BLANK] for name, value in (("topic", topic), ("event", event)) if not value.strip()}
    payload: Any
    if body.content_type == "application/octet-stream":
        payload = body.content
    else:
        payload = body.json()
        # Clients expect an object; upstream wraps everything else like this.
        payload = payload if isinstance(payload, dict) else {"_json": payload}
    if len(body.content) > max_payload:
        problems["payload"] = [TOO_LARGE]
    if problems:
        raise _invalid(problems)
    return Message(topic, event, payload, private)


def _problems(item: dict[str, Any], max_payload: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in ("topic", "event"):
        value = item.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            found[name] = [BLANK]
        elif not isinstance(value, str):
            found[name] = [INVALID]
    payload = item.get("payload")
    if payload is None:
        found["payload"] = [BLANK]
    elif not isinstance(payload, dict):
        found["payload"] = [INVALID]
    elif len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")) > max_payload:
        found["payload"] = [TOO_LARGE]
    if _flag(item.get("private")) is None:
        found["private"] = [INVALID]
    return found


def _flag(value: Any) -> bool | None:
    """A boolean as people write it; ``None`` when it is none."""
    if value is None:
        return False
    text = str(value).lower() if isinstance(value, (bool, str, int)) else ""
    return text in _TRUE if text in (*_TRUE, *_FALSE) else None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _invalid(errors: dict[str, Any]) -> BodyRefused:
    return BodyRefused(422, {"errors": errors})
