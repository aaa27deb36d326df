"""The shapes of answers about drift, as the OpenAPI document tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from architect.api.models import TIME, Answer

Severity = Literal["critical", "high", "medium", "low", "info"]
AlertStatus = Literal["open", "acknowledged", "resolved", "accepted", "dismissed"]
Verb = Literal["check", "restore", "accept"]


class AlertResource(Answer):
    """What an alert is about."""

    kind: str | None = Field(examples=["table"])
    schema_name: str | None = Field(
        alias="schema", examples=["public"], description="Null for what is in none, such as roles."
    )
    name: str = Field(examples=["orders"])


class AlertProof(Answer):
    """What showed on a throw-away clone that a fix works, or why that could not be shown."""

    where: str | None = None
    compared: int | None = Field(default=None, description="Facts that were held against the expectation.")
    differing: int | None = None
    missing: list[str] = Field(default=[], description="What the clone was made without.")
    why_not: str | None = None


class AlertFix(Answer):
    """SQL that restores what was agreed to."""

    sql: str | None = Field(description="Null where it was not proven: `proof.whyNot` says why.")
    hazards: list[str] = Field(examples=[["ACQUIRES_ACCESS_EXCLUSIVE_LOCK"]])
    proven: bool = Field(description="Whether a clone was as agreed to after it ran there.")
    automatic: bool = Field(description="False where data may be lost or cannot come back.")
    proof: AlertProof | None


class Alert(Answer):
    """A difference between what was built, or accepted since, and what is there."""

    id: UUID
    fingerprint: str | None = Field(description="The same for the same drift found again.")
    type: str = Field(examples=["rls_disabled"])
    severity: Severity
    status: AlertStatus
    resource: AlertResource
    direction: Literal["weaker", "stronger", "equal", "both"] | None
    before: str | None = Field(description="As it should be.")
    after: str | None = Field(description="As it is.")
    reason: str = Field(description="Why it matters, in one sentence.")
    witness: dict[str, Any] | None = Field(description="What somebody can do now, as seen on a clone.")
    latent: bool = Field(description="On a clone nobody could do more than before, as things are now.")
    blast_radius: list[AlertResource] = Field(description="What depends on it.")
    people: list[str] = Field(description="Whom it affects.")
    spec_chunk: dict[str, Any] | None = Field(description="What the spec says about it.")
    fix: AlertFix | None
    first_seen_at: datetime = Field(examples=[TIME])
    last_seen_at: datetime
    resolved_at: datetime | None
    accepted_at: datetime | None
    closed_how: str | None = Field(
        description="converged, superseded, restored, accepted or gone; null while it is open."
    )
    closed_by: dict[str, Any] | None
    restorable: bool = Field(description="Whether its fix is proven and loses nothing.")


class AlertList(Answer):
    """Alerts: the open ones first, the worst at the top; 500 at most."""

    alerts: list[Alert]


class BlindSpot(Answer):
    """What could not be looked at."""

    what: str
    why: str


class Expectation(Answer):
    """What the environment is held against."""

    version: int = Field(ge=1)
    reason: Literal["built", "accepted", "restored"]
    recorded_at: datetime = Field(examples=[TIME])
    agreed: dict[str, Any] = Field(description="Who accepted it, and why; empty for a build.")
    server_version: int = Field(examples=[180000])
    facts: int = Field(ge=0)
    sha256: str


class DriftRequest(Answer):
    """What somebody asked to have done, and what came of it."""

    id: UUID
    verb: Verb
    alerts: list[UUID] | None = Field(description="Null: every open alert that it can be done to.")
    state: Literal["waiting", "running", "done", "failed"]
    note: str | None
    via: Literal["api", "cli", "prefect"]
    requested_at: datetime = Field(examples=[TIME])
    finished_at: datetime | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None


class Guard(Answer):
    """How an environment is watched, and what is known of it."""

    guarded: bool = Field(description="Whether the sweep looks at it.")
    state: Literal["unknown", "clear", "drift", "blind"] = Field(
        description="blind: the last look failed or did not see everything, so nothing is known."
    )
    every_minutes: int
    looked_at: datetime | None
    next_look_at: datetime | None
    checked_at: datetime | None = Field(
        description="When everything was compared last; between, a token tells that nothing has changed."
    )
    probed_at: datetime | None = Field(description="When behaviour was compared last.")
    seconds: float | None = Field(description="What the last look took.")
    blind: list[BlindSpot]
    error: dict[str, Any] | None
    open: dict[Severity, int] = Field(description="Open alerts by severity.", examples=[{"critical": 1}])
    expectation: Expectation | None
    requests: list[DriftRequest] = Field(description="The newest ten, the newest first.")
