"""Holds what was found of an environment against what was agreed to, catalog and settings alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from architect.catalog.facts.baseline import Baseline, to_json
from architect.catalog.facts.sections import section_of
from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.model import Alert, Severity
from architect.drift.report import Report, blind_alert, new_blind_spots
from architect.sentinel import outside
from architect.sentinel.reading import OUTSIDE, catalog_only

if TYPE_CHECKING:
    from architect.drift.check import Progress


def report_on(
    baseline: Baseline,
    found: Snapshot,
    *,
    plan: Mapping[str, Any] | None = None,
    prove: bool = True,
    progress: Progress | None = None,
) -> Report:
    """The report on an environment. Blocking; raises what the comparison raises.

    A clone is made of a catalog, so fixes are tried on the catalog's part alone. How bad things are is judged
    with the settings at hand: they say which schemas the world can see.
    """
    # The comparison brings a parser of SQL along, which a build that only records has no use for.
    from architect.drift.check import judge
    from architect.drift.compare import drift

    expected = baseline.snapshot
    ranked = {one.alert.id: one for one in drift(expected, found, plan=plan)}
    of_catalog = Baseline.of(catalog_only(expected), datetime.fromisoformat(baseline.recorded_at))
    report = judge(of_catalog, catalog_only(found), plan=plan, prove=prove, progress=progress)
    now = report.checked_at
    alerts = [
        _ranked(alert, ranked[alert.id].alert if alert.id in ranked else None) for alert in report.alerts
    ]
    keys = dict(report.keys)
    for name, one in ranked.items():
        if all(key.kind in outside.KINDS for key in one.keys):
            alerts.append(one.alert.model_copy(update={"first_seen": now.isoformat(timespec="milliseconds")}))
            keys[name] = one.keys
    alerts += [
        blind_alert(spot.what, spot.why, severity=Severity.HIGH, kind="blind_spot", now=now)
        for spot in new_blind_spots(expected.blind, found.blind)
        if spot.what in OUTSIDE
    ]
    alerts.sort(key=lambda alert: alert.severity.rank)
    compared = len(expected.facts.keys() | found.facts.keys())
    return replace(report, alerts=tuple(alerts), keys=keys, compared=compared, blind=tuple(found.blind))


def _ranked(alert: Alert, judged: Alert | None) -> Alert:
    """The alert with its fix and witness, ranked as it was with everything at hand."""
    if judged is None:
        return alert
    return alert.model_copy(update={"severity": judged.severity, "reason": judged.reason})


def source_of(snapshot: Snapshot) -> str:
    """SHA-256 over all facts: states of an environment that share it are the same in all that counts."""
    whole = hashlib.sha256()
    for _, fact in sorted(snapshot.facts.items()):
        whole.update(fact.digest().encode())
    return whole.hexdigest()


def amended(expected: Snapshot, found: Snapshot, keys: frozenset[Key]) -> Snapshot:
    """``expected`` with what was found of ``keys`` in the place of what was agreed to.

    Digests of the server are kept for the parts that are as found then, so that those need not be read again.
    """
    facts: dict[Key, Fact] = dict(expected.facts)
    for key in keys:
        if key in found.facts:
            facts[key] = found.facts[key]
        else:
            facts.pop(key, None)
    differing = {
        section_of(key.kind)
        for key in facts.keys() | found.facts.keys()
        if facts.get(key) != found.facts.get(key)
    }
    digests = {
        name: digest
        for name, digest in found.digests.items()
        if name not in differing and (name != "blind" or expected.blind == found.blind)
    }
    return replace(
        expected,
        facts=facts,
        edges=found.edges | {e for e in expected.edges if e.user in facts and e.user not in found.facts},
        digests=digests,
        server_version_num=found.server_version_num,
    )


def whole_baseline(snapshot: Snapshot) -> tuple[Baseline, str]:
    """A baseline recorded now, and its text as ``architect drift baseline`` writes it."""
    baseline = Baseline.of(snapshot, datetime.now(UTC))
    text = json.dumps(to_json(baseline), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return baseline, text
