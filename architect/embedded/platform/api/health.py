"""``/v1/projects/{ref}/health``: every service is asked, none is assumed."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query

from architect.embedded.platform import query
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.child import ChildFailed
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.server import Server
from architect.sql import query as named

router = APIRouter(prefix="/projects/{ref}/health")
#: What Lite answers without touching a user's table.
_PATHS = {"rest": "/rest/v1/", "auth": "/auth/v1/health", "storage": "/storage/v1/bucket"}
_DATABASE = ("db", "db_postgres_user")
_ABSENT = ("pooler", "realtime", "pg_bouncer")
ANSWER_TIMEOUT_S = 15.0


@router.get("")
async def show(
    server: Parts, ref: str, services: Annotated[list[str] | None, Query()] = None
) -> list[dict[str, Any]]:
    environment = server.environment(ref)
    asked = [name for item in services or [] for name in item.split(",") if name]
    unknown = set(asked) - {*_PATHS, *_DATABASE, *_ABSENT}
    if unknown or not asked:
        raise ApiError(400, f"services: choose from {', '.join((*_DATABASE, *_PATHS, *_ABSENT))}")
    return list(await asyncio.gather(*(_check(server, environment, name) for name in asked)))


async def _check(server: Server, environment: Environment, name: str) -> dict[str, Any]:
    error = "Project is paused" if environment.paused else await _error(server, environment, name)
    if error is None:
        return {"name": name, "healthy": True, "status": "ACTIVE_HEALTHY"}
    return {"name": name, "healthy": False, "status": "UNHEALTHY", "error": error}


async def _error(server: Server, environment: Environment, name: str) -> str | None:
    if name in _ABSENT:
        return "This service is not part of the embedded platform"
    try:
        if name in _DATABASE:
            await query.run(server.dsn(environment), named("environment", "alive"))
            return None
        async with asyncio.timeout(ANSWER_TIMEOUT_S), server.lite.use(environment) as child:
            headers = {"apikey": environment.keys.secret_key}
            response = await child.client.get(_PATHS[name], headers=headers)
    except (ApiError, ChildFailed) as error:
        return error.message
    except (httpx.TransportError, TimeoutError):
        return "The service does not answer"
    return None if response.is_success else f"The service answers {response.status_code}"
