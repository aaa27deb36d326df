"""No item of a plan repeats a secret that somebody pasted into a spec."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel

from architect.plan.model import Item, OpenQuestion, Origin, Plan, Quote
from architect.redaction import redact_text

M = TypeVar("M", bound=BaseModel)

#: What spec authors paste and the shapes of :mod:`architect.redaction` do not know.
_PASTED = re.compile(
    r"(?i)\b(?:password|passwd|pwd|secret|token|api[ _-]?key|access[ _-]?key|private[ _-]?key)\b\s*(?:is|="
    r"|:)\s*[\"'`]?(?=\S*[\d!@#$%^&*_-])\S{6,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bsb_publishable_[A-Za-z0-9_-]{8,}"
    r"|\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{32,}={0,2}|\b[0-9a-f]{32,}\b"
)


def has_secret(text: str) -> bool:
    """Whether ``text`` holds something that looks like a secret or is known as one."""
    return redact_text(text) != text or _PASTED.search(text) is not None


def scrub(plan: Plan, *, found: bool = False) -> Plan:
    """``plan`` without quotes that hold a secret; what only such a quote asks for counts as a convention.

    ``found``: a secret was passed over before; the user is told either way.
    """
    for item in _items(plan):
        kept = [quote for quote in item.because if not has_secret(quote.quote)]
        if len(kept) != len(item.because):
            found = True
            item.because = kept
            if isinstance(item, Item) and not kept and item.origin is Origin.SPEC:
                item.origin = Origin.CONVENTION
    if found:
        text = (
            "The spec holds what looks like a secret; it was not quoted. Take it out of the spec and "
            "replace it."
        )
        plan.open_questions.append(OpenQuestion(question=text))
    return plan


def _items(plan: Plan) -> list[Any]:
    found: list[Any] = [*plan.open_questions]
    for table in plan.tables:
        found += [table, *table.columns, *table.foreign_keys, *table.policies, *table.triggers]
    return [*found, *plan.functions, *plan.buckets, *plan.analytics]


__all__ = ["Quote", "has_secret", "scrub"]
