"""What holds for every request and answer: no body above a size, headers that keep a browser careful."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from architect.api.errors import TooLarge, answer

#: The largest spec, and what JSON adds to it.
MAX_BODY = 1_300_000

#: The end of every Content-Security-Policy here.
NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: An answer that sets one of these keeps its own.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; {NOTHING_ELSE}",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class SecurityHeaders:
    """Adds :data:`HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, careful if scope["type"] == "http" else send)


class BodyLimit:
    """Reads the body before anybody parses it, and refuses what is larger than :data:`MAX_BODY`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        body = None if announced.isdigit() and int(announced) > MAX_BODY else await _read(receive)
        if body is None:
            refusal = answer(
                TooLarge(f"The body is larger than {MAX_BODY:,} bytes", hint="Shorten the spec.")
            )
            # What is left of the body is not read: the connection cannot be used again.
            refusal.headers["connection"] = "close"
            await refusal(scope, receive, send)
            return
        left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return left.pop() if left else await receive()

        await self._app(scope, replay, send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; ``None`` as soon as it is too large."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > MAX_BODY:
            return None
    return b"".join(parts)
