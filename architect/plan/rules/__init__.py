"""Semantic rules of a plan: what its types alone cannot promise.

A plan that passes renders to SQL that applies, gives every table an access decision, and cites the spec only
where the spec says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from architect.errors import PlanInvalid
from architect.plan.model import Plan
from architect.plan.rules import access, columns, keys, limits, naming, provenance, triggers
from architect.plan.rules.violation import Violation
from architect.spec.chunk import Chunk

__all__ = ["Violation", "check", "ensure"]

_RULES = (naming.broken, columns.broken, keys.broken, access.broken, triggers.broken)


def check(plan: Plan, chunks: Sequence[Chunk] | None = None) -> list[Violation]:
    """Every broken rule, in the order of the plan; of a plan that is too large only that.

    Quotes are verified only when ``chunks`` are given.
    """
    if found := list(limits.broken(plan)):
        return found
    found = [violation for rule in _RULES for violation in rule(plan)]
    found += provenance.broken(plan, chunks)
    return list(dict.fromkeys(found))


def ensure(plan: Plan, chunks: Sequence[Chunk] | None = None) -> None:
    """Raises :class:`architect.errors.PlanInvalid` listing every broken rule in ``details['violations']``."""
    found = check(plan, chunks)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise PlanInvalid(
            f"The plan breaks a rule: {found[0]}{more}",
            hint="Each violation names its place in the plan and what to do.",
            violations=[v.to_dict() for v in found],
        )
