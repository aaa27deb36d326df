"""A policy, constraint, index or trigger that got another name and nothing else."""

from __future__ import annotations

from architect.drift.change import Change, Verdict
from architect.drift.kinds.generic import named, words
from architect.drift.model import Severity


def renamed(change: Change, name: str) -> Verdict:
    """Nobody sees other rows, but a migration that speaks of the old name fails; triggers run in the
    order of their names."""
    noun = words(change.key.kind)
    new = f"{change.key.schema}.{name}"
    reason = f"{noun} {named(change)} is called {new} now and is the same otherwise."
    return Verdict(f"{change.key.kind}_renamed", Severity.LOW, reason, named(change), new, "equal")
