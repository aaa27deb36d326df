"""The Management API, one noun per module."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from architect.embedded.platform.api import (
    advisors,
    api_keys,
    branches,
    fixtures,
    functions,
    health,
    migrations,
    organizations,
    projects,
    query,
    secrets,
    storage,
)
from architect.embedded.platform.auth import require_token

router = APIRouter(dependencies=[Depends(require_token)])
for module in (
    organizations,
    projects,
    branches,
    query,
    migrations,
    functions,
    secrets,
    api_keys,
    health,
    advisors,
    storage,
):
    router.include_router(module.router, prefix="/v1")
router.include_router(projects.internal)
router.include_router(fixtures.router)
