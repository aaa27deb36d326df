"""Hands sessions to the engine. What it cannot take now stays queued, and upkeep hands it over later."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from architect import gate
from architect.api.runs import BuildRuns
from architect.errors import EngineUnavailable
from architect.sessions import Session

log = logging.getLogger("architect.api")


async def start(runs: BuildRuns, session_id: str, attempt: int) -> None:
    """Have the queued session run; ``attempt`` is how often it was claimed so far."""
    try:
        await runs.start(session_id, attempt + 1)
    except EngineUnavailable as error:
        log.warning("session %s stays queued: %s", session_id, error.message)


async def follow(runs: BuildRuns, row: Mapping[str, Any]) -> None:
    """Have the engine do what was decided about the plan of the session."""
    session = Session.model_validate(row)
    try:
        await gate.follow(session, runs)
    except EngineUnavailable as error:
        log.warning("session %s waits until upkeep tells the engine: %s", session.id, error.message)


async def stop(runs: BuildRuns, session_id: str) -> None:
    """Have whatever works on the canceled session stopped; it cannot write any more in any case."""
    try:
        await runs.cancel(session_id)
    except EngineUnavailable as error:
        log.warning("the runs of session %s were not told to stop: %s", session_id, error.message)


async def carry_out(runs: BuildRuns, request_id: str) -> None:
    """Have the engine do what was asked for about drift."""
    try:
        await runs.carry_out(request_id)
    except EngineUnavailable as error:
        log.warning("request %s waits for the next sweep: %s", request_id, error.message)
