"""Faults that tests arm: the platform misbehaves on chosen requests as a hosted one sometimes does.

Only there while the fixtures are switched on; without them no middleware stands before the application.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What the hosted API says when it limits the rate of calls.
THROTTLED = "ThrottlerException: Too Many Requests"
BROKEN = "Internal server error (a fault that was armed)"
STARTING = "Failed to run sql query: ERROR:  57P03: the database system is starting up"
NOT_RESOLVED = "name resolution failed"
#: Pieces and the pause between them in which a slow answer comes.
PIECES, PAUSE_MS = 8, 100

Kind = Literal[
    "429",
    "500",
    "500_after",
    "slow",
    "truncated",
    "drop",
    "drop_after",
    "ready_before_usable",
    "migrations_failed",
    "functions_failed",
]
#: What may be spoiled: the Management API, and what environments serve.
_OURS = ("/v1/", "/p/")


@dataclass(slots=True)
class Fault:
    """One armed fault. It fires on requests it matches, after ``skip`` of them and then ``times`` times."""

    id: int
    method: str
    #: A regular expression, searched for in the path.
    path: str
    kind: Kind
    times: int = 1
    skip: int = 0
    retry_after: int | None = None
    delay_ms: int = PAUSE_MS
    #: How many requests matched, and on how many of them it fired.
    seen: int = 0
    fired: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one of those; whether it fires is :meth:`fires`."""
        return self.method in ("*", method) and re.search(self.path, path) is not None

    def fires(self) -> bool:
        """Count a request that it meets; whether it is one to spoil."""
        self.seen += 1
        if self.seen <= self.skip or self.fired >= self.times:
            return False
        self.fired += 1
        return True

    def wire(self) -> dict[str, Any]:
        """As the fixture routes show it."""
        shown = ("id", "method", "path", "kind", "times", "skip", "retry_after", "delay_ms", "seen", "fired")
        return {name: getattr(self, name) for name in shown}


@dataclass(slots=True)
class Faults:
    """What is armed, in the order in which it was."""

    armed: list[Fault] = field(default_factory=list)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def arm(self, **values: Any) -> Fault:
        """Add one. Raises ``re.error`` for a regular expression that is none."""
        fault = Fault(id=next(self._ids), **values)
        re.compile(fault.path)
        self.armed.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault for this request, ``None`` when it is to be served."""
        found = [fault for fault in self.armed if fault.meets(method, path)]
        return next((fault for fault in found if fault.fires()), None)


class FaultMiddleware:
    """ASGI middleware, the outermost: spoils what an armed fault meets and passes on the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault: Fault | None = None
        if scope["type"] == "http" and scope["path"].startswith(_OURS):
            fault = scope["app"].state.server.faults.strike(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif (refusal := _refusal(fault, scope["path"])) is not None:
            await refusal(scope, receive, send)
        elif fault.kind == "drop":
            await _drop(send)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request have its effect, then answer as the fault wants it."""
        start, body = await self._served(scope, receive)
        if fault.kind == "500_after":
            await JSONResponse({"message": BROKEN}, 500)(scope, receive, send)
        elif fault.kind == "drop_after":
            await _drop(send)
        elif fault.kind == "truncated":
            await _answer(send, start, body[: len(body) // 2])
        elif fault.kind == "slow":
            await _trickle(send, start, body, fault.delay_ms / 1000)
        else:
            await _answer(send, start, await _with_status(scope, fault.kind.upper(), body))

    async def _served(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        sent: list[Message] = []

        async def collect(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, collect)
        if not sent:
            raise ClientDisconnect
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def _refusal(fault: Fault, path: str) -> Response | None:
    """The answer of a fault that keeps the request from having any effect."""
    if fault.kind == "429":
        headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        return JSONResponse({"message": THROTTLED}, 429, headers=headers)
    if fault.kind == "500":
        return JSONResponse({"message": BROKEN}, 500)
    if fault.kind == "ready_before_usable":
        if path.startswith("/v1/") and "/database/" in path:
            return JSONResponse({"message": STARTING}, 400)
        return JSONResponse({"message": NOT_RESOLVED}, 503)
    return None


async def _drop(send: Send) -> None:
    """Promise a body and end without it: the server closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def _answer(send: Send, start: Message, body: bytes) -> None:
    headers = [(name, value) for name, value in start.get("headers", []) if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _trickle(send: Send, start: Message, body: bytes, pause_s: float) -> None:
    await send(start)
    size = len(body) // PIECES + 1
    for at in range(0, len(body), size):
        await asyncio.sleep(pause_s)
        await send({"type": "http.response.body", "body": body[at : at + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _with_status(scope: Scope, status: str, body: bytes) -> bytes:
    """The branch that was just made, ended in ``status`` for all who look."""
    made = json.loads(body)
    row = await scope["app"].state.server.store.one(
        "set_branch_status", ref=made["project_ref"], status=status
    )
    return json.dumps({**made, "status": row["status"]} if row else made).encode()
