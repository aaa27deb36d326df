"""What the platform changes in its own schemas when it is upgraded is no alarm."""

from __future__ import annotations

from dataclasses import replace

from architect.drift.change import Change, Verdict
from architect.drift.model import Severity
from architect.drift.world import PLATFORM_SCHEMAS, World

#: Parts that upgrades add and rewrite. Who may do what is never one of them.
_STRUCTURE = frozenset(
    {"table", "column", "constraint", "index", "sequence", "type", "domain", "function", "statistics"}
)
_KEPT = frozenset({"helper_changed", "function_security", "owner_changed", "table_missing", "column_missing"})


def weighed(change: Change, verdict: Verdict, world: World) -> Verdict:
    """The verdict; information when the platform's own role keeps the object and nobody gains by it."""
    key = change.key
    structural = key.kind in _STRUCTURE and key.schema in PLATFORM_SCHEMAS
    if not structural or verdict.type in _KEPT or verdict.direction is not None or not world.platform(key):
        return verdict
    if key.kind == "function" and key.schema == "auth":  # the four that say who asks are all there are
        return verdict
    if verdict.severity in (Severity.CRITICAL, Severity.INFO):
        return verdict
    reason = f"{verdict.reason} The platform keeps this itself and changes it with its upgrades."
    return replace(verdict, severity=Severity.INFO, reason=reason)
