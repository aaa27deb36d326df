"""The JWT gate in front of edge functions."""

from __future__ import annotations

from starlette.datastructures import Headers

from architect.embedded.platform.keys import Keys


def refusal(keys: Keys, headers: Headers) -> str | None:
    """Why a call to a function with ``verify_jwt`` is refused, or ``None`` when it may pass.

    Passes: a JWT signed with the environment's own secret and not expired (a user's session or a legacy key),
    or the secret key itself.
    """
    authorization = headers.get("authorization")
    if not authorization:
        if keys.role_of(headers.get("apikey")) == "service_role":
            return None
        return "Missing authorization header"
    token = bearer(authorization)
    if token is None:
        return "Auth header is not 'Bearer {token}'"
    if keys.role_of(token) == "service_role" or keys.claims(token) is not None:
        return None
    return "Invalid JWT"


def bearer(authorization: str | None) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None
