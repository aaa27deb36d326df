"""What the template of a secret key may say: the claims of the JWT that the key is exchanged for."""

from __future__ import annotations

import json
import uuid
from typing import Any

from architect.embedded.platform.keyring import KEY_CLAIM, READ_ONLY_CLAIM, SERVICES, SERVICES_CLAIM

ROLES = ("anon", "authenticated", "service_role")
#: Set by the gateway for each request.
_OURS = ("iss", "ref", "iat", "exp", "nbf", "jti", KEY_CLAIM)
_LONGEST = 4096


def checked(template: dict[str, Any]) -> dict[str, Any]:
    """The template itself. Raises :class:`ValueError` that names the claim."""
    if template.get("role") not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}")
    for name in _OURS:
        if name in template:
            raise ValueError(f"{name} is not yours to set")
    if "sub" in template:
        _check_user(template["sub"])
    services = template.get(SERVICES_CLAIM, [])
    if not isinstance(services, list) or any(service not in SERVICES for service in services):
        raise ValueError(f"{SERVICES_CLAIM} must be a list of {', '.join(SERVICES)}")
    if not isinstance(template.get(READ_ONLY_CLAIM, False), bool):
        raise ValueError(f"{READ_ONLY_CLAIM} must be true or false")
    text = json.dumps(template, ensure_ascii=False, allow_nan=False)
    # Neither can stand in a jsonb value.
    if "\\u0000" in text or not _writable(text) or len(text) > _LONGEST:
        raise ValueError(f"must be at most {_LONGEST} characters, free of NUL and of broken ones")
    return template


def _check_user(value: Any) -> None:
    # auth.uid() is a uuid: anything else would fail inside of every policy.
    try:
        uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("sub must be a uuid") from None


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
