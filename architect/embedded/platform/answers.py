"""What the gateway says before any service is asked: no such project, paused, not allowed, preflights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from architect.embedded.platform.environments import Environment
    from architect.embedded.platform.server import Server

CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, "
        "Transfer-Encoding, Range-Unit"
    ),
}
#: A paused project answers as the hosted gateway does.
PAUSED = 540


def environment_of(request: Request) -> tuple[Environment | None, Response]:
    """The environment that the address names; without one, the refusal."""
    server: Server = request.app.state.server
    environment = server.environments.get(request.path_params["ref"])
    if environment is None:
        return None, answer(404, "Project not found")
    if environment.paused:
        return None, answer(PAUSED, "Project paused")
    return environment, Response()


def preflight(request: Request) -> Response:
    """What a browser asks before it sends."""
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


def answer(status: int, message: str, *, hint: str | None = None) -> Response:
    """A refusal in the gateway's shape."""
    body = {"message": message} if hint is None else {"message": message, "hint": hint}
    return JSONResponse(body, status, headers=CORS)
