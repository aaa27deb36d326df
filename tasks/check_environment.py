"""One environment in a sweep of the drift sentinel: checked in full."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from architect.sentinel import watch
from architect.sentinel.guard import Checked
from architect.sentinel.rows import StoredAlert
from architect.sentinel.states import Guarded

#: What automations are triggered by, once for each alert that was not open before.
EVENT = "vibe.drift.detected"


@task(
    name="check_environment",
    task_run_name="check-{session_id}",
    retries=0,  # what fails is an alert; the next sweep looks again
    timeout_seconds=600,
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def check_environment(session_id: str, one: Guarded) -> dict[str, Any]:
    """Check the environment; the open alerts as rows of a table, and what is new."""
    checked = await watch.current().check(one)
    if checked is None:
        return {"session": session_id, "state": "busy", "opened": 0, "closed": 0, "alerts": []}
    announce(checked)
    return {
        "session": session_id,
        "state": checked.state.state,
        "opened": len(checked.opened),
        "closed": len(checked.closed),
        "alerts": [_row(alert) for alert in checked.open],
    }


def announce(checked: Checked) -> None:
    """An event of the engine for each new alert above info."""
    for alert in checked.opened:
        if alert.severity != "info":
            emit_event(EVENT, resource=_resource(alert), payload=_payload(alert))


def _resource(alert: StoredAlert) -> dict[str, str]:
    """What a trigger may match: the session, how bad, what kind."""
    return {
        "prefect.resource.id": f"vibe.session.{alert.session_id}",
        "prefect.resource.name": f"session {alert.session_id}",
        "vibe.alert.severity": alert.severity,
        "vibe.alert.type": alert.type,
    }


def _payload(alert: StoredAlert) -> dict[str, Any]:
    return {
        "session_id": alert.session_id,
        "alert_id": alert.id,
        "severity": alert.severity,
        "type": alert.type,
        "resource": alert.resource,
        "reason": alert.reason,
        "restorable": alert.restorable,
    }


def _row(alert: StoredAlert) -> dict[str, str]:
    return {
        "session": alert.session_id,
        "severity": alert.severity,
        "type": alert.type,
        "resource": alert.resource,
        "reason": alert.reason or "",
        "since": alert.first_seen_at.isoformat(timespec="seconds"),
        "fix": "proven" if alert.restorable else "",
    }
