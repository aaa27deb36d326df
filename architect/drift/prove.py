"""Prove the fixes: run them on a clone of the drifted database, and try who can do what before and after.

The clones are built from facts on a server of our own; the guarded database is not asked again. Each fix is
run alone and taken back, then all of them together. A fix is proven when the facts that the alert speaks of
are as expected afterwards, and no other fact is worse than before.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

import psycopg

from architect import __version__
from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.snapshot import Key, Snapshot
from architect.drift import ddl
from architect.drift.clone import Scratch
from architect.drift.clone.build import Built, build, connected, give_extensions, run, screened
from architect.drift.clone.facts import differing, facts, fingerprint, overlaid, own
from architect.drift.clone.wary import Wary
from architect.drift.model import Finding, Fix, Proof
from architect.drift.probe.sweep import Sweep
from architect.errors import ArchitectError
from architect.sql import query

Progress = Callable[[str], None]
EXPECTED, FOUND = "expected", "found"
#: Fixes that are also tried alone; more than these are only tried together.
ALONE = 30
MAJOR = 10_000
ALONE_S = 30.0
#: Kinds whose facts belong to the whole server, so that both clones share them.
SHARED = frozenset({"role", "membership", "role_setting"})


@dataclass
class Trial:
    """What is known while the fixes are tried."""

    expected: Built
    found: Built
    #: Facts that the clones do not have as the guarded database has them.
    unfaithful: set[Key]
    source: str
    where: str
    wary: Wary
    alone: dict[str, Proof] = field(default_factory=dict)
    #: Fixes that failed or changed too little when they ran alone.
    failed: dict[str, str] = field(default_factory=dict)


def prove(
    expected: Baseline,
    found: Snapshot,
    findings: Sequence[Finding],
    *,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
) -> list[Finding]:
    """The findings with ``fix.proven``, ``fix.proof``, ``witness`` and ``latent`` filled in.

    Parameters
    ----------
    only
        Ids of alerts: the others keep their fix unproven.

    Raises nothing where no scratch server can be had: the proofs then say why there is none.
    """
    tell = progress or (lambda _: None)
    chosen = [f for f in findings if only is None or f.alert.id in only]
    if not chosen:
        return list(findings)
    label = f"{fingerprint(expected.snapshot)} {__version__}"
    try:
        with Scratch(label) as scratch:
            tell("building a clone of what is expected")
            before = build(scratch, expected.snapshot, EXPECTED)
            roles = _roles(scratch)
            done = {f.alert.id: f for f in _tried(scratch, before, expected.snapshot, found, chosen, tell)}
            scratch.drop_database(FOUND)
            if _roles(scratch) == roles or (_restored(scratch, before) and _roles(scratch) == roles):
                scratch.keep(label)
    except (ArchitectError, psycopg.Error, OSError) as error:
        why = " ".join(str(error).split())
        done = {f.alert.id: _unproven(f, f"No clone could be made: {why}") for f in chosen}
    return [done.get(f.alert.id, f) for f in findings]


def _tried(
    scratch: Scratch,
    before: Built,
    expected: Snapshot,
    found: Snapshot,
    findings: list[Finding],
    tell: Progress,
) -> list[Finding]:
    sweep = Sweep(scratch, own(expected), own(found), findings)
    tell("trying who can do what as it should be")
    sweep.before(EXPECTED)
    tell("building a clone of what was found")
    wary = Wary(expected, found)
    after = _drifted(scratch, before, expected, found, wary)
    unfaithful = _unfaithful(before, after, expected, found)
    trial = Trial(before, after, unfaithful, fingerprint(found), _where(before), wary)
    tell(f"trying {len(findings)} fixes")
    until = time.monotonic() + ALONE_S
    with connected(scratch, FOUND) as conn:
        for finding in findings[:ALONE]:
            if time.monotonic() < until:
                _alone(conn, trial, finding)
        differing_in_the_end = _together(conn, trial, findings)
    tell("trying who can do what as it is now")
    sweep.after(FOUND)
    return [sweep.told(_proven(trial, finding, differing_in_the_end)) for finding in findings]


def _drifted(scratch: Scratch, before: Built, expected: Snapshot, found: Snapshot, wary: Wary) -> Built:
    """The clone of what was found: what is expected, changed by the same statements that would undo a fix."""
    scratch.drop_database(FOUND)
    scratch.create_database(FOUND, EXPECTED)
    kept, missing = screened(found)
    keys = differing(own(expected).facts, kept.facts) - missing.keys()
    target = overlaid(before.snapshot, kept, keys)
    with connected(scratch, FOUND) as conn:
        copied = own(facts(conn, before.snapshot))
        keys |= differing(copied.facts, before.snapshot.facts)
        missing |= run(conn, ddl.alter(copied, target, keys), wary)
        give_extensions(conn, kept)
        return Built(FOUND, own(facts(conn, before.snapshot)), missing)


def _unfaithful(before: Built, after: Built, expected: Snapshot, found: Snapshot) -> set[Key]:
    """Facts that differ between a clone and what it is a clone of.

    Another version of the server writes the same definition down differently: then it only counts whether a
    fact is there, and whether its statements ran.
    """
    drift = differing(own(expected).facts, own(found).facts)
    other = expected.server_version_num // MAJOR != before.snapshot.server_version_num // MAJOR
    wrong = before.missing.keys() | after.missing.keys()
    for clone, original, keys in (
        (before.snapshot, own(expected), before.snapshot.facts.keys() | own(expected).facts.keys()),
        (after.snapshot, own(found), drift),
    ):
        same = (lambda one, two: (one is None) == (two is None)) if other else operator.eq
        wrong |= {k for k in keys if not same(clone.facts.get(k), original.facts.get(k))}
    return wrong | (differing(after.snapshot.facts, before.snapshot.facts) - drift)


def _alone(conn: psycopg.Connection[object], trial: Trial, finding: Finding) -> None:
    fix = finding.alert.fix
    if fix is None or not fix.sql:
        return
    refused = trial.wary.refused(fix.sql)
    if refused is not None:
        trial.failed[finding.alert.id] = refused
        return
    try:
        with conn.transaction(force_rollback=True):
            _run(conn, trial, finding)
            after = own(facts(conn, trial.found.snapshot))
    except psycopg.Error as error:
        trial.failed[finding.alert.id] = error.diag.message_primary or str(error)
        return
    if not differing(trial.found.snapshot.facts, trial.expected.snapshot.facts) & finding.keys:
        trial.failed[finding.alert.id] = "what was found could not be made on the clone"
        return
    left = {key for key in finding.keys if after.facts.get(key) != trial.expected.snapshot.facts.get(key)}
    harmed = {
        key
        for key in differing(after.facts, trial.found.snapshot.facts) - finding.keys
        if after.facts.get(key) != trial.expected.snapshot.facts.get(key)
    }
    if left or harmed:
        words = "it leaves" if left else "it also changes"
        trial.failed[finding.alert.id] = f"{words} {_some(left or harmed)}"
        return
    trial.alone[finding.alert.id] = _proof(trial, after, 0)


def _together(conn: psycopg.Connection[object], trial: Trial, findings: list[Finding]) -> set[Key]:
    """Run all fixes, those that fail once more behind the others; the facts that differ in the end."""
    with conn.transaction(force_rollback=True):
        fixes = [f for f in findings if f.alert.fix is not None and f.alert.fix.sql]
        waiting = [f for f in fixes if f.alert.fix and not trial.wary.refused(f.alert.fix.sql)]
        while waiting:
            again = [finding for finding in waiting if not _applied(conn, trial, finding)]
            if len(again) == len(waiting):
                break
            waiting = again
        return differing(own(facts(conn, trial.found.snapshot)).facts, trial.expected.snapshot.facts)


def _applied(conn: psycopg.Connection[object], trial: Trial, finding: Finding) -> bool:
    try:
        with conn.transaction():
            _run(conn, trial, finding)
    except psycopg.Error:
        return False
    return True


def _run(conn: psycopg.Connection[object], trial: Trial, finding: Finding) -> None:
    """Run a fix. An extension belongs to whoever makes it, which is us here and somebody else there."""
    conn.execute(finding.alert.fix.sql.encode() if finding.alert.fix else b"")
    made = {key for key in finding.keys if key.kind == "extension"} - trial.found.snapshot.facts.keys()
    if made:
        give_extensions(conn, trial.expected.snapshot, made)


def _proven(trial: Trial, finding: Finding, left: set[Key]) -> Finding:
    fix = finding.alert.fix
    if fix is None or not fix.sql:
        return finding
    unlike = {key for key in trial.unfaithful & finding.keys if not _superfluous(trial, key)}
    missing = sorted(str(key) for key in unlike)
    alone = trial.alone.get(finding.alert.id)
    if missing:
        why = f"The clone does not have {missing[0]} as the database has it"
        reason = trial.expected.missing | trial.found.missing
        told = [f"{key}: {reason[key]}" for key in sorted(unlike) if key in reason]
        return _with(finding, False, replace_proof(trial, left, missing=told or missing, why_not=why))
    if alone is not None:
        return _with(finding, True, alone)
    why_alone = trial.failed.get(finding.alert.id, "it was not tried alone")
    if not left & (finding.keys | set(trial.unfaithful)) and not left - trial.unfaithful:
        proof = replace_proof(trial, left)
        return _with(
            finding, True, proof.model_copy(update={"where": f"{trial.where}, with the other fixes"})
        )
    return _with(finding, False, replace_proof(trial, left, why_not=why_alone))


def _superfluous(trial: Trial, key: Key) -> bool:
    """Whether the key is only to be dropped: how alike what is dropped is does not matter."""
    return key not in trial.expected.snapshot.facts and key in trial.found.snapshot.facts


def replace_proof(
    trial: Trial, left: set[Key], *, missing: list[str] | None = None, why_not: str | None = None
) -> Proof:
    """A proof over the end state of all fixes together."""
    proof = _proof(trial, trial.expected.snapshot, len(left))
    return proof.model_copy(update={"missing": missing or [], "why_not": why_not})


def _proof(trial: Trial, compared: Snapshot, differing_facts: int) -> Proof:
    return Proof(
        where=trial.where, compared=len(compared.facts), differing=differing_facts, source=trial.source
    )


def _restored(scratch: Scratch, before: Built) -> bool:
    """Bring the roles, which all clones share, back to what is expected; whether that succeeded."""
    with connected(scratch, EXPECTED) as conn:
        now = own(facts(conn))
        keys = {key for key in differing(now.facts, before.snapshot.facts) if key.kind in SHARED}
        if keys:
            run(conn, ddl.alter(now, overlaid(now, before.snapshot, keys), keys))
            now = own(facts(conn))
    return not differing(now.facts, before.snapshot.facts)


def _roles(scratch: Scratch) -> object:
    """A digest of everything that belongs to the whole server."""
    with scratch.connect() as conn:
        return conn.execute(query("drift_clone", "roles")).fetchone()


def _unproven(finding: Finding, why: str) -> Finding:
    if finding.alert.fix is None:
        return finding
    return _with(finding, False, Proof(where="nowhere", compared=0, differing=0, why_not=why))


def _with(finding: Finding, proven: bool, proof: Proof) -> Finding:
    fix: Fix | None = finding.alert.fix
    if fix is None:
        return finding
    told = fix.model_copy(update={"proven": proven, "proof": proof})
    return replace(finding, alert=finding.alert.model_copy(update={"fix": told}))


def _where(built: Built) -> str:
    major = built.snapshot.server_version_num // 10000
    return f"a clone made from facts, on a PostgreSQL {major} of our own"


def _some(keys: Collection[Key]) -> str:
    names = [str(key) for key in sorted(keys)]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
