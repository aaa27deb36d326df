"""What a caller may ask for: the bodies of requests, and their rules that a schema cannot say."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from architect.errors import SpecError
from architect.plan.answers import Answer, answered
from architect.sessions.approval import MAX_NOTE
from architect.sessions.model import BuildOptions
from architect.spec.secrets import masked
from architect.spec.text import MAX_BYTES, read_spec

TemplateName = Literal["marketplace", "saas", "blank"]
STORABLE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202d\u202e]*$"
EXAMPLE: dict[str, Any] = {
    "vibeText": "# Library\nEach book has a title and an author. Anyone can browse books.\n"
    "A member borrows a book and sees only their own loans.\n",
    "template": "blank",
    "options": {"enableAnalytics": False, "environmentMode": "branch"},
}


class Body(BaseModel):
    """A request body: camelCase, and nothing besides what is declared."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class Options(BuildOptions):
    """What the person chose besides the spec."""

    model_config = ConfigDict(strict=True, populate_by_name=False)


class Said(Body):
    """The answer to an open question of the plan."""

    question: str = Field(
        min_length=1, max_length=1000, pattern=STORABLE, description="As the plan asks it.",
        examples=["Who may read invoices?"],
    )  # fmt: skip
    answer: str = Field(
        min_length=1, max_length=2000, pattern=STORABLE,
        description="A sentence in the words of a spec, such as one of the question's choices.",
        examples=["Only the owner of an invoice can read it."],
    )  # fmt: skip


class Wanted(Body):
    """A spec, and what is chosen and said besides it."""

    vibe_text: str = Field(
        min_length=1,
        max_length=MAX_BYTES,
        description="The spec, Markdown or plain text: at most 1,000,000 bytes of UTF-8, lines of at most "
        "20,000 characters, no control characters. Secrets in it are masked before it is stored.",
        # For readers of the document; the check itself says better which character it is, and in which line.
        json_schema_extra={"pattern": STORABLE},
    )
    template: TemplateName = Field(description="What the plan starts from.")
    options: Options = Field(default_factory=Options)
    answers: list[Said] = Field(
        default=[], max_length=200, description="Answers to open questions; they become part of the spec."
    )

    def spec(self) -> str:
        """The text as it is stored, answers in it. Raises :class:`SpecError` that names the field."""
        try:
            said = (Answer(one.question, one.answer) for one in self.answers)
            return masked(read_spec(answered(read_spec(self.vibe_text), said)))
        except SpecError as error:
            raise SpecError(error.message, hint=error.hint, **error.details, field="vibeText") from None


class PlanRequest(Wanted):
    """A spec to plan, and to build nothing of."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class NewSession(Wanted):
    """A build to begin."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    tenant_id: UUID | None = Field(
        default=None,
        description="Whose build it is; needed when the caller may begin builds in more than one tenant.",
    )

    def digest(self) -> str:
        """SHA-256 of all that was asked for: tells whether two requests are the same."""
        asked: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


class Decision(Body):
    """What somebody decides about the plan of a build that waits for approval."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"planHash": "0" * 64, "note": "Invoices come later."}]}
    )

    plan_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="`approval.planHash` of the session, as it was when the plan was looked at.",
    )
    note: str = Field(
        default="",
        max_length=MAX_NOTE,
        pattern=STORABLE,
        description="Kept with the decision; secrets in it are masked.",
    )


class Wish(Body):
    """What somebody wants done about drift."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"alerts": None, "note": "Agreed in the review."}]}
    )

    alerts: list[UUID] | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="Ids of open alerts; null for every one that it can be done to.",
    )
    note: str = Field(
        default="",
        max_length=MAX_NOTE,
        pattern=STORABLE,
        description="Kept with the request; secrets in it are masked.",
    )


class AnalyticsParameters(Body):
    """What the named queries take."""

    month: int | None = Field(default=None, ge=1, le=12, strict=True, description="Only this month.")
    limit: int | None = Field(
        default=None, ge=1, le=100, strict=True, description="How many rows of a ranking."
    )


class AnalyticsQuery(Body):
    """A named query of the attached dataset."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "delays_by_carrier", "parameters": {"month": 2}}]}
    )

    name: Literal["busiest_routes", "delays_by_carrier", "flights_per_day"] = "busiest_routes"
    parameters: AnalyticsParameters = Field(default_factory=AnalyticsParameters)

    def given(self) -> dict[str, int]:
        """The parameters that were given."""
        return {name: value for name, value in self.parameters.model_dump().items() if value is not None}
