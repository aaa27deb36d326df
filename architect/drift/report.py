"""What a check says: the alerts, what it could not see, and the exit code that follows from both."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from architect.catalog.facts.snapshot import Blind, Key
from architect.drift.model import Alert, Resource, Severity
from architect.errors import ArchitectError
from architect.redaction import redact

#: The type of an alert that says that something was not seen.
SENTINEL_BLIND = "sentinel_blind"
#: Said of a fix in which a secret stood: it is shown without, and cannot be run as it is shown.
SECRET_REDACTED = "SECRET_REDACTED"  # noqa: S105


class Outcome(IntEnum):
    """What a process that checks exits with."""

    NO_DRIFT = 0
    DRIFT = 1
    BLIND = 2


@dataclass(frozen=True)
class Report:
    """The result of one check.

    ``compared`` is the number of facts that were held against the baseline: 0 when the check failed, and
    ``error`` then says why.
    """

    alerts: tuple[Alert, ...]
    blind: tuple[Blind, ...]
    checked_at: datetime
    compared: int
    seconds: float
    error: ArchitectError | None = None
    #: By the id of an alert the facts it speaks of: what is taken over when it is accepted.
    keys: Mapping[str, frozenset[Key]] = field(default_factory=dict)

    @property
    def drift(self) -> bool:
        """Whether somebody has to look: some alert is above info."""
        return any(alert.severity is not Severity.INFO for alert in self.alerts)

    @property
    def outcome(self) -> Outcome:
        """Blind counts for more than drift: where something was not seen, nobody knows what there is."""
        if self.error is not None or any(alert.type == SENTINEL_BLIND for alert in self.alerts):
            return Outcome.BLIND
        return Outcome.DRIFT if self.drift else Outcome.NO_DRIFT

    def counts(self) -> dict[Severity, int]:
        """How many alerts there are of each severity that there is, the worst first."""
        found = Counter(alert.severity for alert in self.alerts)
        return {severity: found[severity] for severity in Severity if found[severity]}

    def to_dict(self) -> dict[str, Any]:
        """The JSON document, without secrets. ``error``, the one error shape, only where the check failed."""
        failed = {} if self.error is None else self.error.to_dict()
        return {
            "checked_at": self.checked_at.isoformat(timespec="milliseconds"),
            "compared": self.compared,
            "seconds": round(self.seconds, 3),
            "drift": self.drift,
            "blind": [{"what": one.what, "why": redact(one.why)} for one in self.blind],
            "alerts": [alert_dict(alert) for alert in self.alerts],
            **failed,
        }


def alert_dict(alert: Alert) -> dict[str, Any]:
    """An alert as JSON, without secrets; a fix that lost one so is never run by itself."""
    told: dict[str, Any] = alert.model_dump(mode="json")
    clean: dict[str, Any] = redact(told)
    if alert.fix is not None and clean["fix"]["sql"] != told["fix"]["sql"]:
        clean["fix"] |= {"automatic": False, "hazards": [*clean["fix"]["hazards"], SECRET_REDACTED]}
    return clean


def blind_alert(what: str, why: str, *, severity: Severity, kind: str, now: datetime) -> Alert:
    """The alert that says that ``what`` was not seen."""
    stable = json.dumps([SENTINEL_BLIND, kind, what], ensure_ascii=False)
    return Alert(
        id=hashlib.sha256(stable.encode()).hexdigest()[:16],
        type=SENTINEL_BLIND,
        severity=severity,
        resource=Resource(kind=kind, schema=None, name=what),
        direction=None,
        before=None,
        after=why,
        reason=f"The sentinel cannot see {what}: {why}".rstrip(".") + ". What is hidden there is not known.",
        first_seen=now.isoformat(timespec="milliseconds"),
    )


def blinded(error: BaseException, *, seconds: float = 0.0) -> Report:
    """The report of a check that failed: one alert, and nothing that could be taken for "no drift"."""
    known = as_known(error)
    now = datetime.now(UTC)
    why = known.message
    alert = blind_alert("the database", why, severity=Severity.CRITICAL, kind="check", now=now)
    said = f"Nothing was compared, so nobody knows whether the database is as it should be: {why}"
    alert = alert.model_copy(update={"reason": said.rstrip(".") + "."})
    return Report((alert,), (Blind("the database", why),), now, 0, seconds, known)


def as_known(error: BaseException) -> ArchitectError:
    """``error`` as one that can be told; what nobody thought of keeps its name."""
    if isinstance(error, ArchitectError):
        return error
    text = " ".join(str(error).split())
    return ArchitectError(
        f"The check failed: {type(error).__name__}{': ' if text else ''}{text}",
        hint="Try again; if it fails in the same way, report it with this message.",
    )


def new_blind_spots(expected: Iterable[Blind], found: Iterable[Blind]) -> tuple[Blind, ...]:
    """What could be seen when the baseline was recorded and cannot be now."""
    known = {spot.what for spot in expected}
    return tuple(spot for spot in found if spot.what not in known)
