"""The agreement that a build waits for before anything is made of its plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Verdict = Literal["approved", "rejected"]
#: Characters of what a person adds to a decision.
MAX_NOTE = 1000


class Approval(BaseModel):
    """What was asked about one plan, and what was decided."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    #: Names this question: what is answered elsewhere is an answer to another one.
    id: str
    state: Literal["waiting", "approved", "rejected"]
    #: Digest of the plan that was asked about.
    plan_hash: str
    #: The run that put the question and stepped aside.
    attempt: int
    requested_at: datetime
    decided_at: datetime | None = None
    #: ``api``, ``cli``, ``prefect`` or ``upkeep``.
    via: str | None = None
    #: The member who decided through the API ...
    by: str | None = None
    #: ... or how the machine calls whoever did elsewhere.
    operator: str | None = None
    note: str | None = None

    def api_dict(self) -> dict[str, Any]:
        """``approval`` of a session on the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude={"id", "attempt"}, exclude_none=True)
