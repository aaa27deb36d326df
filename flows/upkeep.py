"""Upkeep: close what no hook could, because its process was killed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from architect import workbench
from architect.sessions import ControlPlane
from blocks.resolve import connections

#: How far back to look; older sessions were looked at by earlier rounds.
NEWEST = 500


@flow(name="upkeep", persist_result=False)
async def upkeep() -> dict[str, Any]:
    """Mark running sessions that no run holds any more as failed; they can be retried."""
    target = await connections()
    async with ControlPlane.open(target.database_url) as cp:
        running = [session.id for session in await cp.sessions(limit=NEWEST) if session.status == "running"]
    closed = [
        session_id
        for session_id in running
        if await workbench.close_stopped(
            session_id, target, canceled=False, reason="The run ended without closing its session."
        )
    ]
    return {"closed": closed}
