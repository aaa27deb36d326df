"""What can go wrong on the way from a request to its answer, and how it is told: one shape for all."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from architect.errors import AnalyticsError, ArchitectError, Conflict, InputError, NotFound, Unavailable

log = logging.getLogger("architect.api")


class Unauthorized(ArchitectError):
    """The request carries no valid token."""

    code = "unauthorized"
    status = 401
    default_hint = "Sign in at the control plane's project and send its access token as a bearer token."

    #: What ``WWW-Authenticate`` names; ``None`` when no token was sent at all.
    reason: str | None = None

    @property
    def challenge(self) -> str:
        """The value of ``WWW-Authenticate``."""
        said = f', error="invalid_token", error_description="{self.reason}"' if self.reason else ""
        return f'Bearer realm="vibe-architect"{said}'


class Forbidden(ArchitectError):
    """The caller may look at it and not change it."""

    code = "forbidden"
    status = 403
    default_hint = "Ask an owner or admin of the tenant for the role member."


class NotYet(NotFound):
    """The session has not come that far."""

    code = "not_ready"


class PlanNotReady(NotYet):
    """The session has no plan yet."""

    code = "plan_not_ready"


class MatrixNotReady(NotYet):
    """The access matrix of the session is not there yet."""

    code = "access_matrix_not_ready"


class TooLarge(InputError):
    """The request is too large."""

    code = "too_large"
    status = 413


class IdempotencyConflict(Conflict):
    """The idempotency key was used for another request."""

    code = "idempotency_conflict"
    default_hint = "Send a new Idempotency-Key with a new request, and the old body with the old key."


class PlanningTooLong(Unavailable):
    """The plan was not made in time."""

    code = "planning_too_long"
    default_hint = "Try again, or begin a build: it may take its time."


class DatabaseUnavailable(Unavailable):
    """The control plane's database does not answer."""

    code = "database_unavailable"


#: Status of an HTTP error that the framework raises -> the code it is told with.
CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def install(app: FastAPI) -> None:
    """Let every error of ``app`` leave it in the one shape."""
    app.add_exception_handler(ArchitectError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


def answer(error: ArchitectError) -> JSONResponse:
    """``error`` as a response."""
    headers = {}
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = error.challenge
    if isinstance(error, Unavailable):
        headers["retry-after"] = "2"
    status = 503 if isinstance(error, AnalyticsError) else error.status
    return JSONResponse(error.to_dict(), status, headers)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ArchitectError)
    if error.status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, error.message)
    return answer(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """The first thing wrong, by the name of its field; all of them in ``details``."""
    assert isinstance(error, RequestValidationError)
    problems = [{"field": _field(e["loc"]), "problem": str(e["msg"])} for e in error.errors()]
    first = problems[0]
    said = f"{first['field']}: {first['problem']}" if first["field"] else first["problem"]
    hint = "GET /docs describes every field."
    return answer(InputError(f"The request is not valid: {said}", hint=hint, problems=problems[:20]))


def _field(location: tuple[Any, ...]) -> str:
    """``("body", "options", "specGate")`` -> ``options.specGate``."""
    return ".".join(str(part) for part in location[1:])


async def _framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    body = ArchitectError(str(error.detail)).to_dict()
    body["error"]["code"] = CODES.get(error.status_code, "http_error")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["allow"] = ", ".join(sorted(_allowed(request)))
    return JSONResponse(body, error.status_code, headers=headers)


def _allowed(request: Request) -> set[str]:
    """What may be asked at this address; the framework names the methods of one route only."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return methods


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The formatter of the log takes secrets out of the trace.
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    # uvicorn ends the connection after an error; a client that keeps it would find it broken.
    told = ArchitectError("Something went wrong on our side", hint="The server's log says what.")
    return JSONResponse(told.to_dict(), 500, headers={"connection": "close"})
