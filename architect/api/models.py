"""The shapes of answers, as the OpenAPI document tells them. Answers are checked against it by the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
Role = Literal["owner", "admin", "member", "viewer"]
SESSION_ID = "7f9c0c5e-2f5e-4c39-9b5a-0d3f6f0c1a11"
TIME = "2026-11-21T09:00:00.000000Z"


class Answer(BaseModel):
    """A JSON object of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Failure(Answer):
    """What went wrong, and the way out."""

    code: str = Field(description="Stable; what a program goes by.", examples=["not_found"])
    message: str = Field(description="What is wrong, for people.", examples=["There is no such session."])
    hint: str | None = Field(
        description="What to do about it.", examples=["GET /sessions lists those you may see."]
    )
    details: dict[str, Any] = Field(description="More about it, by code.")


class ErrorBody(Answer):
    """The one shape of every error."""

    error: Failure


class NoticeOfSecret(Answer):
    """A secret that stood in the spec: never the value, which was masked before anything else."""

    kind: str = Field(examples=["secret-key"])
    line: int = Field(ge=1, description="Line of the spec.")
    message: str


class SessionCreated(Answer):
    """A session that was begun."""

    session_id: UUID = Field(examples=[SESSION_ID])
    notices: list[NoticeOfSecret] = Field(description="What the person who wrote the spec has to know of it.")


class SessionSummary(Answer):
    """One line of the list."""

    id: UUID = Field(examples=[SESSION_ID])
    status: Status
    template: str | None = Field(examples=["marketplace"])
    title: str = Field(description="First line of the spec.", examples=["Flea market"])
    created_at: datetime = Field(examples=[TIME])
    started_at: datetime | None
    finished_at: datetime | None
    url: str | None = Field(description="URL of the environment, once there is one.")
    approval: Literal["waiting", "approved"] | None = Field(
        description="While it runs, and was asked to wait for approval: whether it does."
    )


class SessionPage(Answer):
    """Sessions, the newest first."""

    sessions: list[SessionSummary]
    next: UUID | None = Field(description="What to give as `before` for the next page; null on the last.")


class Approval(Answer):
    """What was asked about the plan, and what was decided."""

    state: Literal["waiting", "approved", "rejected"]
    plan_hash: str = Field(description="Names the plan; a decision is made on it.", examples=["0" * 64])
    requested_at: datetime = Field(examples=[TIME])
    decided_at: datetime | None = Field(default=None, description="Absent while it waits.")
    via: str | None = Field(default=None, examples=["api"], description="Where it was decided.")
    by: UUID | None = Field(default=None, description="The member who decided through the API.")
    operator: str | None = Field(default=None, description="Who decided elsewhere.")
    note: str | None = None


class SessionDetail(Answer):
    """A session and what came out of it."""

    id: UUID = Field(examples=[SESSION_ID])
    tenant_id: UUID
    status: Status
    template: str | None = Field(examples=["marketplace"])
    vibe_text: str = Field(description="The spec, secrets masked.")
    options: dict[str, Any]
    environment: dict[str, Any] | None = Field(description="Ref, URL and publishable key of what was made.")
    outputs: dict[str, Any] = Field(description="Fingerprint, access matrix, proofs, analytics result.")
    approval: Approval | None = Field(
        default=None, description="Only of builds with `requireApproval`: the plan waits, or was decided on."
    )
    error: dict[str, Any] | None = Field(default=None, description="Why it failed; absent when it did not.")
    created_at: datetime = Field(examples=[TIME])
    started_at: datetime | None
    finished_at: datetime | None
    last_seq: int = Field(description="`seq` of the newest event.")
    cursor: dict[str, Any] | None = Field(description="Where the architect's cursor stood last.")


class BuildEvent(Answer):
    """One event of a build; the broadcast on `build:{sessionId}` carries the same."""

    id: UUID
    session_id: UUID = Field(examples=[SESSION_ID])
    seq: int = Field(ge=1, description="Counts from 1 without a gap.")
    ts: datetime = Field(examples=[TIME])
    type: str = Field(examples=["table_created"])
    message: str = Field(examples=["Table orders created, locked"])
    payload: dict[str, Any]


class ToolCallRow(Answer):
    """One call of an MCP tool, redacted."""

    n: int = Field(ge=1)
    server: str = Field(examples=["supabase"])
    tool: str = Field(examples=["apply_migration"])
    arguments: dict[str, Any]
    started_at: datetime
    ms: float | None = Field(description="Null while it runs.")
    ok: bool | None
    result_digest: str | None
    error: str | None
    event_seq: int | None = Field(description="The event that tells of it.")


class ToolCallPage(Answer):
    """Tool calls in the order in which they were made."""

    tool_calls: list[ToolCallRow]
    next: int | None = Field(description="What to give as `after` for the next page; null on the last.")


class FlowRun(Answer):
    """The newest run of a session in the engine."""

    id: UUID
    name: str
    state: str = Field(examples=["Running"])
    url: str | None = Field(description="Its page in the Prefect UI.")


class AnalyticsAnswer(BaseModel):
    """Rows and where they come from."""

    session_id: UUID
    query: str
    parameters: dict[str, Any]
    columns: list[str]
    rows: list[dict[str, Any]]
    provenance: dict[str, Any]


class Tenant(Answer):
    """A tenant the caller is a member of."""

    id: UUID
    name: str
    role: Role


class Me(Answer):
    """Who is asking."""

    id: UUID
    email: str | None
    tenants: list[Tenant]


class Example(Answer):
    """A spec to start from."""

    name: str
    title: str
    template: str
    text: str


class PageConfig(Answer):
    """What the page needs to sign in and to listen. Nothing of it is secret."""

    supabase_url: str
    publishable_key: str
    prefect_ui_url: str | None


class Health(Answer):
    """Whether the process lives."""

    status: Literal["ok"]


class Readiness(Answer):
    """Whether requests can be answered; the engine may be away without a build being lost."""

    status: Literal["ready", "unready"]
    checks: dict[str, str] = Field(examples=[{"database": "ok", "signIn": "ok", "engine": "ok"}])


class Plan(BaseModel):
    """The plan: tables, policies, functions, open questions. Its own keys are snake_case."""

    model_config = ConfigDict(extra="allow")


class Question(Answer):
    """What the spec asks and the plan cannot say."""

    question: str
    quotes: list[str] = Field(description="The words of the spec that it is about.")
    choices: list[str] = Field(description="Sentences each of which would answer it.")


class Preview(Answer):
    """What a spec would become. Nothing was made and nothing is kept."""

    plan: Plan
    plan_hash: str
    questions: list[Question] = Field(description="The plan's open questions, each once.")
    notices: list[NoticeOfSecret]


class AccessMatrix(BaseModel):
    """Who can really do what: `identities`, and by table, operation and identity what the database allows."""

    model_config = ConfigDict(extra="allow")
