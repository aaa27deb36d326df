"""``/v1/projects/{ref}/health``: every service is asked, none is assumed."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query

from architect.embedded.platform import query
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.child import ChildFailed
from architect.embedded.platform.config import RestSettings
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.server import Server
from architect.embedded.realtime.database import DatabaseUnavailable
from architect.sql import query as named

router = APIRouter(prefix="/projects/{ref}/health")
#: What Lite answers without touching a user's table.
_PATHS = {"rest": "/rest/v1/", "auth": "/auth/v1/health", "storage": "/storage/v1/bucket"}
_DATABASE = ("db", "db_postgres_user")
_REALTIME = "realtime"
_ABSENT = ("pooler", "pg_bouncer")
ANSWER_TIMEOUT_S = 15.0


@router.get("")
async def show(
    server: Parts,
    ref: str,
    services: Annotated[list[str] | None, Query()] = None,
    timeout_ms: Annotated[int | None, Query(ge=0, le=10_000)] = None,
) -> list[dict[str, Any]]:
    environment = server.environment(ref)
    asked = [name for item in services or [] for name in item.split(",") if name]
    known = (*_DATABASE, *_PATHS, _REALTIME, *_ABSENT)
    if set(asked) - set(known) or not asked:
        raise ApiError(400, f"services: choose from {', '.join(known)}")
    limit_s = timeout_ms / 1000 if timeout_ms else ANSWER_TIMEOUT_S
    checks = (_check(server, environment, name, limit_s) for name in asked)
    return list(await asyncio.gather(*checks))


async def _check(server: Server, environment: Environment, name: str, limit_s: float) -> dict[str, Any]:
    try:
        info = await _ask(server, environment, name, limit_s)
    except (ApiError, ChildFailed, DatabaseUnavailable) as error:
        return {"name": name, "healthy": False, "status": "UNHEALTHY", "error": error.message}
    except (httpx.TransportError, TimeoutError):
        reason = "The service does not answer"
        return {"name": name, "healthy": False, "status": "UNHEALTHY", "error": reason}
    healthy = {"name": name, "healthy": True, "status": "ACTIVE_HEALTHY"}
    return {**healthy, "info": info} if info else healthy


async def _ask(server: Server, environment: Environment, name: str, limit_s: float) -> dict[str, Any]:
    """What the service says of itself. Raises what :func:`_check` knows how to tell."""
    if environment.paused:
        raise ApiError(400, "Project is paused")
    if name in _ABSENT:
        raise ApiError(404, "This service is not part of the embedded platform")
    async with asyncio.timeout(limit_s):
        if name in _DATABASE:
            await query.run(server.dsn(environment), named("environment", "alive"))
            return {}
        if name == _REALTIME:
            return await server.realtime.tenant(environment).health()
        async with server.lite.use(environment) as child:
            headers = {"apikey": environment.keys.secret_key}
            response = await child.client.get(_PATHS[name], headers=headers)
    if not response.is_success:
        raise ApiError(502, f"The service answers {response.status_code}")
    if name == "auth":
        return {key: str(response.json().get(key, "")) for key in ("name", "version", "description")}
    if name == "rest":
        return {"db_schema": (await server.configs.get(environment.ref, RestSettings)).db_schema}
    return {}
