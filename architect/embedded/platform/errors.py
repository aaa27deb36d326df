"""Errors of the Management API and their wire shape ``{"message": ...}``."""

from __future__ import annotations

from typing import ClassVar

from architect.errors import ArchitectError


class ApiError(ArchitectError):
    """The request cannot be served."""

    code: ClassVar[str] = "api_error"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.http_status = status


def not_found(what: str = "Resource") -> ApiError:
    return ApiError(404, f"{what} not found")
