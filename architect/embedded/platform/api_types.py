"""Words and forms of the hosted API that more than one module needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

#: What Postgres can hold: a text without NUL, nor halves of surrogate pairs, which no pattern matches.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
BranchStatus = Literal[
    "CREATING_PROJECT",
    "RUNNING_MIGRATIONS",
    "MIGRATIONS_PASSED",
    "MIGRATIONS_FAILED",
    "FUNCTIONS_DEPLOYED",
    "FUNCTIONS_FAILED",
]
ProjectStatus = Literal[
    "INACTIVE",
    "ACTIVE_HEALTHY",
    "ACTIVE_UNHEALTHY",
    "COMING_UP",
    "UNKNOWN",
    "GOING_DOWN",
    "INIT_FAILED",
    "REMOVED",
    "RESTORING",
    "UPGRADING",
    "PAUSING",
    "RESTORE_FAILED",
    "RESTARTING",
    "PAUSE_FAILED",
    "RESIZING",
]
ReleaseChannel = Literal["internal", "alpha", "beta", "ga", "withdrawn", "preview"]
StepName = Literal["clone", "pull", "health", "configure", "migrate", "seed", "deploy"]
StepStatus = Literal["CREATED", "DEAD", "EXITED", "PAUSED", "REMOVING", "RESTARTING", "RUNNING"]


def moment(value: datetime) -> str:
    """A time as the hosted API writes it: ``2026-11-21T07:56:33.433675Z``."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
