"""Who may use the Management API: the holder of the one access token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, Request

from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.gate import bearer
from architect.embedded.platform.server import Server


def server_of(request: Request) -> Server:
    """The running server's parts."""
    server: Server = request.app.state.server
    return server


def require_token(request: Request, authorization: Annotated[str | None, Header()] = None) -> None:
    """Raises :class:`ApiError` 401 unless the bearer token is the management token."""
    token = (bearer(authorization) or "").encode("utf-8", "surrogateescape")
    server = server_of(request)
    for accepted in (server.state.management_token, *server.tokens):
        if hmac.compare_digest(token, accepted.encode()):
            return
    raise ApiError(401, "Unauthorized")


Parts = Annotated[Server, Depends(server_of)]
