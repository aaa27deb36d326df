"""Routes for tests alone, off unless the fixtures are switched on. Never part of the hosted API."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Depends, Request

from architect.embedded.platform.auth import server_of
from architect.embedded.platform.errors import ApiError


def require_fixtures(request: Request) -> None:
    """Raises :class:`ApiError` 404 while the fixtures are off, 403 for a connection that is not on loopback."""
    if not server_of(request).options.fixtures:
        raise ApiError(404, "Not found")
    ends = (request.scope.get("server"), request.scope.get("client"))
    if not all(end and _loopback(str(end[0])) for end in ends):
        raise ApiError(403, "Fixtures are only for connections on loopback")


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


router = APIRouter(prefix="/platform/fixtures", dependencies=[Depends(require_fixtures)])
