"""What policies, conditions, bodies and view queries mean, compared without running them."""

from __future__ import annotations

from architect.drift.meaning.algebra import compare_expressions, compare_queries
from architect.drift.meaning.body import names_in_body, same_body, same_query
from architect.drift.meaning.initplan import calls_outside_select
from architect.drift.meaning.policy import compare_policy
from architect.drift.meaning.verdict import Meaning
from architect.drift.meaning.wording import trusts_user_metadata

__all__ = [
    "Meaning",
    "calls_outside_select",
    "compare_expressions",
    "compare_policy",
    "compare_queries",
    "names_in_body",
    "same_body",
    "same_query",
    "trusts_user_metadata",
]
