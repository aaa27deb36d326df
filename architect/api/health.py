"""``/healthz`` and ``/readyz``: for balancers and for `architect up`."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from architect.api.context import Shared
from architect.api.models import Health, Readiness
from architect.api.responses import responses
from architect.errors import ArchitectError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive?", responses=responses(ok=(200, Health, "The process lives.")))
async def healthz() -> Response:
    """Whether the process lives. Asks nobody else."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready?",
    responses=responses(ok=(200, Readiness, "Requests can be answered."))
    | responses(ok=(503, Readiness, "Requests cannot be answered; `checks` says why.")),
)
async def readyz(parts: Shared) -> Response:
    """Whether the database and sign-in are there. The engine is told of, too, and may be away."""
    checks = {"database": "ok", "signIn": "ok", "engine": "ok"}
    ready = True
    try:
        await parts.database.ready()
    except ArchitectError as error:
        ready, checks["database"] = False, error.message
    try:
        parts.control.require()
    except ArchitectError as error:
        ready, checks["signIn"] = False, error.message
    try:
        await parts.runs.health()
    except ArchitectError as error:
        checks["engine"] = error.message
    return JSONResponse({"status": "ready" if ready else "unready", "checks": checks}, 200 if ready else 503)
