"""Writes down what an environment is to be like from now on: after its build, or by agreement."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal

from pydantic import ValidationError

from architect.catalog.facts.snapshot import Snapshot
from architect.drift.report import blinded
from architect.plan.model import Plan
from architect.sentinel import guard
from architect.sentinel.alerts import Outcome
from architect.sentinel.asking import asked_for
from architect.sentinel.judging import source_of, whole_baseline
from architect.sentinel.reading import Eyes
from architect.sentinel.rows import Expectation
from architect.sessions import ControlPlane, Session

SAID = {
    "built": "What was built is what is expected from now on",
    "accepted": "What is there now is what is expected from now on",
    "restored": "What the restore left in the ledger is expected from now on",
}


async def after_build(
    cp: ControlPlane, eyes: Eyes, session: Session, *, matrix: dict[str, Any] | None = None
) -> Expectation | None:
    """Record the environment of a build that was proven just now, and watch it from now on.

    A build does not fail because of its watch: when the environment cannot be read, the watch is blind, which
    is an alert, and the answer ``None``.
    """
    started, environment = time.monotonic(), session.environment or {}
    await cp.begin_watch(session.id)
    try:
        ref = str(environment["ref"])
        token = await eyes.token(ref)
        found = await eyes.snapshot(ref)
        made = await record(cp, session, found, reason="built", matrix=matrix)
        clear = Outcome(
            state="clear",
            seconds=time.monotonic() - started,
            whole=True,
            probed=matrix is not None,
            token=token,
            source=await asyncio.to_thread(source_of, found),
            blind=[spot._asdict() for spot in found.blind],
        )
        await cp.converge(session.id, [], clear)
        return made
    except Exception as error:
        await guard.keep(cp, session, guard.Look(blinded(error)))
        return None


async def record(
    cp: ControlPlane,
    session: Session,
    snapshot: Snapshot,
    *,
    reason: Literal["built", "accepted", "restored"],
    matrix: dict[str, Any] | None = None,
    agreed: dict[str, Any] | None = None,
) -> Expectation:
    """A new version of the expectation, told as an event."""
    baseline, text = await asyncio.to_thread(whole_baseline, snapshot)
    made = await cp.record_expectation(
        session.id,
        text,
        reason=reason,
        sha256=baseline.sha256,
        server_version_num=snapshot.server_version_num,
        facts=len(snapshot.facts),
        matrix=matrix,
        asked_for=_asked_for(session),
        agreed=agreed,
    )
    await cp.append_event(
        session.id,
        "expectation_recorded",
        f"{SAID[reason]}: {made.facts} facts",
        {"version": made.version, "reason": reason, "facts": made.facts, "sha256": made.sha256,
         "blind": len(snapshot.blind), "agreed": made.agreed},
        dedupe_key=f"expectation_recorded:{made.version}",
    )  # fmt: skip
    return made


def _asked_for(session: Session) -> dict[str, Any]:
    """The spec's own words by fact; none for a plan of another age, or without one."""
    if session.plan is None:
        return {}
    try:
        return asked_for(Plan.model_validate(session.plan))
    except ValidationError:
        return {}
