"""Upkeep: starts what could not be started when it was asked for; closes what no hook could, because its
process was killed; ends canceled runs that the engine lost sight of; removes what failed builds and killed
planners left behind; retires expired keys."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow

from architect import gate, workbench
from architect.api.runs import open_runs
from architect.errors import ArchitectError
from architect.handoff import keys
from architect.provision import removal
from architect.provision.management import ManagementClient
from architect.provision.platform import Platform
from architect.sessions import ControlPlane
from architect.settings import Connections
from blocks.resolve import connections

log = logging.getLogger("architect.upkeep")

#: How far back to look; older sessions were looked at by earlier rounds.
NEWEST = 500
#: Whoever asked for a run has asked the engine by then, or could not.
START_AFTER_S = 10.0


@flow(name="upkeep", persist_result=False)
async def upkeep() -> dict[str, Any]:
    """Mark running sessions that no run holds any more as failed; they can be retried."""
    target = await connections()
    async with ControlPlane.open(target.database_url) as cp:
        newest = await cp.sessions(limit=NEWEST)
        await cp.forget_ended_planning()
    running = [session.id for session in newest if session.status == "running" and not session.parked]
    closed = [
        session_id
        for session_id in running
        if await workbench.close_stopped(
            session_id, target, canceled=False, reason="The run ended without closing its session."
        )
    ]
    started, moved = await _start_waiting(target), await _decisions(target)
    canceled = await _end_canceled(target)
    cleaned, retired = await _clean_up(target), await _retire_keys(target)
    return {
        "closed": closed,
        "started": started,
        "decided": moved,
        "canceled": canceled,
        "cleaned_up": cleaned,
        "keys_retired": retired,
    }


async def _start_waiting(target: Connections) -> list[str]:
    """Have a run made for queued sessions that should have one; a session that has one keeps it."""
    async with ControlPlane.open(target.database_url) as cp:
        waiting = await cp.waiting_for_a_run(START_AFTER_S)
    started = []
    async with open_runs(target.prefect_api_url) as runs:
        for session in waiting:
            try:
                run = await runs.start(session.id, session.attempt + 1)
            except ArchitectError as error:
                log.warning("session %s still waits for a run: %s", session.id, error.message)
                break
            if not run.ended:
                started.append(session.id)
                continue
            reason = f"The run ended as {run.state} before it took up the session."
            await workbench.close_stopped(session.id, target, canceled=False, reason=reason)
    return started


async def _decisions(target: Connections) -> list[str]:
    """Act on decisions about plans that nobody acted on; sessions that wait for one are left alone."""
    async with ControlPlane.open(target.database_url) as cp, open_runs(target.prefect_api_url) as runs:
        try:
            return await gate.catch_up(cp, runs)
        except ArchitectError as error:
            log.warning("decisions about plans were not acted on: %s", error.message)
            return []


async def _end_canceled(target: Connections) -> list[str]:
    """Close runs that were canceled and never ended."""
    async with open_runs(target.prefect_api_url) as runs:
        try:
            return await runs.end_canceled(gate.SETTLED)
        except ArchitectError as error:
            log.warning("canceled runs were not looked at: %s", error.message)
            return []


async def _clean_up(target: Connections) -> list[str]:
    """Remove what failed builds could not remove themselves."""
    async with ControlPlane.open(target.database_url) as cp:
        due = await cp.to_clean_up()
    cleaned = []
    for session_id in due:
        try:
            if await removal.clean_up(session_id, target):
                cleaned.append(session_id)
        except ArchitectError as error:
            log.warning("session %s still has something left behind: %s", session_id, error.message)
    return cleaned


async def _retire_keys(target: Connections) -> int:
    """Take expired keys off a platform that does not let them expire by itself."""
    async with (
        ControlPlane.open(target.database_url) as cp,
        ManagementClient(Platform.from_connections(target)) as management,
    ):
        return await keys.retire_due(cp, management)
