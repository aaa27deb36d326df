"""Signs in names that make a change worse: columns that hold what people keep to themselves."""

from __future__ import annotations

import re

#: Whole words of a column's name.
_PERSONAL = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|ssn|social_security|passport|iban|card|cvv|credit|salary|birth|dob|"
    r"birthday|phone|mobile|email|address|tax|medical|diagnosis|api_key|private_key|encrypted)(_|\d|$)",
    re.IGNORECASE,
)


def personal(column: str) -> bool:
    """Whether a column looks as if it held personal data or secrets: ``card_last4``, ``date_of_birth``."""
    return _PERSONAL.search(column) is not None
