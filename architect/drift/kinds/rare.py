"""What is rare: operators, casts, text search, languages, and the ways to other servers."""

from __future__ import annotations

from architect.drift.change import Change, Verdict
from architect.drift.kinds import generic
from architect.drift.model import Severity
from architect.drift.world import World

#: Kinds that let rows out of the database or into it.
_GATES = frozenset({"foreign_server", "foreign_data_wrapper", "user_mapping", "subscription"})


def judge(change: Change, world: World) -> list[Verdict]:
    """The general words; high where a way to another server, or an untrusted language, is new."""
    verdicts = generic.judge(change, world)
    properties = change.new.get("properties") or {}
    untrusted = change.key.kind == "language" and properties.get("trusted") is False
    if change.after is not None and (change.key.kind in _GATES or untrusted):
        return [verdict.at(Severity.HIGH) for verdict in verdicts]
    return verdicts
