"""Alerts as they are kept: opened once, brought up to date, closed when they are no longer the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from architect.database import Database, key, rows
from architect.errors import NotFound
from architect.redaction import redact, redact_text
from architect.sentinel.rows import GuardState, StoredAlert

#: The type of alerts that a look raises only when it also tries what people can do.
ACCESS_CHANGED = "access_changed"


@dataclass(frozen=True, slots=True)
class Found:
    """An alert as it is to be kept: the columns of ``drift_alerts``, already without secrets."""

    fingerprint: str
    #: The same for every drift of one thing: where it drifts further, the older alert is superseded.
    subject: tuple[str, str | None, str]
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look came to, as it is noted in ``drift_states``."""

    state: str
    seconds: float
    #: Whether everything was compared; only then are alerts closed that were not found again.
    whole: bool
    probed: bool = False
    token: str | None = None
    source: str | None = None
    blind: Sequence[Mapping[str, Any]] = ()
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Converged:
    """What a look changed."""

    opened: list[StoredAlert]
    closed: list[StoredAlert]
    open: list[StoredAlert]
    state: GuardState


@dataclass(frozen=True, slots=True)
class Closing:
    """Why alerts that are no longer the case are closed: somebody restored or accepted them."""

    how: str
    by: Mapping[str, Any] = field(default_factory=dict)
    #: Row ids; every other alert that is gone has converged by itself.
    alerts: frozenset[str] = frozenset()


class AlertStore(Database):
    """The part of the control plane that writes and reads ``drift_alerts``."""

    async def alerts(self, session_id: str, *, open_only: bool = True, limit: int = 500) -> list[StoredAlert]:
        """The alerts of a session, the worst first. Raises ``NotFound``."""
        values = {"session_id": key(session_id), "open_only": open_only, "limit": limit}
        found = await self.rows("sentinel", "alerts", values)
        if not found:
            await self.exists(key(session_id))
        return [StoredAlert.model_validate(row) for row in found]

    async def open_alerts(self, limit: int = 500) -> list[StoredAlert]:
        """The open alerts of all sessions, the worst first."""
        found = await self.rows("sentinel", "open_alerts_of_all", {"limit": limit})
        return [StoredAlert.model_validate(row) for row in found]

    async def alert(self, session_id: str, prefix: str) -> StoredAlert:
        """The alert whose id or fingerprint begins so; an open one before one that is closed.

        Raises :class:`NotFound` when there is none, or more than one that is open.
        """
        values = {"session_id": key(session_id), "id": prefix.lower().replace("\x00", "")}
        found = [StoredAlert.model_validate(row) for row in await self.rows("sentinel", "alert", values)]
        chosen = [alert for alert in found if alert.open] or found
        same = {alert.fingerprint or alert.id for alert in chosen}
        if not prefix or len(same) != 1:
            raise NotFound(
                f"Session {session_id} has no single alert {prefix[:40]!r}",
                hint=f"See `architect drift alerts {session_id}`.",
            )
        return chosen[0]

    async def converge(
        self, session_id: str, found: Sequence[Found], outcome: Outcome, closing: Closing | None = None
    ) -> Converged:
        """Bring the alerts to what was found, tell of what changed, note the outcome: one transaction.

        Where the look was not whole, nothing is closed: what was not seen may still be there.
        """
        session_id = key(session_id)
        async with self.transaction(explicit=True) as connection:
            await rows(connection, "sentinel", "begin_watch", {"session_id": session_id})
            await rows(connection, "sentinel", "hold_state", {"session_id": session_id})
            before = {a.fingerprint or a.id: a for a in await _open(connection, session_id)}
            opened = [await _note(connection, session_id, one, before.get(one.fingerprint)) for one in found]
            closed = []
            if outcome.whole:
                names, meant = {one.fingerprint for one in found}, closing.alerts if closing else frozenset()
                # What only a probe can see is not gone because nobody probed.
                gone = [
                    alert
                    for name, alert in before.items()
                    if name not in names
                    and (outcome.probed or alert.type != ACCESS_CHANGED or alert.id in meant)
                ]
                subjects = {one.subject for one in found}
                closed = [await _close(connection, alert, subjects, closing) for alert in gone]
            still = await _open(connection, session_id)
            state = await rows(connection, "sentinel", "checked", _state(session_id, outcome, still))
        new = [alert for alert in opened if alert is not None]
        return Converged(new, closed, still, GuardState.model_validate(state[0]))

    async def close_gone(self) -> int:
        """Close the alerts of environments that were deleted; how many."""
        return len(await self.rows("sentinel", "gone", {}))


async def _open(connection: AsyncConnection[DictRow], session_id: str) -> list[StoredAlert]:
    values = {"session_id": session_id, "open_only": True, "limit": 10_000}
    return [StoredAlert.model_validate(row) for row in await rows(connection, "sentinel", "alerts", values)]


