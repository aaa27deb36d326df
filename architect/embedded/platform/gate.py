"""Who a caller is: what the key and the token presented stand for. The one place that decides it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from architect.embedded.platform.keyring import KEY_CLAIM, READ_ONLY_CLAIM, SERVICES_CLAIM, ApiKey

if TYPE_CHECKING:
    from architect.embedded.platform.environments import Environment

READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Storage lists by POST.
_LISTING = "object/list"
_BROWSER = re.compile(r"^\s*Mozilla\s*/\s*5\s*\.\s*0", re.I)


class Refused(Exception):
    """A key that is presented opens nothing (401), or not this (403); the message says why."""

    def __init__(self, message: str, hint: str | None = None, *, status: int = 401) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


@dataclass(frozen=True, slots=True)
class Asking:
    """What is presented, and for what. ``path`` is what follows ``/{service}/v1/``."""

    service: str
    method: str = "GET"
    path: str = ""
    apikey: str | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    user_agent: str | None = None

    @classmethod
    def of(cls, request: Request, service: str, path: str = "") -> Asking:
        """What an HTTP request presents."""
        headers = request.headers
        return cls(
            service=service,
            method=request.method,
            path=path,
            apikey=headers.get("apikey") or request.query_params.get("apikey"),
            authorization=headers.get("authorization"),
            user_agent=headers.get("user-agent"),
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in terms of one environment."""

    #: The key in ``apikey``, which lets in, and the one whose role counts; ``None`` when a token counts.
    door: ApiKey | None
    acting: ApiKey | None
    #: What the caller may say of herself; empty when nothing she presented is known here.
    claims: Mapping[str, Any]
    #: The ``Authorization`` header to pass on: a JWT in the place of a key with claims of its own.
    authorization: str | None = field(repr=False)

    @property
    def role(self) -> str | None:
        """The database role, where one is known."""
        role = self.claims.get("role")
        return str(role) if role else None

    @property
    def service_door(self) -> bool:
        """Whether the services may be told that a key with every right let the caller in."""
        key = self.acting or self.door
        # What acts as less must never reach a service with a key that bypasses RLS.
        return key is not None and key.bare and key.role == "service_role"


def identify(environment: Environment, asking: Asking) -> Caller:
    """Who asks. A key in ``Authorization`` counts before one in ``apikey``, a user's own JWT before both.

    A secret key with a template becomes, for this request, a short-lived JWT with its claims. What holds for
    the key holds for that JWT, so that a function which is given it can do no more with it.

    Raises :class:`Refused` for a key that is unknown, revoked, expired or switched off, and for a key or JWT
    that is not for this service or method. Tokens of other kinds are left for the services to judge.
    """
    token = bearer(asking.authorization)
    door, named = _key(environment, asking.apikey), _key(environment, token)
    acting = named or (door if not asking.authorization else None)
    for key in (door, named):
        if key is not None:
            _hold_to(key.template, asking)
            if key.type == "secret" and _BROWSER.match(asking.user_agent or ""):
                raise Refused("Forbidden use of secret API key in browser")
    if acting is not None:
        claims: Mapping[str, Any] = {**acting.template, "role": acting.role}
        minted = None if acting.bare else f"Bearer {acting.token(environment.keys.jwt_secret)}"
        return Caller(door, acting, claims, minted or asking.authorization)
    claims = environment.keys.claims(token) or {} if token else {}
    if KEY_CLAIM in claims and environment.keyring.by_id(str(claims[KEY_CLAIM])) is None:
        raise Refused("API key was revoked")
    _hold_to(claims, asking)
    return Caller(door, None, claims, asking.authorization)


def no_jwt(caller: Caller) -> str | None:
    """Why a function with ``verify_jwt`` does not take this caller, or ``None`` when it does.

    Takes: a JWT signed with the environment's own secret and not expired (a user's session or a legacy key),
    and a secret key.
    """
    if not caller.authorization:
        key = caller.door
        passes = key is not None and (key.type == "secret" or key.role == "service_role")
        return None if passes else "Missing authorization header"
    if bearer(caller.authorization) is None:
        return "Auth header is not 'Bearer {token}'"
    key = caller.acting
    passes = bool(caller.claims) if key is None else key.type != "publishable"
    return None if passes else "Invalid JWT"


def bearer(authorization: str | None) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def _key(environment: Environment, presented: str | None) -> ApiKey | None:
    key = environment.keyring.find(presented)
    if key is None:
        if presented and presented.startswith(("sb_publishable_", "sb_secret_")):
            raise Refused("Invalid API key", "It is not, or no longer, a key of this project.")
        return None
    if not key.enabled:
        raise Refused("Legacy API keys are disabled", "Use a publishable or a secret key.")
    if key.expires_at is not None and key.expired:
        raise Refused("API key has expired", f"It was valid until {key.expires_at.isoformat()}.")
    return key


def _hold_to(claims: Mapping[str, Any], asking: Asking) -> None:
    services = claims.get(SERVICES_CLAIM)
    if services is not None and asking.service not in services:
        raise Refused(f"API key is not valid for {asking.service}", status=403)
    if claims.get(READ_ONLY_CLAIM) and not _reads(asking):
        raise Refused("API key is read-only", "It reads tables, files and its own user.", status=403)


def _reads(asking: Asking) -> bool:
    if asking.service == "functions" or (asking.service == "rest" and asking.path.startswith("rpc/")):
        # Nobody can tell what a function does.
        return asking.method == "OPTIONS"
    listing = asking.service == "storage" and asking.path.startswith(_LISTING)
    return asking.method in READING or (listing and asking.method == "POST")
