"""What a project's own URL serves: REST, Auth, Storage and functions under ``/p/{ref}``."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from architect.embedded.platform import lite, proxy
from architect.embedded.platform.child import ChildFailed
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.gate import bearer
from architect.embedded.platform.keys import Keys

if TYPE_CHECKING:
    from architect.embedded.platform.server import Server

log = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, "
        "Transfer-Encoding, Range-Unit"
    ),
}
#: A paused project answers as the hosted gateway does.
PAUSED = 540


def routes() -> list[BaseRoute]:
    """The routes of every environment."""
    return [
        Route("/p/{ref}/functions/v1/{slug}", _functions, methods=METHODS),
        Route("/p/{ref}/functions/v1/{slug}/{rest:path}", _functions, methods=METHODS),
        Route("/p/{ref}/{service}/v1", _lite, methods=METHODS),
        Route("/p/{ref}/{service}/v1/{rest:path}", _lite, methods=METHODS),
    ]


async def _functions(request: Request) -> Response:
    environment, refusal = _environment(request)
    if environment is None:
        return refusal
    rest = request.path_params.get("rest")
    server: Server = request.app.state.server
    return await server.functions.handle(
        environment, request.path_params["slug"], "" if rest is None else f"/{rest}", request
    )


async def _lite(request: Request) -> Response:
    environment, refusal = _environment(request)
    if environment is None:
        return refusal
    service = request.path_params["service"]
    if service not in lite.SERVICES:
        return _answer(404, "no Route matched with those values")
    if request.method == "OPTIONS":
        return _preflight(request)
    headers = credentials(environment.keys, request, required=service != "storage" and not _open(request))
    if isinstance(headers, Response):
        return headers
    server: Server = request.app.state.server
    try:
        return await _proxy(server, environment, request, headers)
    except ChildFailed as error:
        log.warning("%s: %s", error.message, error.details.get("log"))
        return _answer(503, "The service did not start")


async def _proxy(
    server: Server, environment: Environment, request: Request, headers: Iterable[tuple[str, str]]
) -> Response:
    # The raw path: an encoded slash in an object's name must stay encoded.
    raw = request.scope["raw_path"].decode("latin-1").removeprefix(f"/p/{environment.ref}")
    query = request.scope["query_string"].decode("latin-1")
    async with AsyncExitStack() as stack:
        child = await stack.enter_async_context(server.lite.use(environment))
        try:
            return await proxy.forward(
                child,
                stack,
                request,
                path=f"{raw}?{query}" if query else raw,
                headers=headers,
                timeout_s=server.options.lite_timeout_s,
                max_body=server.options.max_gateway_body,
                extra=CORS,
            )
        except TimeoutError:
            return _answer(504, "The upstream server is timing out")
        except httpx.TransportError as error:
            log.warning("lite %s broke off: %s; %s", environment.ref, error, child.cause())
            return _answer(502, "An invalid response was received from the upstream server")


def _environment(request: Request) -> tuple[Environment | None, Response]:
    server: Server = request.app.state.server
    environment = server.environments.get(request.path_params["ref"])
    if environment is None:
        return None, _answer(404, "Project not found")
    if environment.paused:
        return None, _answer(PAUSED, "Project paused")
    return environment, Response()


def _open(request: Request) -> bool:
    """Auth routes that a browser follows from an e-mail or an OAuth provider, without a key."""
    rest = request.path_params.get("rest", "")
    return request.path_params["service"] == "auth" and (
        rest in {"verify", "callback", "authorize"} or rest.startswith(".well-known/")
    )


def credentials(keys: Keys, request: Request, *, required: bool) -> list[tuple[str, str]] | Response:
    """Headers for Lite, which knows only the two ``sb_`` keys and only in ``apikey``.

    The legacy JWTs become the key of the same role. A key in ``Authorization`` decides the role, as it does
    on the hosted gateway; a user's session JWT stays where it is.
    """
    given = request.headers.get("apikey") or request.query_params.get("apikey")
    role = keys.role_of(given)
    if role is None and required:
        if not given:
            return _answer(
                401,
                "No API key found in request",
                hint="No `apikey` request header or url param was found.",
            )
        return _answer(
            401, "Invalid API key", hint="Double check your Supabase `anon` or `service_role` API key."
        )
    headers = [(k, v) for k, v in proxy.forwarded(request) if k not in {"apikey", "authorization"}]
    token_role = keys.role_of(bearer(request.headers.get("authorization")))
    if token_role is None and "authorization" in request.headers:
        headers.append(("authorization", request.headers["authorization"]))
    effective = token_role or role
    if effective is not None:
        headers.append(("apikey", keys.publishable_key if effective == "anon" else keys.secret_key))
    if given is not None and given == keys.service_role_key:
        # Lite refuses the secret key from a browser; the legacy key never had that rule.
        headers = [(k, v) for k, v in headers if k != "user-agent"]
    return headers


def _preflight(request: Request) -> Response:
    asked = request.headers.get("access-control-request-headers", "*")
    return Response(
        status_code=204,
        headers={
            **CORS,
            "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS",
            "access-control-allow-headers": asked,
            "access-control-max-age": "3600",
        },
    )


def _answer(status: int, message: str, *, hint: str | None = None) -> Response:
    body = {"message": message} if hint is None else {"message": message, "hint": hint}
    return JSONResponse(body, status, headers=CORS)
