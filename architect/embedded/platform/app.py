"""The ASGI application: Management API under /v1, environments under /p/{ref}, /health."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from architect.embedded.platform import bootstrap, gateway
from architect.embedded.platform.api import public, router
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.faults import FaultMiddleware
from architect.embedded.platform.options import Options
from architect.embedded.platform.request_log import RequestLog
from architect.embedded.platform.server import Server
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from architect.redaction import redact_text

log = logging.getLogger(__name__)


def create_app(state: PlatformState, cluster: Cluster, options: Options | None = None) -> FastAPI:
    """The platform on a running ``cluster``. Child processes stop when the application shuts down."""
    chosen = options or Options()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        server = Server.build(state, cluster, chosen)
        app.state.server = server
        try:
            await server.open()
            await bootstrap.run(server)
            yield
        finally:
            await server.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(RequestLog)
    app.add_middleware(BodyLimit, limit=chosen.max_api_body)
    if chosen.fixtures:
        app.add_middleware(FaultMiddleware)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for unreadable in (UnicodeEncodeError, RecursionError):
        app.add_exception_handler(unreadable, _unstorable)
    app.add_exception_handler(Exception, _unexpected)
    app.include_router(router)
    app.include_router(public)
    app.router.routes.extend(gateway.routes())
    app.add_api_route("/health", _health, methods=["GET"])
    return app


class BodyLimit:
    """Refuses NUL in addresses, which Postgres cannot hold, and bodies above a size.

    The size is the Management API's; the gateway counts its own.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await JSONResponse({"message": "The address must be free of NUL"}, 400)(scope, receive, send)
            return
        if scope["path"].startswith("/p/"):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse({"message": "Payload too large"}, 413)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limit:
            await refusal(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return {"type": "http.disconnect"} if size > self._limit else message

        async def answer(message: Message) -> None:
            if size <= self._limit:
                await send(message)
            elif message["type"] == "http.response.start":
                await refusal(scope, receive, send)

        await self._app(scope, counted, answer)


async def _health(request: Request) -> JSONResponse:
    server: Server = request.app.state.server
    try:
        await server.store.all("organizations")
    except psycopg.Error:
        return JSONResponse({"status": "unhealthy", "database": "unreachable"}, 503)
    return JSONResponse({"status": "ok", "database": "ok"})


async def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return _refusal(error.message, error.http_status)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors()]
    return _refusal("; ".join(problems), 400)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _refusal(str(error.detail), error.status_code)


async def _unstorable(_: Request, error: Exception) -> JSONResponse:
    """What JSON can say and no database can hold; whatever was begun has been rolled back."""
    what = "is nested too deeply" if isinstance(error, RecursionError) else "holds half of a surrogate pair"
    return _refusal(f"The request {what}", 400)


def _refusal(message: str, status: int) -> JSONResponse:
    # The message may quote what was sent, and that may be no text.
    return JSONResponse({"message": redact_text(message).encode("utf-8", "replace").decode()}, status)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: %s", request.method, request.url.path, redact_text(repr(error)))
    # uvicorn ends the connection after an error; a client that keeps it would find it broken.
    return JSONResponse({"message": "Internal server error"}, 500, headers={"connection": "close"})
