"""One error root and one JSON error shape for the CLI, the HTTP API and the flows.

A subclass fixes a stable ``code`` and, where it can, a ``hint`` that says what to do next. Messages are
redacted when the error is made, so that no exception can carry a secret into a log or an event, and rid of
characters that could not be stored or shown there.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from architect.redaction import redact, redact_text

#: What no database stores and what a terminal would obey. Messages quote other people's texts.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class ArchitectError(Exception):
    """Something went wrong in Vibe Architect."""

    code: ClassVar[str] = "internal_error"
    #: What the process should exit with when this error ends a command.
    exit_code: ClassVar[int] = 1
    #: HTTP status when this error ends a request.
    status: ClassVar[int] = 500
    default_hint: ClassVar[str | None] = None

    def __init__(self, message: str | None = None, *, hint: str | None = None, **details: Any) -> None:
        self.message = _shown(redact_text(message or (self.__doc__ or "").strip().splitlines()[0]))
        self.hint = _shown(redact_text(hint)) if hint else self.default_hint
        self.details: dict[str, Any] = _shown(redact(details))
        super().__init__(self.message)

    def to_dict(self) -> dict[str, Any]:
        """The one JSON error shape: ``{"error": {"code", "message", "hint", "details"}}``."""
        return {
            "error": {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details}
        }


def _shown(value: Any) -> Any:
    """``value`` with U+FFFD for what cannot be stored or shown."""
    if isinstance(value, str):
        return _UNSHOWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_shown(key): _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


class InputError(ArchitectError):
    """The input breaks a rule."""

    code = "invalid_input"
    exit_code = 2
    status = 422


class SpecError(InputError):
    """The spec cannot be read."""

    code = "invalid_spec"


class PlanInvalid(InputError):
    """The plan breaks semantic rules; ``details['violations']`` lists them."""

    code = "invalid_plan"


class PlanChanged(InputError):
    """The plan is not the one that the decision was made on."""

    code = "plan_changed"
    status = 409
    default_hint = "Look at the plan as it is now, and decide on that one."


class UnknownTemplate(InputError):
    """There is no such template."""

    code = "unknown_template"
    default_hint = "Choose one of: marketplace, saas, blank."


class NotFound(ArchitectError):
    """There is no such thing."""

    code = "not_found"
    exit_code = 2
    status = 404


class Conflict(ArchitectError):
    """Somebody else holds it."""

    code = "conflict"
    status = 409


class PlatformError(ArchitectError):
    """The embedded platform cannot do this."""

    code = "platform_error"
    default_hint = "Run `architect doctor` to see what is wrong."


class PlatformNotRunning(PlatformError):
    """The embedded platform is not running."""

    code = "platform_not_running"
    default_hint = "Start it with `architect up`."


class ProvisionError(ArchitectError):
    """The environment could not be changed."""

    code = "provision_failed"


class CostRefused(InputError):
    """What was asked for costs more than the operator allows."""

    code = "cost_refused"


class ToolCallFailed(ProvisionError):
    """An MCP tool call failed."""

    code = "tool_call_failed"


class LedgerMismatch(InputError):
    """A project's migration ledger does not make what the project is."""

    code = "ledger_mismatch"
    default_hint = (
        "Record what was made by hand as a migration of the base project (or undo it there), and take out of "
        "the ledger what was never applied; then build again. `--mode project` goes without the base project."
    )


class NotReplayable(InputError):
    """The session's tool calls cannot be run again."""

    code = "not_replayable"


class BundleUnreadable(InputError):
    """The file is no audit bundle."""

    code = "bundle_unreadable"


class BaselineInvalid(InputError):
    """The file is no baseline to hold a database against."""

    code = "baseline_invalid"
    default_hint = "Record a new one with `architect drift baseline`, once the database is as it should be."


class CatalogUnreadable(ArchitectError):
    """The database's catalog cannot be read, so nothing can be said about drift."""

    code = "catalog_unreadable"
    exit_code = 2
    default_hint = (
        "See that the server answers and that the role may read the catalog; a database counts as unguarded "
        "until a check has come through."
    )


class NotReady(ProvisionError):
    """The environment did not become usable in time."""

    code = "environment_not_ready"


class AccessMismatch(ArchitectError):
    """The live access matrix differs from what the plan promises."""

    code = "access_mismatch"
    default_hint = "The named cells are wider or narrower than the plan's policies; nothing was handed out."


class Superseded(Conflict):
    """Another run of this session has taken over."""

    code = "superseded"


class PlanRejected(Conflict):
    """The plan was rejected; nothing was built."""

    code = "plan_rejected"
    default_hint = "Change the spec and build it anew; a retry asks about the same plan again."


class MigrationError(ArchitectError):
    """A control-plane migration could not be applied; nothing of that file was kept."""

    code = "migration_failed"


class EmbedderError(ArchitectError):
    """The text could not be turned into vectors."""

    code = "embedder_failed"


class MixedEmbeddings(InputError):
    """Vectors of different models cannot be compared."""

    code = "mixed_embeddings"
    default_hint = "Embed the session's chunks again with one model; equal dimensions are not the same space."


class AnalyticsError(ArchitectError):
    """The analytics dataset cannot be attached or queried."""

    code = "analytics_failed"


class PlannerNotConfigured(InputError):
    """No language model is configured for planning."""

    code = "planner_not_configured"
    default_hint = (
        "Set ARCHITECT_PLANNER_MODEL (such as openai:gpt-5-mini), ARCHITECT_PLANNER_API_KEY and, for other "
        "servers, ARCHITECT_PLANNER_BASE_URL; or plan with --planner reader."
    )


class Unavailable(ArchitectError):
    """A part that is needed does not answer."""

    code = "unavailable"
    status = 503
    default_hint = "Try again in a moment; the operator finds out more with `architect doctor`."


class EngineUnavailable(Unavailable):
    """The Prefect server does not answer."""

    code = "engine_unavailable"
