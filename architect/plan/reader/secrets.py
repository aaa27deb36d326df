"""No item of a plan quotes a secret that somebody pasted into a spec, nor the placeholder of one."""

from __future__ import annotations

from functools import cache
from typing import Any

from architect.plan.model import Item, Origin, Plan
from architect.spec.secrets import has_secret


def scrub(plan: Plan) -> Plan:
    """``plan`` without quotes that hold a secret; what only such a quote asks for counts as a convention."""
    told = cache(has_secret)  # many items quote one sentence
    for item in _items(plan):
        kept = [quote for quote in item.because if not told(quote.quote)]
        if len(kept) != len(item.because):
            item.because = kept
            if isinstance(item, Item) and not kept and item.origin is Origin.SPEC:
                item.origin = Origin.CONVENTION
    return plan


def _items(plan: Plan) -> list[Any]:
    found: list[Any] = [*plan.open_questions]
    for table in plan.tables:
        found += [table, *table.columns, *table.foreign_keys, *table.policies, *table.triggers]
    return [*found, *plan.functions, *plan.buckets, *plan.analytics]


__all__ = ["has_secret", "scrub"]
