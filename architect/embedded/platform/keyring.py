"""The API keys of an environment by value: opaque ones with their scope, and the two legacy JWTs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import jwt

from architect.embedded.platform.keys import Keys
from architect.redaction import register

#: A secret key is exchanged for a JWT of this many seconds at most, for one request.
EXCHANGE_S = 60
#: Claims that only this gateway understands: which services, whether it only reads, and whose JWT it is.
SERVICES_CLAIM, READ_ONLY_CLAIM, KEY_CLAIM = "va_services", "va_read_only", "va_key"
SERVICES = ("rest", "auth", "storage", "functions", "realtime")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. Its ``repr`` does not show it. A legacy key's id is its name."""

    id: str
    ref: str
    type: Literal["legacy", "publishable", "secret"]
    name: str
    api_key: str = field(repr=False)
    description: str | None = None
    template: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    inserted_at: datetime | None = None
    updated_at: datetime | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.role != "anon":
            register(self.api_key, f"{self.type}-key")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> ApiKey:
        """From a row of ``api_keys``."""
        names = ("ref", "type", "name", "api_key", "description", "expires_at", "inserted_at", "updated_at")
        template = row["secret_jwt_template"] or {}
        return cls(id=str(row["id"]), template=template, **{name: row[name] for name in names})

    @property
    def role(self) -> str:
        """The database role it acts as."""
        if "role" in self.template:
            return str(self.template["role"])
        return "service_role" if self.type == "secret" else "anon"

    @property
    def bare(self) -> bool:
        """Whether it says no more than anon or service_role: what the services' own keys say, too."""
        return not set(self.template) - {"role"} and self.role in ("anon", "service_role")

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    def lasting(self, role: str) -> bool:
        """Whether it is for good and for just this role: what edge functions are told of."""
        return self.bare and self.role == role and self.expires_at is None

    def token(self, jwt_secret: str) -> str:
        """The JWT that stands for this key during one request."""
        now = int(time.time())
        expires = now + EXCHANGE_S
        if self.expires_at is not None:
            expires = min(expires, int(self.expires_at.timestamp()))
        claims = {**self.template, "role": self.role, "iss": "supabase", "ref": self.ref, KEY_CLAIM: self.id}
        if self.role == "authenticated":
            claims.setdefault("aud", "authenticated")
        return jwt.encode({**claims, "iat": now, "exp": expires}, jwt_secret, algorithm="HS256")


class Keyring:
    """Finds keys. Looked up by digest, so that the time it takes tells nothing of a key's characters."""

    def __init__(
        self, opaque: Iterable[ApiKey] = (), legacy: Iterable[ApiKey] = (), *, legacy_enabled: bool = True
    ) -> None:
        #: The opaque keys, oldest first.
        self.opaque = tuple(opaque)
        self.legacy_enabled = legacy_enabled
        self._by_digest = {_digest(key.api_key): key for key in (*self.opaque, *legacy)}

    @classmethod
    def of(cls, row: Mapping[str, Any], keys: Keys, opaque: Iterable[ApiKey]) -> Keyring:
        """The keys of an environment, from its row and those of its opaque keys."""
        enabled = bool(row["legacy_keys_enabled"])
        legacy = [
            ApiKey(name, row["ref"], "legacy", name, value, template={"role": name}, enabled=enabled)
            for name, value in (("anon", keys.anon_key), ("service_role", keys.service_role_key))
        ]
        return cls(opaque, legacy, legacy_enabled=enabled)

    def find(self, presented: str | None) -> ApiKey | None:
        """The key with this value."""
        return self._by_digest.get(_digest(presented)) if presented else None

    def by_id(self, key_id: str) -> ApiKey | None:
        """The opaque key with this id."""
        return next((key for key in self.opaque if key.id == key_id), None)


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()
