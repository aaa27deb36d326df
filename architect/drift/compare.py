"""Compare what is expected with what is found: every difference becomes part of a ranked alert."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Key, Snapshot
from architect.drift.change import Change, Verdict, changes
from architect.drift.group import Group, groups
from architect.drift.kinds import generic, judge
from architect.drift.kinds.renamed import renamed
from architect.drift.model import Alert, Finding, Resource, Severity
from architect.drift.platform import weighed
from architect.drift.spec import Spec
from architect.drift.world import World


def drift(expected: Snapshot, found: Snapshot, *, plan: Mapping[str, Any] | None = None) -> list[Finding]:
    """The differences that matter, the worst first; ``plan`` is what the spec declares, as JSON."""
    world, spec = World(expected, found), Spec(plan)
    findings = [
        _finding(group, spec.weighed(group.change, weighed(group.change, verdict, world), world), world)
        for group in groups(changes(expected, found))
        for verdict in _verdicts(group, world)
    ]
    return sorted(findings, key=_order)


def _verdicts(group: Group, world: World) -> list[Verdict]:
    if group.renamed is not None:
        return [renamed(group.change, group.renamed)]
    try:
        return judge(group.change, world)
    except (LookupError, TypeError, ValueError, AttributeError):
        # A fact of a shape that nobody foresaw is a drift like any other, and no reason to see none at all.
        return [verdict.at(Severity.HIGH) for verdict in generic.judge(group.change, world)]


def _finding(group: Group, verdict: Verdict, world: World) -> Finding:
    change = group.change
    resource = verdict.resource or as_resource(change.key)
    affected = {*world.blast.of({change.key}), *verdict.affects} - {change.key}
    alert = Alert(
        id=_fingerprint(verdict, change),
        type=verdict.type,
        severity=verdict.severity,
        resource=resource,
        direction=verdict.direction,
        before=verdict.before,
        after=verdict.after,
        reason=verdict.reason,
        blast_radius=[as_resource(key) for key in sorted(affected)],
    )
    return Finding(alert, group.keys)


def as_resource(key: Key) -> Resource:
    """A key in the words of an alert."""
    return Resource(kind=key.kind, schema=key.schema or None, name=key.name)


def _fingerprint(verdict: Verdict, change: Change) -> str:
    """The same for the same drift: its type, what it is about, and what that is now."""
    text = json.dumps([verdict.type, *change.key, verdict.after])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _order(item: Finding) -> tuple[Any, ...]:
    resource = item.alert.resource
    return (item.alert.severity.rank, resource.kind, resource.schema or "", resource.name, item.alert.type)
