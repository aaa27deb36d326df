"""What a project's own URL serves: REST, Auth, Storage, Realtime, functions under ``/p/{ref}``."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from architect.embedded.platform import gate, lite, proxy
from architect.embedded.platform.answers import CORS, answer, environment_of, preflight
from architect.embedded.platform.child import ChildFailed
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.keys import Keys
from architect.embedded.realtime import routes as realtime

if TYPE_CHECKING:
    from architect.embedded.platform.server import Server

log = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes() -> list[BaseRoute]:
    """The routes of every environment."""
    return [
        *realtime.routes(),
        Route("/p/{ref}/functions/v1/{slug}", _functions, methods=METHODS),
        Route("/p/{ref}/functions/v1/{slug}/{rest:path}", _functions, methods=METHODS),
        Route("/p/{ref}/{service}/v1", _lite, methods=METHODS),
        Route("/p/{ref}/{service}/v1/{rest:path}", _lite, methods=METHODS),
    ]


async def _functions(request: Request) -> Response:
    environment, refusal = environment_of(request)
    if environment is None:
        return refusal
    rest = request.path_params.get("rest")
    server: Server = request.app.state.server
    return await server.functions.handle(
        environment, request.path_params["slug"], "" if rest is None else f"/{rest}", request
    )


async def _lite(request: Request) -> Response:
    environment, refusal = environment_of(request)
    if environment is None:
        return refusal
    service = request.path_params["service"]
    if service not in lite.SERVICES:
        return answer(404, "no Route matched with those values")
    if request.method == "OPTIONS":
        return preflight(request)
    try:
        asking = gate.Asking.of(request, service, request.path_params.get("rest", ""))
        caller = gate.identify(environment, asking)
    except gate.Refused as refused:
        return answer(refused.status, refused.message, hint=refused.hint)
    if caller.door is None and service != "storage" and not _open(request):
        return _keyless(request)
    headers = credentials(environment.keys, request, caller)
    server: Server = request.app.state.server
    try:
        return await _proxy(server, environment, request, headers)
    except ChildFailed as error:
        log.warning("%s: %s", error.message, error.details.get("log"))
        return answer(503, "The service did not start")


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
            return answer(504, "The upstream server is timing out")
        except httpx.TransportError as error:
            log.warning("lite %s broke off: %s; %s", environment.ref, error, child.cause())
            return answer(502, "An invalid response was received from the upstream server")


def _open(request: Request) -> bool:
    """Auth routes that a browser follows from an e-mail or an OAuth provider, without a key."""
    rest = request.path_params.get("rest", "")
    return request.path_params["service"] == "auth" and (
        rest in {"verify", "callback", "authorize"} or rest.startswith(".well-known/")
    )


def credentials(keys: Keys, request: Request, caller: gate.Caller) -> list[tuple[str, str]]:
    """Headers for Lite, which knows only the environment's first two keys and only in ``apikey``.

    Every key becomes the one of its role, or one of the two and a JWT; a user's own JWT stays where it is.
    """
    headers = [(k, v) for k, v in proxy.forwarded(request) if k not in {"apikey", "authorization"}]
    if caller.authorization is not None and not (caller.acting and caller.acting.bare):
        headers.append(("authorization", caller.authorization))
    if caller.door is not None or caller.acting is not None:
        headers.append(("apikey", keys.secret_key if caller.service_door else keys.publishable_key))
    if caller.door is not None and caller.door.type == "legacy":
        # Lite refuses the secret key from a browser; the legacy key never had that rule.
        headers = [(k, v) for k, v in headers if k != "user-agent"]
    return headers


def _keyless(request: Request) -> Response:
    if request.headers.get("apikey") or request.query_params.get("apikey"):
        return answer(
            401, "Invalid API key", hint="Double check your Supabase `anon` or `service_role` API key."
        )
    hint = "No `apikey` request header or url param was found."
    return answer(401, "No API key found in request", hint=hint)
