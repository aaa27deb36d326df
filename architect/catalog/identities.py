"""Who tries the doors: the identities of the access matrix, with fixed ids and tokens."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

#: Every id of the seeded world is derived from this one, so two probes of one plan are byte-identical.
NAMESPACE = uuid.UUID("6a0c9a5e-2f57-5d0a-8f0b-1c5b1f2e7d11")
#: Users that own rows but never act: they fill unique columns that the acting users already occupy.
SPARES = ("third", "fourth", "fifth", "sixth")

_WORDS = {
    "anon": "an anonymous caller",
    "no_subject": "a signed-in token without a user",
    "owner": "the signed-in owner",
    "other": "another signed-in user",
    "member": "a member of the tenant",
    "nonmember": "a signed-in user outside every tenant",
    "service_role": "service_role",
}


@dataclass(frozen=True)
class Identity:
    """One caller: a database role and the claims of its token."""

    name: str
    role: str
    user: str | None = None
    app_metadata: dict[str, str] = field(default_factory=dict)
    user_metadata: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The identity as a sentence names it."""
        return words(self.name)

    def claims(self) -> dict[str, Any]:
        """The JWT claims that PostgREST would hand to Postgres."""
        claims: dict[str, Any] = {"role": self.role}
        if self.user is not None:
            claims |= {"sub": self.user, "aud": "authenticated"}
        if self.role == "authenticated":
            claims |= {"app_metadata": self.app_metadata, "user_metadata": self.user_metadata}
        return claims

    def claims_json(self) -> str:
        return json.dumps(self.claims(), sort_keys=True, separators=(",", ":"))


def words(identity: str) -> str:
    """``identity`` as a sentence names it; ``member_x`` is a member with the role x."""
    if identity.startswith("member_"):
        return f"a member with the role {identity.removeprefix('member_')}"
    return _WORDS.get(identity, identity)


def user_id(name: str) -> str:
    """The fixed uuid of the user ``name``."""
    return str(uuid.uuid5(NAMESPACE, f"user.{name}"))


def role_identity(role: str) -> str:
    """The name of the identity that is a member with ``role``."""
    return "member_" + (re.sub(r"[^a-z0-9]+", "_", role.lower()).strip("_") or "role")
