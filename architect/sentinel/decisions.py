"""Carries out what somebody decided about drift: look again, restore, or accept as the new baseline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from architect.errors import ArchitectError, NotFound
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.sentinel import acceptance, guard
from architect.sentinel.reading import Eyes
from architect.sentinel.restoring import Restoring
from architect.sentinel.rows import DriftRequest, StoredAlert
from architect.sessions import ControlPlane, Session
from architect.settings import Connections

if TYPE_CHECKING:
    from architect.drift.check import Progress


async def carry_out(
    request_id: str, connections: Connections, *, progress: Progress | None = None
) -> DriftRequest:
    """Carry out a request to its end, which the returned row tells; one that somebody has is left alone.

    Raises :class:`NotFound` when there is no such request. What else goes wrong is the request's ``error``.
    """
    async with ControlPlane.open(connections.database_url) as cp:
        asked = await cp.drift_request(request_id)
        request = await cp.take_request(request_id)
        if request is None:
            return asked
        try:
            result = await _done(cp, connections, request, progress)
        except ArchitectError as error:
            ended = await cp.end_request(request.id, error=error.to_dict()["error"])
        except BaseException as error:
            told = ArchitectError(f"{type(error).__name__}: {error}").to_dict()["error"]
            await asyncio.shield(cp.end_request(request.id, error=told))
            raise
        else:
            ended = await cp.end_request(request.id, result=result)
        await _tell(cp, ended)
    return ended


async def _done(
    cp: ControlPlane, connections: Connections, request: DriftRequest, progress: Progress | None
) -> dict[str, Any]:
    platform = Platform.from_connections(connections)
    session = await cp.session(request.session_id)
    async with (
        McpServer.start(platform, cp.tool_call_recorder(session.id)) as mcp,
        ManagementClient(platform) as management,
    ):
        eyes = Eyes(mcp, management)
        if request.verb == "check":
            checked = await guard.check_with(cp, eyes, session.id, progress=progress)
            return {
                "open": len(checked.open),
                "opened": [a.id for a in checked.opened],
                "state": checked.state.state,
            }
        async with cp.watch(session.id):
            if request.verb == "accept":
                return await _accept(cp, eyes, session, request, progress)
            await guard.watched(cp, session.id)
            chosen = await _chosen(cp, session, request)
            return await Restoring(cp, eyes, session, request.agreed, progress).run(chosen)


async def _accept(
    cp: ControlPlane, eyes: Eyes, session: Session, request: DriftRequest, progress: Progress | None
) -> dict[str, Any]:
    accepting = acceptance.Accepting(cp, eyes, session, request.agreed, progress)
    if request.alerts is None:
        return await accepting.everything()
    await guard.watched(cp, session.id)
    return await accepting.some(await _named(cp, session, request.alerts))


async def _chosen(cp: ControlPlane, session: Session, request: DriftRequest) -> list[StoredAlert]:
    """The alerts that were named, or all that can be restored without a second thought."""
    if request.alerts is not None:
        return await _named(cp, session, request.alerts)
    return [a for a in await cp.alerts(session.id) if a.restorable and a.severity != "info"]


async def _named(cp: ControlPlane, session: Session, ids: Sequence[str]) -> list[StoredAlert]:
    """The alerts, the worst first. Raises :class:`NotFound` for one that is not open (any more)."""
    still = {alert.id: alert for alert in await cp.alerts(session.id)}
    missing = [id for id in ids if id not in still]
    if missing:
        raise NotFound(
            f"Alert {missing[0][:40]} is not open (any more)",
            hint=f"See `architect drift alerts {session.id}`.",
        )
    return [alert for id, alert in still.items() if id in set(ids)]


async def _tell(cp: ControlPlane, request: DriftRequest) -> None:
    if request.verb == "check" and request.error is None:
        return  # what it found is told alert by alert
    what = {"restore": "Restore", "accept": "Acceptance", "check": "Check"}[request.verb]
    if request.error is not None:
        message = f"{what} failed: {request.error.get('message')}"
    else:
        done = request.result or {}
        left = len(done.get("left", []))
        count = len(done.get("restored", done.get("accepted", [])))
        message = f"{what}: {count} done{f', {left} left' if left else ''}"
    payload = {"requestId": request.id, "verb": request.verb, "state": request.state, "by": request.agreed,
               **(request.result or {}), **({"error": request.error} if request.error else {})}  # fmt: skip
    await cp.append_event(
        request.session_id, "drift_request_done", message, payload,
        dedupe_key=f"drift_request_done:{request.id}", with_tool_calls=True,
    )  # fmt: skip
