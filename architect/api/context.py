"""The parts of a running API, and who is asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from architect.api.control import ControlFinder
from architect.api.database import CallerDatabase
from architect.api.errors import Unauthorized
from architect.api.options import ApiOptions
from architect.api.runs import BuildRuns, open_runs
from architect.api.tokens import Caller
from architect.control_project import ControlProject
from architect.settings import Connections

bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    scheme_name="accessToken",
    description="Access token of a user of the control plane's project, as Supabase Auth gives it.",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What requests share. Nothing of a session is in here: two servers behind a balancer are as one."""

    options: ApiOptions
    database: CallerDatabase
    control: ControlFinder
    runs: BuildRuns
    prefect_ui_url: str | None
    home: Path


@asynccontextmanager
async def open_parts(
    connections: Connections, options: ApiOptions, project: ControlProject | None
) -> AsyncIterator[Parts]:
    """The parts for as long as the server runs; none of them has to be reachable yet."""
    ui = options.prefect_ui_url or connections.prefect_api_url.removesuffix("/api") or None
    database = CallerDatabase(connections.database_url, options)
    control = ControlFinder(connections, project)
    async with AsyncExitStack() as stack:
        runs = await stack.enter_async_context(open_runs(connections.prefect_api_url))
        stack.push_async_callback(database.close)
        await database.open()
        stack.push_async_callback(control.close)
        control.start()
        yield Parts(options, database, control, runs, ui, connections.home)


def parts_of(request: Request) -> Parts:
    """The parts of the server that answers ``request``."""
    parts: Parts = request.app.state.parts
    return parts


Shared = Annotated[Parts, Depends(parts_of)]


async def caller_of(
    parts: Shared, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> Caller:
    """Who is asking. Raises :class:`Unauthorized`."""
    if credentials is None or credentials.scheme.lower() != "bearer":
        raise Unauthorized()
    return await parts.control.verifier.caller(credentials.credentials)


Asking = Annotated[Caller, Depends(caller_of)]
