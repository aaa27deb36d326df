"""What is deployed: one place for names, schedules and tags, used by ``serve`` and checked by the tests."""

from __future__ import annotations

from typing import cast

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment

from architect.settings import Settings
from flows.build import build
from flows.drift import drift
from flows.restore import restore
from flows.submit import submit
from flows.upkeep import upkeep

TAGS = ["vibe-architect"]


def deployments() -> list[RunnerDeployment]:
    """Every deployment of the project."""
    made = [
        build.to_deployment(
            name="build",
            description="Run or resume one build session. `architect build` and the HTTP API use it.",
            tags=TAGS,
        ),
        submit.to_deployment(
            name="submit",
            description="Start a build from an example or a spec file on the server.",
            tags=TAGS,
        ),
        upkeep.to_deployment(
            name="upkeep",
            interval=Settings().upkeep_every_s,
            description="Close sessions whose run died without a word.",
            tags=TAGS,
            concurrency_limit=1,
        ),
        drift.to_deployment(
            name="drift",
            cron=Settings().drift_cron,
            description="Look for drift in every environment that is watched.",
            tags=TAGS,
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
            ),
        ),
        restore.to_deployment(
            name="restore",
            description="Restore drift, or accept it as the new baseline.",
            tags=TAGS,
        ),
    ]
    return cast("list[RunnerDeployment]", made)  # Prefect types it for callers inside a loop, too
