"""Keys and tokens of a socket: who speaks on a channel, and until when."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import jwt

from architect.embedded.platform import gate

if TYPE_CHECKING:
    from architect.embedded.platform.environments import Environment

SERVICE = "realtime"
_MISSING = "Fields `role` and `exp` are required in JWT"


class TokenRefused(Exception):
    """A key or a token opens nothing. ``code`` is what clients know it by."""

    def __init__(self, code: str, message: str, status: int = 401) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client showed when it connected."""

    apikey: str | None = field(default=None, repr=False)
    user_agent: str | None = None
    #: Headers of its own, which policies may read.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who speaks: a database role with its claims."""

    role: str
    claims: Mapping[str, Any] = field(repr=False)
    #: Unix time from which on it is void.
    expires_at: float | None = None
    #: Whether the key lets its bearer send.
    writes: bool = True


def connect(environment: Environment, presented: Presented) -> Grant:
    """Let a socket in: by an API key, or by a JWT of the project itself in its place.

    Raises :class:`TokenRefused`.
    """
    if not presented.apikey:
        raise TokenRefused("MissingAPIKey", "API key is missing: give it as `apikey` or as `x-api-key`")
    caller = _identify(environment, presented, None)
    if caller.door is not None:
        return _granted(environment, presented, None, caller)
    return resolve(environment, presented, presented.apikey)


def resolve(environment: Environment, presented: Presented, token: str | None) -> Grant:
    """Who speaks with ``token`` on a socket that was let in; an opaque key counts as none.

    Raises :class:`TokenRefused`, also when the key that let the socket in opens nothing any more.
    """
    token = "".join((token or "").split())
    if not token or token.startswith("sb_"):
        caller = _identify(environment, presented, None)
        if caller.door is not None:
            return _granted(environment, presented, None, caller)
        # The socket was let in by a JWT.
        token = presented.apikey or ""
    caller = _identify(environment, presented, token)
    if caller.acting is None and not caller.claims:
        _explain(environment, token)
    return _granted(environment, presented, token, caller)


def check(environment: Environment, presented: Presented) -> None:
    """Whether the key that let a socket in would do so now. Raises :class:`TokenRefused`."""
    _identify(environment, presented, None)


def _identify(
    environment: Environment, presented: Presented, token: str | None, method: str = "GET"
) -> gate.Caller:
    asking = gate.Asking(
        service=SERVICE,
        method=method,
        path="websocket",
        apikey=presented.apikey,
        authorization=None if token is None else f"Bearer {token}",
        user_agent=presented.user_agent,
    )
    try:
        return gate.identify(environment, asking)
    except gate.Refused as refused:
        raise TokenRefused("Unauthorized", refused.message, refused.status) from refused


def _granted(environment: Environment, presented: Presented, token: str | None, caller: gate.Caller) -> Grant:
    role, key = caller.role, caller.acting
    if role is None:
        raise TokenRefused("InvalidJWTToken", _MISSING)
    expires_at = float(caller.claims["exp"]) if "exp" in caller.claims else None
    if key is not None and key.expires_at is not None:
        expires_at = key.expires_at.timestamp()
    try:
        _identify(environment, presented, token, method="POST")
        writes = True
    except TokenRefused:
        writes = False
    return Grant(role, dict(caller.claims), expires_at, writes)


def _explain(environment: Environment, token: str) -> NoReturn:
    """Raise :class:`TokenRefused` with what is wrong with ``token``."""
    options: Any = {"verify_exp": False, "verify_aud": False, "verify_iss": False, "verify_sub": False}
    try:
        claims = jwt.decode(token, environment.keys.jwt_secret, algorithms=["HS256"], options=options)
    except jwt.InvalidSignatureError:
        raise TokenRefused("JwtSignatureError", "Failed to validate JWT signature") from None
    except jwt.InvalidAlgorithmError:
        raise TokenRefused("JwtSignerError", "Failed to generate JWT signer, check your JWT secret") from None
    except jwt.PyJWTError:
        raise TokenRefused("MalformedJWT", "The token provided is not a valid JWT") from None
    expires = claims.get("exp")
    if "role" not in claims or not isinstance(expires, int):
        raise TokenRefused("InvalidJWTToken", _MISSING)
    ago = max(0, int(time.time()) - expires)
    raise TokenRefused("InvalidJWTToken", f"Token has expired {ago} seconds ago")
