"""What every environment is made with: its JWT secret, a publishable and a secret key, two legacy JWTs."""

from __future__ import annotations

import secrets
import string
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from architect.redaction import register

#: Legacy keys are valid for ten years, as hosted ones are.
LEGACY_LIFETIME_S = 10 * 365 * 24 * 3600
Role = Literal["anon", "service_role"]


def new_ref() -> str:
    """A project or branch ref: 20 lowercase letters."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))


@dataclass(frozen=True, slots=True)
class Keys:
    """What an environment signs with, and its first keys; which of them still open it, its keyring says."""

    jwt_secret: str
    publishable_key: str
    secret_key: str
    anon_key: str
    service_role_key: str

    def __post_init__(self) -> None:
        register(self.jwt_secret, "jwt-secret")
        register(self.secret_key, "secret-key")
        register(self.service_role_key, "service-role-key")

    @classmethod
    def generate(cls, ref: str) -> Keys:
        """Fresh keys for ``ref``."""
        secret = secrets.token_urlsafe(48)
        return cls(
            jwt_secret=secret,
            publishable_key=new_key("publishable"),
            secret_key=new_key("secret"),
            anon_key=_legacy(ref, "anon", secret),
            service_role_key=_legacy(ref, "service_role", secret),
        )

    def claims(self, token: str) -> dict[str, Any] | None:
        """The verified claims of a JWT signed with this environment's secret, or ``None``."""
        try:
            return jwt.decode(
                token,
                self.jwt_secret,
                algorithms=["HS256"],
                options={"require": ["exp"], "verify_aud": False, "verify_iss": False, "verify_sub": False},
            )
        except jwt.PyJWTError:
            return None


def new_key(kind: Literal["publishable", "secret"]) -> str:
    """A fresh opaque key, ``sb_publishable_…`` or ``sb_secret_…``."""
    return f"sb_{kind}_{_body()}"


def _body() -> str:
    # The hosted shape: 22 characters, then 8 more that serve as a checksum there.
    return f"{secrets.token_urlsafe(17)[:22]}_{uuid.uuid4().hex[:8]}"


def _legacy(ref: str, role: Role, secret: str) -> str:
    now = int(time.time())
    claims = {"iss": "supabase", "ref": ref, "role": role, "iat": now, "exp": now + LEGACY_LIFETIME_S}
    return jwt.encode(claims, secret, algorithm="HS256")
