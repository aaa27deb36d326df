"""Access tokens of the control plane's own project: who signed them, for whom, and until when.

The project's configuration fixes how tokens are signed. What a token says of itself chooses among published
keys at most, never the algorithm: a public key must not be taken for a shared secret.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import jwt

from architect.api.errors import Unauthorized
from architect.control_project import ControlProject
from architect.errors import Unavailable

#: What a signed-in user's token is for.
AUDIENCE = ROLE = "authenticated"
#: Clocks differ.
LEEWAY_S = 10
#: No key of a project makes a longer one.
MAX_TOKEN = 16_384
ASYMMETRIC = ("ES256", "RS256", "EdDSA")
#: Published keys are asked for again after this time, or when a token names one that is not among them.
KEYS_AGE_S, KEYS_AGAIN_S = 600.0, 10.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user."""

    id: str
    email: str | None
    #: What the token says, as the database's policies read it.
    claims: Mapping[str, Any] = field(repr=False)


class Rejected(Unauthorized):
    """The token is not valid."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The access token is not valid: {reason}", hint="Sign in again.")
        self.reason = reason


class PublishedKeys:
    """The public keys of a project (JWKS), kept for a while."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._read_at = -KEYS_AGE_S
        self._reading = asyncio.Lock()

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """The key with this id. Raises :class:`Unavailable` when the keys cannot be read."""
        if self._stale(KEYS_AGE_S) or (kid not in self._keys and self._stale(KEYS_AGAIN_S)):
            async with self._reading:
                if self._stale(KEYS_AGAIN_S):
                    await self._read()
        return self._keys.get(kid)

    def _stale(self, age: float) -> bool:
        return time.monotonic() - self._read_at >= age

    async def _read(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                response = (await client.get(self._url)).raise_for_status()
            found = jwt.PyJWKSet.from_dict(response.json()).keys
        except (httpx.HTTPError, jwt.PyJWTError, ValueError) as error:
            raise Unavailable("The keys that sign access tokens cannot be read") from error
        self._keys = {key.key_id: key for key in found if key.algorithm_name in ASYMMETRIC}
        self._read_at = time.monotonic()


class TokenVerifier:
    """Tells who sends a token. Made for one project."""

    def __init__(self, project: ControlProject) -> None:
        self._secret = project.jwt_secret
        self._published = PublishedKeys(project.jwks_url) if project.jwks_url else None

    async def caller(self, token: str) -> Caller:
        """Who the bearer of ``token`` is.

        Raises
        ------
        Rejected
            The token is forged, expired, not for a signed-in user, or no token at all.
        Unavailable
            The keys to check it with cannot be read.
        """
        if len(token) > MAX_TOKEN:
            raise Rejected("it is too long")
        try:
            claims = await self._claims(token)
        except jwt.ExpiredSignatureError:
            raise Rejected("it has expired") from None
        except jwt.InvalidSignatureError:
            raise Rejected("its signature does not match") from None
        except jwt.InvalidAudienceError:
            raise Rejected(f"its audience is not {AUDIENCE}") from None
        except jwt.MissingRequiredClaimError as error:
            raise Rejected(f"it lacks the claim {error.claim}") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            # The last two: what is no text, and JSON nested without end.
            raise Rejected("it cannot be read") from None
        return _caller(claims)

    async def _claims(self, token: str) -> dict[str, Any]:
        if self._secret is not None:
            return _decode(token, self._secret, "HS256")
        if self._published is None:
            raise Unavailable("No key to check access tokens with is configured")
        key = await self._published.find(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise Rejected("it is signed with an unknown key")
        return _decode(token, key, str(key.algorithm_name))


def _decode(token: str, key: str | jwt.PyJWK, algorithm: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=AUDIENCE,
        leeway=LEEWAY_S,
        options={"require": ["exp", "aud", "sub"]},
    )
    return claims


def _caller(claims: dict[str, Any]) -> Caller:
    if claims.get("role") != ROLE:
        raise Rejected("it is not a signed-in user's")
    try:
        user = UUID(claims["sub"])
    except (ValueError, TypeError, AttributeError):
        raise Rejected("its subject is not a user's id") from None
    email = claims.get("email")
    return Caller(str(user), email if isinstance(email, str) else None, {**claims, "sub": str(user)})
