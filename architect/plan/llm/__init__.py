"""A language model drafts the plan: ``outline -> draft -> check -> repair (at most twice) -> accept``.

The spec goes in as data and a plan comes out. The model has no tools, sees no secrets, writes no SQL, and
what it returns passes the same rules as the reader's plan, plus one: each item rests on words of the spec
(:mod:`architect.plan.evidence`). Where no draft is good enough, the reader makes the plan.
"""

from __future__ import annotations

import os

from architect.plan.llm.budget import Budget, Clock
from architect.plan.llm.graph import Outcome, plan
from architect.plan.llm.model import chat_model, configured
from architect.plan.llm.schema import Draft

# Read by langgraph when it is imported, which only functions do: its checkpoints must not revive arbitrary
# types (CVE-2026-28277).
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

__all__ = ["Budget", "Clock", "Draft", "Outcome", "chat_model", "configured", "plan"]
