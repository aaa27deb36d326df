"""Owners: who owns an object is above its policies and grants."""

from __future__ import annotations

from architect.drift.change import Change, Verdict
from architect.drift.kinds.generic import named, words
from architect.drift.model import Severity
from architect.drift.world import World, crowd


def owner(change: Change, world: World) -> Verdict:
    """A new owner: critical where requests come as that role, else high for tables and definer functions."""
    before, after = str(change.old["owner"]), str(change.new["owner"])
    noun = words(change.key.kind)
    reaches = world.reach(after)
    if reaches:
        severity = Severity.CRITICAL
        why = f"{crowd(reaches)} can now do anything with it and change or drop it"
    elif change.key.kind == "function" and change.new.get("definer"):
        severity = Severity.CRITICAL if _gains(world, before, after) else Severity.HIGH
        why = f"it is SECURITY DEFINER and now runs with the rights of {after}"
    elif change.key.kind == "view" and _gains(world, before, after):
        severity, why = Severity.HIGH, f"it now reads with the rights of {after}"
    else:
        severity = Severity.HIGH if change.key.kind == "table" else Severity.MEDIUM
        why = (
            f"{after} stands above its policies and grants"
            if change.key.kind == "table"
            else "it may be replaced by another role"
        )
    return Verdict(
        "owner_changed",
        severity,
        f"{noun} {named(change)} belongs to {after} now, not to {before}: {why}.",
        f"owner {before}",
        f"owner {after}",
        "weaker" if reaches else None,
    )


def _gains(world: World, before: str, after: str) -> bool:
    return world.now.above_rls(after) and not world.was.above_rls(before)
