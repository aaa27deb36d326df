"""The Management API, one noun per module."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from architect.embedded.platform.api import (
    actions,
    advisors,
    api_keys,
    branches,
    cli,
    config,
    content,
    control,
    faults,
    fixtures,
    functions,
    health,
    logs,
    migrations,
    organizations,
    projects,
    query,
    secrets,
    storage,
    types,
)
from architect.embedded.platform.auth import require_token

router = APIRouter(dependencies=[Depends(require_token)])
for module in (
    organizations,
    projects,
    branches,
    actions,
    query,
    migrations,
    functions,
    secrets,
    api_keys,
    health,
    advisors,
    storage,
    config,
    types,
    logs,
    cli,
):
    router.include_router(module.router, prefix="/v1")
router.include_router(projects.internal)
router.include_router(control.router)
router.include_router(fixtures.router)
router.include_router(faults.router)

#: Documentation is for everybody: clients ask for it without a token.
public = content.router
