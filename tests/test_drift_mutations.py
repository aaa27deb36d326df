"""Every drift of the lists is found, ranked, named and undone by its fixes, and nothing else is.

Each drift starts from a database that holds exactly the expected facts: a new copy, or the one that the fixes
of the drift before have just brought back. Every third one is tried unless ``ARCHITECT_MUTATIONS=all``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence

import psycopg
import pytest

from architect.drift.model import Alert, Severity
from architect.drift.report import Report
from tests.drift.benign import BENIGN
from tests.drift.drift import Drift, Harmless
from tests.drift.equal import SAME_MEANING
from tests.drift.guarded import Guarded, guarded
from tests.drift.mutations import GROUPS

STRIDE = 1 if os.environ.get("ARCHITECT_MUTATIONS") == "all" else 3


@pytest.fixture(scope="module")
def healthy() -> Iterator[Guarded]:
    with guarded() as server:
        yield server


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    counts: Counter[str] = Counter()
    yield counts
    print("\n" + ", ".join(f"{word} {number}" for word, number in counts.items()))


@pytest.mark.parametrize("group", GROUPS)
def test_drifts_are_found_ranked_named_and_undone(healthy: Guarded, tally: Counter[str], group: str) -> None:
    complaints = []
    for drift in GROUPS[group][::STRIDE]:
        if drift.since > healthy.baseline.snapshot.server_version_num:
            continue
        tally["drifts"] += 1
        with healthy.connect() as connection:
            connection.execute(drift.sql)
            report = healthy.check()
            complaint = _judged(drift, report) or _undone(healthy, connection, drift, report)
            if complaint:
                complaints.append(f"{drift.name}: {complaint}")
                connection.execute(drift.undo or "select 1")
        tally["found, ranked, named and undone"] += not complaint
        if complaint or not drift.fixable:
            healthy.renew()
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("changes", "word"), [(BENIGN, "benign"), (SAME_MEANING, "same meaning")])
def test_what_means_nothing_is_no_alarm(
    healthy: Guarded, tally: Counter[str], changes: Sequence[Harmless], word: str
) -> None:
    complaints = []
    for change in changes:
        with healthy.connect() as connection:
            connection.execute(change.sql)
        alerts = healthy.check().alerts
        wrong = [alert for alert in alerts if changes is BENIGN or alert.severity is not Severity.INFO]
        tally[f"{word}, quiet"] += not wrong
        if wrong:
            complaints.append(f"{change.name}: {_told(wrong)}")
            healthy.renew()
    healthy.renew()
    assert not complaints, "\n".join(complaints)


def _judged(drift: Drift, report: Report) -> str | None:
    """What is wrong with the alerts."""
    if not report.alerts:
        return "not found"
    if len({alert.id for alert in report.alerts}) < len(report.alerts):
        return "two alerts have one id"
    named = [alert for alert in report.alerts if drift.fits_resource(_text(alert))]
    typed = [alert for alert in named if drift.fits_type(alert.type)]
    if not any(alert.severity.value in drift.rank.split() for alert in typed):
        return f"expected {drift.types} about {drift.about}, {drift.rank}; told {_told(report.alerts)}"
    silent = [alert for alert in typed if not alert.reason.endswith(".") or _undirected(alert)]
    return f"said too little: {_told(silent)}" if silent else None


def _undirected(alert: Alert) -> bool:
    return alert.type.startswith("policy_") and alert.direction is None


def _undone(
    healthy: Guarded, connection: psycopg.Connection[tuple[object, ...]], drift: Drift, report: Report
) -> str | None:
    """What is wrong with the fixes: run one after the other, the worst first, they bring the facts back."""
    if not drift.fixable:
        connection.execute(drift.undo or "select 1")
        return None
    while report.alerts:
        before = len(report.alerts)
        fixes = [alert.fix.sql for alert in report.alerts if alert.fix is not None]
        if not fixes:
            return f"no fix for {_told(report.alerts)}"
        try:
            with connection.transaction():
                connection.execute(fixes[0])
        except psycopg.Error as failed:
            return f"the fix failed: {failed} in {fixes[0]}"
        report = healthy.check()
        if len(report.alerts) >= before:
            return f"after the fix: {_told(report.alerts)}"
    return None


def _text(alert: Alert) -> str:
    return f"{alert.resource.kind} {alert.resource.schema or ''} {alert.resource.name}"


def _told(alerts: Sequence[Alert]) -> str:
    return (
        "; ".join(f"{alert.severity.value} {alert.type} {_text(alert)}" for alert in alerts[:3]) or "nothing"
    )
