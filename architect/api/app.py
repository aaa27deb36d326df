"""The ASGI application of the session API."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from architect import __version__
from architect.api import (
    account,
    analytics,
    approval,
    documentation,
    drift,
    errors,
    health,
    page,
    plans,
    results,
    sessions,
)
from architect.api.context import Parts, open_parts
from architect.api.middleware import BodyLimit, SecurityHeaders
from architect.api.options import ApiOptions
from architect.control_project import ControlProject
from architect.errors import PlatformError
from architect.settings import Connections

log = logging.getLogger("architect.api")

DESCRIPTION = """\
Turns a written product spec into a running, locked-down and proven Supabase backend.

Sign in at the control plane's project (`GET /config.json` says where) and send the access token as
`Authorization: Bearer`. Begin a build with `POST /sessions`, read `GET /sessions/{id}/events?after=SEQ`, and
listen on the private Realtime channel `build:{sessionId}` for the same events as they happen.
"""


def create_app(
    connections: Connections, options: ApiOptions | None = None, project: ControlProject | None = None
) -> FastAPI:
    """The API over the control plane that ``connections`` name.

    Parameters
    ----------
    project
        The control plane's own project; looked for, until it is found, when it is not given.
    """
    chosen = options or ApiOptions()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_parts(connections, chosen, project) as parts:
            app.state.parts = parts
            yield

    app = FastAPI(
        title="Vibe Architect",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    for part in (plans, sessions, approval, results, drift, analytics, account, health):
        # Included as routers they would hide from the error handler that names what an address allows.
        app.router.routes.extend(part.router.routes)
    documentation.install(app)
    _serve_page(app)
    app.add_middleware(BodyLimit)
    if chosen.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "idempotency-key"],
            expose_headers=["location", "retry-after", "www-authenticate"],
            max_age=600,
        )
    app.add_middleware(SecurityHeaders)
    return app


def _serve_page(app: FastAPI) -> None:
    def supabase_url() -> str:
        parts: Parts = app.state.parts
        return parts.control.project.url

    try:
        app.router.routes.extend(page.routes(supabase_url))
    except PlatformError as error:
        log.warning("the page is not served: %s", error.message)
