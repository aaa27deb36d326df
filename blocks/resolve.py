"""Which connections a run uses: environment variables, then the blocks named ``default``, then embedded."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TypeVar

from prefect.blocks.core import Block

from architect.settings import Connections, Settings
from architect.settings import connections as configured
from blocks.control_plane import ControlPlane
from blocks.embedder import Embedder
from blocks.planner_model import PlannerModel
from blocks.supabase_platform import SupabasePlatform

NAME = "default"
B = TypeVar("B", bound=Block)


async def connections() -> Connections:
    """The connections of this run. Raises ``PlatformNotRunning`` when there are none."""
    found = configured()
    control = await _load(ControlPlane, "ARCHITECT_DATABASE_URL")
    if control is not None:
        found = replace(found, database_url=control.database_url.get_secret_value())
    platform = await _load(SupabasePlatform, "ARCHITECT_API_URL")
    if platform is not None:
        found = replace(
            found,
            api_url=platform.api_url,
            access_token=platform.access_token.get_secret_value(),
            organization_id=platform.organization_id,
            project_ref=platform.project_ref,
            environment_url_template=platform.environment_url,
        )
    return found


async def settings() -> Settings:
    """The planner's and the embedder's settings; a block counts where no environment variable is set."""
    found = Settings()
    planner, embedder = await asyncio.gather(
        _load(PlannerModel, "ARCHITECT_PLANNER_MODEL"), _load(Embedder, "ARCHITECT_EMBEDDER_URL")
    )
    if planner is not None:
        found = planner.onto(found)
    if embedder is not None:
        found.embedder_url, found.embedder_model = embedder.url, embedder.model
        found.embedder_api_key = embedder.api_key
    return found


async def _load(kind: type[B], unless: str) -> B | None:
    """The block of this kind named ``default``, if there is one and no environment variable overrides it."""
    if os.environ.get(unless):
        return None
    try:
        return await kind.aload(NAME)
    except ValueError:
        return None  # Prefect's way to say that there is no such block