async def _note(
    connection: AsyncConnection[DictRow], session_id: str, one: Found, known: StoredAlert | None
) -> StoredAlert | None:
    """Keep an alert and tell of it; ``None`` when it was open before."""
    values = {**one.columns, "fingerprint": one.fingerprint, "session_id": session_id}
    if known is None:
        written = await rows(connection, "sentinel", "open_alert", values)
    else:
        written = await rows(connection, "sentinel", "see_alert_again", {**values, "id": known.id})
    alert = StoredAlert.model_validate(written[0])
    # Told again only when it has become worse, or better, than it was told to be.
    if known is None or known.severity != alert.severity:
        await _tell_detected(connection, alert)
    return alert if known is None else None


async def _close(
    connection: AsyncConnection[DictRow],
    alert: StoredAlert,
    subjects: set[tuple[str, str | None, str]],
    closing: Closing | None,
) -> StoredAlert:
    subject = (alert.resource_kind or "", alert.resource_schema, alert.resource_name or "")
    meant = closing is not None and alert.id in closing.alerts
    how = closing.how if closing is not None and meant else "converged"
    if how == "converged" and subject in subjects:
        how = "superseded"
    by = Jsonb(redact(dict(closing.by))) if closing is not None and meant else None
    written = await rows(connection, "sentinel", "close_alert", {"id": alert.id, "how": how, "by": by})
    closed = StoredAlert.model_validate(written[0])
    await tell_resolved(connection, closed)
    return closed


async def _tell_detected(connection: AsyncConnection[DictRow], alert: StoredAlert) -> None:
    if alert.severity == "info":
        return
    payload = {
        "alertId": alert.id,
        "fingerprint": alert.fingerprint,
        "type": alert.type,
        "severity": alert.severity,
        "resource": alert.resource,
        "direction": alert.direction,
        "reason": alert.reason,
        "witness": alert.witness and alert.witness.get("sentence"),
        "latent": alert.latent,
        "specChunk": alert.spec_chunk,
        "people": alert.people,
        "fix": alert.fix and {k: v for k, v in alert.fix.items() if k != "digest"},
        **_focus(alert),
    }
    message = f"{alert.severity.capitalize()} drift: {alert.reason or alert.type}"
    await _append(connection, alert, "drift_detected", message, payload, alert.severity)


async def tell_resolved(connection: AsyncConnection[DictRow], alert: StoredAlert) -> None:
    """The event that an alert is closed, in the caller's transaction."""
    if alert.severity == "info":
        return
    payload = {
        "alertId": alert.id,
        "fingerprint": alert.fingerprint,
        "type": alert.type,
        "severity": alert.severity,
        "resource": alert.resource,
        "how": alert.closed_how,
        "by": alert.closed_by,
        **_focus(alert),
    }
    await _append(
        connection, alert, "drift_resolved", f"{_HOW[alert.closed_how or '']}: {alert.resource}", payload
    )


_HOW = {
    "converged": "As agreed again",
    "superseded": "Drifted further",
    "restored": "Restored",
    "accepted": "Accepted as new baseline",
    "gone": "Gone with its environment",
}


def _focus(alert: StoredAlert) -> dict[str, Any]:
    """What the page points at; kinds that it has no place for are left out."""
    kind = {"table": "table", "policy": "policy", "edge_function": "function"}.get(alert.resource_kind or "")
    name = (alert.resource_name or "").rpartition(".")[2]
    return {"focus": {"type": kind, "name": name}} if kind else {}


async def _append(
    connection: AsyncConnection[DictRow],
    alert: StoredAlert,
    type: str,
    message: str,
    payload: dict[str, Any],
    *more: str,
) -> None:
    values = {
        "session_id": alert.session_id,
        "type": type,
        "message": redact_text(message),
        "payload": Jsonb(redact(payload)),
        "dedupe_key": ":".join((type, alert.id, *more)),
        "attempt": None,  # whoever watches is no run of the session
    }
    await rows(connection, "events", "append", values)


def _state(session_id: str, outcome: Outcome, still: Sequence[StoredAlert]) -> dict[str, Any]:
    drifted = outcome.state == "clear" and any(alert.severity != "info" for alert in still)
    return {
        "session_id": session_id,
        "state": "drift" if drifted else outcome.state,
        "seconds": round(outcome.seconds, 3),
        "whole": outcome.whole,
        "probed": outcome.probed,
        "token": outcome.token,
        "source": outcome.source,
        "blind": Jsonb(redact([dict(one) for one in outcome.blind])),
        "error": None if outcome.error is None else Jsonb(redact(dict(outcome.error))),
    }
