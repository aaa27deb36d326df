"""What each route may answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from architect.api.models import ErrorBody

_SAID = {
    401: ("unauthorized", "No token, or one that is not valid."),
    403: ("forbidden", "The caller's role may only look."),
    404: ("not_found", "There is no such thing, or it is another tenant's."),
    409: ("conflict", "That is not possible now."),
    413: ("too_large", "The body is larger than 1,300,000 bytes."),
    422: ("invalid_input", "The request breaks a rule; the message names the field."),
    503: ("unavailable", "A part that is needed does not answer; nothing was lost."),
}
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "Why the token is refused.", "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}},
}


def responses(*codes: int, ok: tuple[int, Any, str] | None = None) -> dict[int | str, dict[str, Any]]:
    """Declarations of the errors ``codes`` and of the answer ``ok`` (status, model, description)."""
    declared: dict[int | str, dict[str, Any]] = {}
    if ok is not None:
        declared[ok[0]] = {"model": ok[1], "description": ok[2]}
    for code in codes:
        name, description = _SAID[code]
        told: dict[str, Any] = {"code": name, "message": description, "hint": None, "details": {}}
        declared[code] = {
            "model": ErrorBody,
            "description": description,
            "content": {"application/json": {"example": {"error": told}}},
        }
        if code in _HEADERS:
            declared[code]["headers"] = _HEADERS[code]
    return declared


#: What every route for callers may answer; one that takes a body may find it too large.
CALLER = (401, 422, 503)
SENDER = (*CALLER, 413)
