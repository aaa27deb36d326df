"""One check of one database: read the facts, compare them, prove the fixes.

Whatever goes wrong on the way is the result "blind" and never "no drift".
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import Reader
from architect.catalog.facts.snapshot import Blind, Snapshot
from architect.drift.compare import drift
from architect.drift.model import Alert, Finding, Fix, Proof, Severity
from architect.drift.report import Report, blind_alert, blinded, new_blind_spots

#: Told what is being done, in a few words.
Progress = Callable[[str], None]
MAJOR = 10_000


def check(
    reader: Reader,
    baseline: Baseline,
    *,
    plan: Mapping[str, Any] | None = None,
    prove: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Check the database behind ``reader`` against ``baseline``; raises nothing but what ends a process.

    Parameters
    ----------
    plan
        The plan that the database was built from: what it declares is not alarming.
    prove
        Whether the fixes are tried on a clone, and behaviour before and after them.
    """
    started = time.monotonic()
    try:
        _tell(progress, "reading the catalog")
        with _uncollected():
            found = read(reader, against=baseline.snapshot)
        return judge(baseline, found, plan=plan, prove=prove, progress=progress, started=started)
    except Exception as error:
        return blinded(error, seconds=time.monotonic() - started)


def judge(
    baseline: Baseline,
    found: Snapshot,
    *,
    plan: Mapping[str, Any] | None = None,
    prove: bool = True,
    progress: Progress | None = None,
    started: float | None = None,
) -> Report:
    """The report on facts that were read before. Raises what the comparison raises."""
    started = time.monotonic() if started is None else started
    now = datetime.now(UTC)
    _tell(progress, "comparing")
    findings = drift(baseline.snapshot, found, plan=plan)
    if findings:
        _tell(progress, f"writing the fixes of {len(findings)} findings")
        findings = with_fixes(findings, baseline.snapshot, found)
        findings = _proven(baseline, found, findings, progress) if prove else findings
    alerts = [_seen(finding.alert, now) for finding in findings]
    alerts += [_unseen(spot, now) for spot in _new_blind_spots(baseline.snapshot, found)]
    ranked = sorted(alerts, key=lambda alert: alert.severity.rank)
    compared = len(baseline.snapshot.facts.keys() | found.facts.keys())
    keys = {finding.alert.id: finding.keys for finding in findings}
    seconds = time.monotonic() - started
    return Report(tuple(ranked), tuple(found.blind), now, compared, seconds, keys=keys)


def with_fixes(findings: list[Finding], expected: Snapshot, found: Snapshot) -> list[Finding]:
    """The findings, each with the SQL that undoes it where there is any."""
    made = []
    for finding in findings:
        try:
            from architect.drift.fix import fix_for

            fix = fix_for(finding, expected, found)
        except Exception as error:  # that a fix cannot be written does not unmake the finding
            fix = _no_fix(error)
        made.append(_with(finding, fix))
    return made


def _no_fix(error: Exception) -> Fix:
    why = f"The fix could not be written: {type(error).__name__}: {' '.join(str(error).split())}"
    proof = Proof(where="nowhere", compared=0, differing=0, why_not=why)
    return Fix(sql="", hazards=[], proven=False, proof=proof, automatic=False)


def _proven(
    baseline: Baseline, found: Snapshot, findings: list[Finding], progress: Progress | None
) -> list[Finding]:
    """Findings whose fixes were tried; when they cannot be, the findings as they are and the reason."""
    _tell(progress, f"trying the fixes of {len(findings)} findings on a clone")
    try:
        from architect.drift.prove import prove

        return prove(baseline, found, findings, progress=progress)
    except Exception as error:
        why = f"The clone could not be made: {type(error).__name__}: {' '.join(str(error).split())}"
        proof = Proof(where="nowhere", compared=0, differing=0, why_not=why)
        return [_unproven(finding, proof) for finding in findings]


def _unproven(finding: Finding, proof: Proof) -> Finding:
    fix = finding.alert.fix
    return (
        finding if fix is None else _with(finding, fix.model_copy(update={"proven": False, "proof": proof}))
    )


def _with(finding: Finding, fix: Fix | None) -> Finding:
    return Finding(finding.alert.model_copy(update={"fix": fix}), finding.keys)


def _seen(alert: Alert, now: datetime) -> Alert:
    if alert.first_seen is not None:
        return alert
    return alert.model_copy(update={"first_seen": now.isoformat(timespec="milliseconds")})


def _unseen(spot: Blind, now: datetime) -> Alert:
    return blind_alert(spot.what, spot.why, severity=Severity.HIGH, kind="blind_spot", now=now)


def _new_blind_spots(expected: Snapshot, found: Snapshot) -> tuple[Blind, ...]:
    spots = new_blind_spots(expected.blind, found.blind)
    before, after = expected.server_version_num // MAJOR, found.server_version_num // MAJOR
    if before == after:
        return spots
    why = (
        f"the baseline was recorded on PostgreSQL {before} and the server now runs {after}, which writes "
        "definitions down differently; record a new baseline"
    )
    return (*spots, Blind("what the upgrade of the server changed", why))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """A hundred thousand small objects are made and kept: to look for garbage among them takes longer."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _tell(progress: Progress | None, what: str) -> None:
    if progress is not None:
        progress(what)
