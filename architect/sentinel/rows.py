"""Rows of the watch as values, and their shape on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import field_validator

from architect.sessions.model import Row, wire_time

AlertStatus = Literal["open", "acknowledged", "resolved", "accepted", "dismissed"]
Verb = Literal["check", "restore", "accept"]
State = Literal["unknown", "clear", "drift", "blind"]


class Expectation(Row):
    """One row of ``drift_expectations`` without the baseline itself."""

    id: str
    session_id: str
    version: int
    generation: int
    reason: Literal["built", "accepted", "restored"]
    #: ``{via, by | operator, note}`` of whoever accepted; empty for a build.
    agreed: dict[str, Any]
    recorded_at: datetime
    server_version_num: int
    #: How many facts it holds.
    facts: int
    sha256: str

    def api_dict(self) -> dict[str, Any]:
        """What may be shown of it."""
        return {
            "version": self.version,
            "reason": self.reason,
            "agreed": self.agreed,
            "recordedAt": wire_time(self.recorded_at),
            "serverVersion": self.server_version_num,
            "facts": self.facts,
            "sha256": self.sha256,
        }


class GuardState(Row):
    """One row of ``drift_states``: how far the watch over an environment is."""

    session_id: str
    state: State
    token: str | None
    source: str | None
    looked_at: datetime | None
    full_at: datetime | None
    probed_at: datetime | None
    seconds: float | None
    blind: list[dict[str, Any]]
    error: dict[str, Any] | None
    key_version: int

    def api_dict(self) -> dict[str, Any]:
        """What may be shown of it."""
        return {
            "state": self.state,
            "lookedAt": _time(self.looked_at),
            "checkedAt": _time(self.full_at),
            "probedAt": _time(self.probed_at),
            "seconds": self.seconds,
            "blind": self.blind,
            "error": self.error,
        }


class StoredAlert(Row):
    """One row of ``drift_alerts``."""

    id: str
    session_id: str
    severity: Literal["critical", "high", "medium", "low", "info"]
    type: str
    #: ``policy public.orders.owner reads``.
    resource: str
    recommendation: str
    status: AlertStatus
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    fix_sql: str | None
    fix_proof: dict[str, Any] | None
    spec_chunk_id: str | None
    #: The same for the same drift found again; the ``id`` of ``drift check --json``.
    fingerprint: str | None
    resource_kind: str | None
    resource_schema: str | None
    resource_name: str | None
    direction: Literal["weaker", "stronger", "equal", "both"] | None
    before: str | None
    after: str | None
    reason: str | None
    witness: dict[str, Any] | None
    latent: bool
    blast_radius: list[dict[str, Any]]
    people: list[str]
    #: ``{chunkIndex, heading, excerpt, how: plan | embedding}`` with ``quote`` or ``similarity``.
    spec_chunk: dict[str, Any] | None
    #: ``{hazards, proven, automatic, digest}``; ``None`` where nothing can be restored by SQL.
    fix: dict[str, Any] | None
    source: str | None
    keys: list[list[str]]
    expectation: int | None
    accepted_at: datetime | None
    closed_how: str | None
    closed_by: dict[str, Any] | None

    @field_validator("spec_chunk_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return value if value is None else str(value)

    @property
    def open(self) -> bool:
        """Whether it is still the case, and nobody has agreed to it."""
        return self.status in ("open", "acknowledged")

    @property
    def restorable(self) -> bool:
        """Whether its fix was proven and loses nothing, so that it may be run without a second look."""
        return self.open and self.fix is not None and self.fix["proven"] and self.fix["automatic"]

    @property
    def proven(self) -> bool:
        """Whether its fix was proven, so that whoever names it may have it run, data lost or not."""
        return self.open and self.fix is not None and bool(self.fix["proven"]) and bool(self.fix_sql)

    def api_dict(self) -> dict[str, Any]:
        """The alert on the wire, in the parts that ``drift check --json`` gives it, and its life so far."""
        name = self.resource_name or self.resource
        return {
            "id": self.id,
            "fingerprint": self.fingerprint,
            "type": self.type,
            "severity": self.severity,
            "resource": {"kind": self.resource_kind, "schema": self.resource_schema, "name": name},
            "direction": self.direction,
            "before": self.before,
            "after": self.after,
            "reason": self.reason or self.recommendation,
            "witness": self.witness,
            "latent": self.latent,
            "blastRadius": self.blast_radius,
            "people": self.people,
            "specChunk": self.spec_chunk,
            "fix": self._fix_dict(),
            "restorable": self.restorable,
            "status": self.status,
            "firstSeenAt": wire_time(self.first_seen_at),
            "lastSeenAt": wire_time(self.last_seen_at),
            "resolvedAt": _time(self.resolved_at),
            "acceptedAt": _time(self.accepted_at),
            "closedHow": self.closed_how,
            "closedBy": self.closed_by,
        }

    def _fix_dict(self) -> dict[str, Any] | None:
        if self.fix is None and not self.fix_sql:
            return None
        known, proof = self.fix or {}, self.fix_proof
        return {
            "sql": self.fix_sql,
            "hazards": known.get("hazards", []),
            "proven": known.get("proven", False),
            "automatic": known.get("automatic", False),
            "proof": proof
            and {
                "where": proof.get("where"),
                "compared": proof.get("compared"),
                "differing": proof.get("differing"),
                "missing": proof.get("missing") or [],
                "whyNot": proof.get("why_not"),
            },
        }


class DriftRequest(Row):
    """One row of ``drift_requests``: what somebody wants done, and what came of it."""

    id: str
    session_id: str
    verb: Verb
    #: ``None`` for every open alert that the verb can be done to without a second thought.
    alerts: list[str] | None
    note: str | None
    via: Literal["api", "cli", "prefect"]
    requested_by: str | None
    operator: str | None
    requested_at: datetime
    state: Literal["waiting", "running", "done", "failed"]
    started_at: datetime | None
    finished_at: datetime | None
    #: ``{restored, accepted, left: [{alert, why}], open}`` when done.
    result: dict[str, Any] | None
    #: The inner part of the error shape when failed.
    error: dict[str, Any] | None

    @field_validator("alerts", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        return None if value is None else [str(one) for one in value]

    @field_validator("requested_by", mode="before")
    @classmethod
    def _who(cls, value: Any) -> Any:
        return None if value is None else str(value)

    @property
    def agreed(self) -> dict[str, Any]:
        """``{via, by | operator, note}``: who said so."""
        said = {"via": self.via, "by": self.requested_by, "operator": self.operator, "note": self.note}
        return {name: value for name, value in said.items() if value}

    def api_dict(self) -> dict[str, Any]:
        """The request on the wire."""
        return {
            "id": self.id,
            "verb": self.verb,
            "alerts": self.alerts,
            "state": self.state,
            "note": self.note,
            "via": self.via,
            "requestedAt": wire_time(self.requested_at),
            "finishedAt": _time(self.finished_at),
            "result": self.result,
            "error": self.error,
        }


def _time(value: datetime | None) -> str | None:
    return None if value is None else wire_time(value)
