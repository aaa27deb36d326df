"""``/v1/projects/{ref}/api-keys``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from architect.embedded.platform.auth import Parts
from architect.embedded.platform.environments import Environment

router = APIRouter(prefix="/projects/{ref}/api-keys")
#: How much of a masked key stays readable.
VISIBLE = 15


@router.get("")
async def index(server: Parts, ref: str, reveal: bool = False) -> list[dict[str, Any]]:
    return keys(server.environment(ref), reveal=reveal)


@router.get("/legacy")
async def legacy(server: Parts, ref: str) -> dict[str, bool]:
    server.environment(ref)
    return {"enabled": True}


def keys(environment: Environment, *, reveal: bool) -> list[dict[str, Any]]:
    """The four keys; those that bypass RLS are masked unless ``reveal``."""
    own = environment.keys
    service, secret = own.service_role_key, own.secret_key
    if not reveal:
        service, secret = _mask(service), _mask(secret)
    return [
        _legacy("anon", own.anon_key),
        _legacy("service_role", service),
        _modern("publishable", own.publishable_key, own.publishable_key),
        {**_modern("secret", secret, own.secret_key), "secret_jwt_template": {"role": "service_role"}},
    ]


def _legacy(name: str, key: str) -> dict[str, Any]:
    description = f"Legacy {name} API key"
    return {"name": name, "api_key": key, "type": "legacy", "id": name, "description": description}


def _modern(kind: str, shown: str, key: str) -> dict[str, Any]:
    prefix = key[:VISIBLE]
    return {"name": "default", "api_key": shown, "type": kind, "id": f"default-{kind}", "prefix": prefix}


def _mask(key: str) -> str:
    return key[:VISIBLE] + "·" * 16
