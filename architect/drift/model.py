"""The words of the sentinel: a change, an alert, a fix and its proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from architect.catalog.facts.snapshot import Key

Direction = Literal["weaker", "stronger", "equal", "both"]


class Severity(StrEnum):
    """From what an attacker or a user would notice; the order is the rank."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Resource:
    """The object that was changed. ``schema`` is null for what has none (roles, publications).

    ``name`` is what people write: ``orders``, ``orders.total`` for a column, ``is_member(uuid)`` for a
    function, ``orders.owner reads`` for policies and other parts of a table, ``anon in editors`` for a
    membership, ``authenticator.pgrst.db_schemas`` for a role's setting. A grant names what it is on.
    """

    # No model: a field ``schema`` would hide what pydantic's models have of that name.
    kind: str
    schema: str | None
    name: str


class Witness(_Model):
    """What somebody can do now and could not before, or the other way round, seen on a clone."""

    sentence: str
    identity: str
    operation: str
    table: str
    before: Any
    after: Any


class Proof(_Model):
    """What showed that a fix works, or why that could not be shown."""

    where: str
    compared: int
    differing: int
    missing: list[str] = []
    why_not: str | None = None
    source: str | None = None


class Fix(_Model):
    """SQL that restores the expectation. ``automatic`` is false where data is lost or cannot come back."""

    sql: str
    hazards: list[str]
    proven: bool
    proof: Proof | None
    automatic: bool = True


class Alert(_Model):
    """One drift. ``id`` is the same for the same drift, found again."""

    id: str
    type: str
    severity: Severity
    resource: Resource
    direction: Direction | None
    before: str | None
    after: str | None
    reason: str
    witness: Witness | None = None
    latent: bool = False
    blast_radius: list[Resource] = []
    spec_chunk: dict[str, Any] | None = None
    fix: Fix | None = None
    first_seen: str | None = None


@dataclass(frozen=True)
class Finding:
    """An alert and the facts it speaks of, more than one where one change explains others."""

    alert: Alert
    keys: frozenset[Key]
