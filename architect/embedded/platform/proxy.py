"""Streams one request to a child process and its answer back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack

import httpx
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from architect.embedded.platform.child import Child
from architect.embedded.platform.errors import ApiError

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class ProxyResponse(StreamingResponse):
    """Ends the upstream exchange whatever becomes of the client."""

    def __init__(self, upstream: httpx.Response, stack: AsyncExitStack, extra: Mapping[str, str]) -> None:
        super().__init__(upstream.aiter_raw(), status_code=upstream.status_code)
        dropped = _connection_names(upstream.headers) | {name.lower() for name in extra}
        self.raw_headers = [
            (name.lower(), value)
            for name, value in upstream.headers.raw
            if name.decode("latin-1").lower() not in dropped
        ]
        self.raw_headers += [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in extra.items()]
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def forward(
    child: Child,
    stack: AsyncExitStack,
    request: Request,
    *,
    path: str,
    headers: Iterable[tuple[str, str]],
    timeout_s: float,
    max_body: int,
    extra: Mapping[str, str],
) -> ProxyResponse:
    """The child's answer. The response takes over ``stack``.

    Raises :class:`httpx.TransportError` when the child does not answer, :class:`TimeoutError` when it takes
    longer than ``timeout_s`` to begin its answer and :class:`ApiError` 413 for too large a body.
    """
    outgoing = child.client.build_request(
        request.method,
        path,
        headers=list(headers),
        content=_body(request, max_body) if _has_body(request) else None,
    )
    async with asyncio.timeout(timeout_s):
        upstream = await child.client.send(outgoing, stream=True)
    stack.push_async_callback(upstream.aclose)
    return ProxyResponse(upstream, stack.pop_all(), extra)


def forwarded(request: Request) -> list[tuple[str, str]]:
    """The request's headers as they may travel on: no hop-by-hop header, none of the platform's own."""
    dropped = _connection_names(request.headers) | {"host"}
    return [(k, v) for k, v in request.headers.items() if k not in dropped and not k.startswith("x-va-")]


def _connection_names(headers: Mapping[str, str]) -> frozenset[str]:
    named = (name.strip().lower() for name in headers.get("connection", "").split(","))
    return HOP_BY_HOP | frozenset(name for name in named if name)


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


async def _body(request: Request, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise ApiError(413, "Payload too large")
        yield chunk
