"""The rows of a session as values, and their shape on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from architect.errors import InputError
from architect.sessions.approval import Approval

#: The tenant of a machine of one's own; seeds/001_local_tenant.sql creates it.
LOCAL_TENANT = "00000000-0000-4000-8000-000000000001"

Kind = Literal["build", "lake"]
NodeStatus = Literal["running", "completed", "failed", "skipped", "crashed", "canceled"]


class BuildOptions(BaseModel):
    """What the person chose besides the spec. Takes and gives camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    enable_analytics: bool = True
    enable_drift_sentinel: bool = True
    #: How often the sentinel looks at the environment; it never looks more often than sweeps run.
    drift_every_minutes: int = Field(default=5, ge=5, le=1440)
    environment_mode: Literal["branch", "project"] = "branch"
    spec_gate: bool = False
    #: Leave the environment of a build that failed, for a look or for ``retry`` to resume in.
    keep_on_failure: bool = False
    #: Ask for agreement to the plan before anything is made of it.
    require_approval: bool = False

    @classmethod
    def read(cls, value: dict[str, Any]) -> BuildOptions:
        """Options from the outside. Raises ``InputError`` that names the option."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise InputError(f"The option {name!r} is wrong: {first['msg']}.") from None


class Row(BaseModel):
    """A row of the control plane; ids are text, columns that a model does not name are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=False)

    @field_validator("id", "session_id", "tenant_id", "owner_id", mode="before", check_fields=False)
    @classmethod
    def _text(cls, value: Any) -> Any:
        return value if value is None else str(value)


class Session(Row):
    """One row of ``build_sessions``."""

    id: str
    tenant_id: str
    owner_id: str | None
    kind: Kind
    status: str
    #: "" for a lake session.
    template: str
    #: The spec, without the secrets that may have stood in it.
    spec_text: str = Field(alias="vibe_text")
    file_keys: list[str]
    options: BuildOptions
    plan: dict[str, Any] | None
    environment: dict[str, Any] | None
    outputs: dict[str, Any]
    #: JSON text of the error, see :meth:`error_dict`.
    error: str | None
    attempt: int
    generation: int
    #: Whether a removal of what the session made was begun and not finished.
    clean_up_due: bool
    last_seq: int
    last_cursor: dict[str, Any] | None
    #: What was asked and decided about the plan; ``None`` when nothing was asked.
    approval: Approval | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @field_validator("spec_text", "template", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return "" if value is None else value

    @property
    def finished(self) -> bool:
        """Whether the session has ended, well or not."""
        return self.status in ("succeeded", "failed", "canceled", "completed")

    @property
    def parked(self) -> bool:
        """Whether its run stepped aside for a decision on the plan and no other has taken it up since."""
        asked = self.approval
        return self.status == "running" and asked is not None and asked.attempt == self.attempt

    @property
    def waiting(self) -> bool:
        """Whether somebody has to decide on the plan before the build can go on."""
        return self.status == "running" and self.approval is not None and self.approval.state == "waiting"

    def error_dict(self) -> dict[str, Any] | None:
        """``{"code", "message", "hint", "details"}`` of the failure."""
        if self.error is None:
            return None
        try:
            value = json.loads(self.error)
        except ValueError:
            value = None
        return value if isinstance(value, dict) else {"message": self.error}

    def api_dict(self) -> dict[str, Any]:
        """What ``GET /sessions/{id}`` returns; ``error`` and ``approval`` only when there is one."""
        shown: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "template": self.template or None,
            "vibeText": self.spec_text,
            "options": self.options.model_dump(by_alias=True),
            "environment": self.environment,
            "outputs": self.outputs,
        }
        if self.approval is not None and (self.waiting or self.approval.state != "waiting"):
            shown["approval"] = self.approval.api_dict()
        error = self.error_dict()
        return shown if error is None else {**shown, "error": error}


class Node(Row):
    """One row of ``build_nodes``: what a node did for one generation of the environment."""

    session_id: str
    node: str
    generation: int
    plan_hash: str
    status: NodeStatus
    #: How many times it was started.
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None


class ToolCall(Row):
    """One row of ``build_tool_calls``; ``ok`` is ``None`` while the call runs."""

    n: int
    server: str
    tool: str
    arguments: dict[str, Any]
    started_at: datetime
    ms: float | None
    ok: bool | None
    result_digest: str | None
    error: str | None
    #: Whether the arguments are all that was sent, secrets behind placeholders aside.
    replayable: bool
    #: See :mod:`architect.provision.comparable`; ``None`` when the result cannot be compared.
    result_rule: str | None

    def api_dict(self) -> dict[str, Any]:
        """The call as it stands in ``payload.tool_calls[]`` of an event."""
        told = self.model_dump(exclude={"replayable", "result_rule"})
        return {**told, "started_at": wire_time(self.started_at)}


class Resource(Row):
    """One row of ``environment_resources``: something made outside of the control plane."""

    session_id: str
    generation: int
    kind: str
    ref: str
    metadata: dict[str, Any]
    created_at: datetime
    removed_at: datetime | None


def wire_time(value: datetime) -> str:
    """``2026-11-21T09:00:00.000000Z``, as the database's own broadcast writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
