"""``/platform/control``: the control plane's own project, which ``/v1`` never shows."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform.auth import Parts
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import not_found

router = APIRouter(prefix="/platform")


@router.get("/control")
async def control(server: Parts) -> dict[str, Any]:
    """Not part of the hosted API: ``{ref, url, publishable_key, secret_key, jwt_secret}``."""
    environment = server.environments.get(server.state.control_ref)
    if environment is None:
        raise not_found("Project")
    return {
        "ref": environment.ref,
        "url": f"http://127.0.0.1:{server.state.platform_port}/p/{environment.ref}",
        "publishable_key": _key(environment, "anon"),
        "secret_key": _key(environment, "service_role"),
        "jwt_secret": environment.keys.jwt_secret,
    }


def _key(environment: Environment, role: str) -> str:
    """The oldest key of ``role`` that opens the project for good."""
    for key in environment.keyring.opaque:
        if key.lasting(role):
            return key.api_key
    raise not_found("API key")
