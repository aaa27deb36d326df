"""One full check of one environment: read, compare, prove, explain, keep, tell."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from architect.catalog.facts.baseline import Baseline, from_json
from architect.catalog.facts.snapshot import Snapshot
from architect.drift.model import Alert
from architect.drift.report import Outcome as Exit
from architect.drift.report import Report, alert_dict, blinded
from architect.errors import InputError
from architect.sentinel import behaviour
from architect.sentinel.alerts import Closing, Converged, Found, Outcome
from architect.sentinel.errors import NoExpectation
from architect.sentinel.expectations import Recorded
from architect.sentinel.explain import Explainer, recommend, tables_of
from architect.sentinel.judging import report_on, source_of
from architect.sentinel.reading import Eyes
from architect.sentinel.rows import GuardState, StoredAlert
from architect.sessions import ControlPlane, Session
from architect.settings import Connections

if TYPE_CHECKING:
    from architect.drift.check import Progress


#: What changes whenever something does.
Token = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found and changed."""

    report: Report
    opened: list[StoredAlert]
    closed: list[StoredAlert]
    #: Every alert that is open now, the worst first.
    open: list[StoredAlert]
    state: GuardState


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an environment saw; ``found`` is ``None`` when it failed."""

    report: Report
    recorded: Recorded | None = None
    baseline: Baseline | None = None
    found: Snapshot | None = None
    token: str | None = None
    #: Whether behaviour was compared, too.
    probed: bool = False


async def check(
    session_id: str,
    connections: Connections,
    *,
    prove: bool = True,
    probe: bool = False,
    progress: Progress | None = None,
) -> Checked:
    """Check the environment of a session now; alerts are kept and told.

    Parameters
    ----------
    probe
        Also compare behaviour where nothing differs, as sweeps do every night.

    Raises
    ------
    NotFound
        There is no such session.
    InputError
        It has no environment; ``NoExpectation`` when nothing was ever agreed to for it.
    Conflict
        Another check or a restore of it goes on for too long.

    What goes wrong in looking is a blind report, never raised.
    """
    async with ControlPlane.open(connections.database_url) as cp:
        await watched(cp, session_id)
        async with Eyes.open(connections) as eyes:
            return await check_with(cp, eyes, session_id, prove=prove, probe=probe, progress=progress)


async def check_with(
    cp: ControlPlane,
    eyes: Eyes,
    session_id: str,
    *,
    prove: bool = True,
    probe: bool = False,
    token: Token | None = None,
    progress: Progress | None = None,
) -> Checked:
    """:func:`check` over connections that are open already; ``token`` asks for another change token."""
    async with cp.watch(session_id):
        session, ref = await watched(cp, session_id)
        seen = await look(cp, eyes, session, ref, prove=prove, probe=probe, token=token, progress=progress)
        return await keep(cp, session, seen)


async def watched(cp: ControlPlane, session_id: str) -> tuple[Session, str]:
    """The session and the ref of its environment. Raises like :func:`check`."""
    session = await cp.session(session_id)
    if not session.environment:
        raise InputError(
            f"Session {session_id} has no environment to watch", hint="It was not built, or it was deleted."
        )
    if await cp.guard_state(session_id) is None:
        raise NoExpectation(session_id)
    return session, str(session.environment["ref"])


async def look(
    cp: ControlPlane,
    eyes: Eyes,
    session: Session,
    ref: str,
    *,
    prove: bool = True,
    probe: bool = False,
    token: Token | None = None,
    progress: Progress | None = None,
) -> Look:
    """Read and compare. Whatever fails on the way is a blind report."""
    started = time.monotonic()
    recorded = None
    try:
        recorded = await cp.recorded(session.id)
        if recorded is None:
            raise NoExpectation(session.id)
        baseline = await asyncio.to_thread(baseline_of, recorded)
        # Before the facts: what changes in between makes the next look a full one.
        before = await (token() if token is not None else eyes.token(ref))
        if progress is not None:
            progress("reading the environment")
        found = await eyes.snapshot(ref, against=baseline.snapshot)
        report = await asyncio.to_thread(
            report_on, baseline, found, plan=session.plan, prove=prove, progress=progress
        )
        probed = probe and recorded.matrix is not None and session.plan is not None
        if probed:
            tried = await behaviour.alerts(eyes, ref, session.plan or {}, recorded.matrix or {})
            report = with_alerts(report, tried)
    except Exception as error:  # whatever it was: nothing that failed may pass for "no drift"
        return Look(blinded(error, seconds=time.monotonic() - started), recorded)
    return Look(
        replace(report, seconds=time.monotonic() - started), recorded, baseline, found, before, probed
    )


def with_alerts(report: Report, more: Sequence[Alert]) -> Report:
    """The report with ``more`` in it, the worst first; what another alert explains is not told twice."""
    told = {table for alert in report.alerts for table in tables_of(alert)}
    new = [alert for alert in more if not told.intersection(tables_of(alert))]
    return replace(report, alerts=tuple(sorted([*report.alerts, *new], key=lambda one: one.severity.rank)))


def baseline_of(recorded: Recorded) -> Baseline:
    """The baseline of an expectation. Raises :class:`BaselineInvalid` when it was tampered with."""
    source = f"Version {recorded.version} of the expectation"
    return from_json(json.loads(recorded.baseline), source=source)


async def keep(
    cp: ControlPlane,
    session: Session,
    seen: Look,
    *,
    closing: Closing | None = None,
) -> Checked:
    """Bring the alerts and the state of the watch to what was seen."""
    report = seen.report
    whole = report.outcome is not Exit.BLIND
    state = "blind" if not whole else "drift" if report.drift else "clear"
    source = None if seen.found is None else await asyncio.to_thread(source_of, seen.found)
    outcome = Outcome(
        state=state,
        seconds=report.seconds,
        whole=whole,
        probed=seen.probed and whole,
        token=seen.token if whole else None,
        source=source,
        blind=[{"what": spot.what, "why": spot.why} for spot in report.blind],
        error=None if report.error is None else report.error.to_dict()["error"],
    )
    found = await _to_keep(cp, session, seen, source)
    converged: Converged = await cp.converge(session.id, found, outcome, closing)
    return Checked(report, converged.opened, converged.closed, converged.open, converged.state)


async def _to_keep(cp: ControlPlane, session: Session, seen: Look, source: str | None) -> Sequence[Found]:
    recorded = seen.recorded
    explainer = Explainer(cp, session.id, recorded.asked_for if recorded else {})
    known = {alert.fingerprint: alert for alert in await cp.alerts(session.id)}
    kept = []
    for alert in seen.report.alerts:
        columns = _columns(alert, seen.report, source)
        columns["expectation"] = None if recorded is None else recorded.version
        if alert.id in known:
            columns |= _shown_before(alert, known[alert.id], source)
        else:
            told = await explainer.explain(alert)
            chunk = None if told.spec_chunk is None else Jsonb(told.spec_chunk)
            columns |= {"spec_chunk_id": told.spec_chunk_id, "spec_chunk": chunk, "people": told.people}
        resource = alert.resource
        kept.append(Found(alert.id, (resource.kind, resource.schema, resource.name), columns))
    return kept


def _shown_before(alert: Alert, known: StoredAlert, source: str | None) -> dict[str, Any]:
    """What an earlier look proved about this very state still holds where this one tried nothing."""
    fix = alert.fix
    if fix is None or fix.proof is not None or known.fix is None or known.source != source:
        return {}
    if known.fix["digest"] != digest_of(fix.sql):
        return {}
    return {
        "fix": Jsonb(known.fix),
        "fix_sql": known.fix_sql,
        "fix_proof": None if known.fix_proof is None else Jsonb(known.fix_proof),
        "witness": None if known.witness is None else Jsonb(known.witness),
        "latent": known.latent,
    }


def _columns(alert: Alert, report: Report, source: str | None) -> dict[str, Any]:
    """An alert as columns, without secrets."""
    told = alert_dict(alert)
    resource, fix = alert.resource, alert.fix
    place = f"{resource.schema}.{resource.name}" if resource.schema else resource.name
    runs = fix is not None and bool(fix.sql)
    return {
        "severity": str(alert.severity),
        "type": alert.type,
        "resource": f"{resource.kind} {place}",
        "resource_kind": resource.kind,
        "resource_schema": resource.schema,
        "resource_name": resource.name,
        "direction": alert.direction,
        "before": told["before"],
        "after": told["after"],
        "reason": told["reason"],
        "recommendation": recommend(alert),
        "witness": None if told["witness"] is None else Jsonb(told["witness"]),
        "latent": alert.latent,
        "blast_radius": Jsonb(told["blast_radius"]),
        # What nothing has shown to work is not offered.
        "fix_sql": told["fix"]["sql"] if fix is not None and runs and fix.proven else None,
        "fix_proof": Jsonb(told["fix"]["proof"]) if fix is not None and fix.proof is not None else None,
        "fix": Jsonb(_fix(told["fix"], fix.sql)) if fix is not None and runs else None,
        "source": source,
        "keys": Jsonb(sorted(list(key) for key in report.keys.get(alert.id, ()))),
    }


def _fix(told: dict[str, Any], sql: str) -> dict[str, Any]:
    """What is kept of a fix besides its text; the digest is over the text as it would be run."""
    shown = {name: told[name] for name in ("hazards", "proven", "automatic")}
    return {**shown, "digest": digest_of(sql)}


def digest_of(sql: str) -> str:
    """SHA-256 of a fix."""
    return hashlib.sha256(sql.encode()).hexdigest()
