"""Broadcasts over HTTP: a batch in one body, or one message whose topic and event are in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from architect.embedded.platform import gate
from architect.embedded.platform.answers import CORS, answer, environment_of, preflight
from architect.embedded.realtime.authorization import Caller
from architect.embedded.realtime.database import DatabaseUnavailable
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.rest_body import BodyRefused, Message, batch_of, read, single_of

if TYPE_CHECKING:
    from architect.embedded.realtime.server import Realtime
    from architect.embedded.realtime.tenant import Tenant

PATH = "/p/{ref}/realtime/v1/api/broadcast"
#: Credentials are no business of a policy.
_WITHHELD = frozenset({"apikey", "authorization", "cookie", "proxy-authorization", "x-api-key"})
TOO_MANY = "You have exceeded your rate limit"
TOO_LARGE_A_BATCH = "Too many messages to broadcast, please reduce the batch size"


def routes() -> list[BaseRoute]:
    """The routes of every environment."""
    methods = ["POST", "OPTIONS"]
    return [
        Route(PATH, _broadcast, methods=methods),
        Route(PATH + "/{rest:path}", _broadcast, methods=methods),
    ]


async def _broadcast(request: Request) -> Response:
    environment, refusal = environment_of(request)
    if environment is None:
        return refusal
    if request.method == "OPTIONS":
        return preflight(request)
    try:
        who = gate.identify(environment, gate.Asking.of(request, "realtime", "api/broadcast"))
    except gate.Refused as refused:
        return answer(refused.status, refused.message, hint=refused.hint)
    if who.role is None:
        return answer(401, "Unauthorized")
    realtime: Realtime = request.app.state.server.realtime
    tenant = realtime.tenant(environment)
    headers = {k: v for k, v in request.headers.items() if k not in _WITHHELD}
    caller = Caller(who.role, who.claims, headers)
    try:
        address = _address(request)
        if address is None:
            return await _batch(request, tenant, caller)
        return await _single(request, tenant, caller, *address)
    except BodyRefused as refused:
        return JSONResponse(refused.body, refused.status, headers=CORS)
    except DatabaseUnavailable:
        return answer(503, "The project's database is unavailable")


async def _batch(request: Request, tenant: Tenant, caller: Caller) -> Response:
    """202 whatever the policies say: messages that the caller may not send are dropped."""
    messages = batch_of(await read(request, tenant.options.max_payload), tenant.options.max_payload)
    rate = tenant.limits.messages
    if rate.exceeded:
        return answer(429, TOO_MANY)
    if not rate.fits(len(messages)):
        return answer(429, TOO_LARGE_A_BATCH)
    allowed: dict[str, bool] = {}
    for message in messages:
        if message.private and message.topic not in allowed:
            allowed[message.topic] = await _may_send(tenant, caller, message.topic)
    for message in messages:
        if not message.private or allowed[message.topic]:
            _send(tenant, message)
    return Response(status_code=202, headers=CORS)


async def _single(request: Request, tenant: Tenant, caller: Caller, topic: str, event: str) -> Response:
    private = request.query_params.get("private") == "true"
    body = await read(request, tenant.options.max_payload)
    message = single_of(body, topic, event, private=private, max_payload=tenant.options.max_payload)
    if tenant.limits.messages.full:
        return answer(429, TOO_MANY)
    if private and not await _may_send(tenant, caller, topic):
        return answer(403, "Unauthorized")
    _send(tenant, message)
    return Response(status_code=202, headers=CORS)


async def _may_send(tenant: Tenant, caller: Caller, topic: str) -> bool:
    await tenant.start()
    return (await tenant.authorizer.write(topic, caller, presence=False)).broadcast


def _send(tenant: Tenant, message: Message) -> None:
    tenant.limits.messages.add()
    tenant.hub.deliver(message.private, Broadcast(message.topic, message.event, message.payload))


def _address(request: Request) -> tuple[str, str] | None:
    """Topic and event of the address, ``None`` for a batch. Raises :class:`BodyRefused` 404 for others."""
    raw: bytes = request.scope["raw_path"]
    # The raw path: an encoded slash belongs to the topic.
    after = raw.split(b"/api/broadcast", 1)[1].strip(b"/")
    if not after:
        return None
    parts = after.split(b"/")
    try:
        if len(parts) != 3 or parts[1] != b"events":
            raise ValueError
        return unquote_to_bytes(parts[0]).decode(), unquote_to_bytes(parts[2]).decode()
    except ValueError:
        raise BodyRefused(404, {"message": "no Route matched with those values"}) from None
