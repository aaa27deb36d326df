"""How asking a model may end other than with an answer: one word for each way, told by what every provider
shares."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any


class Ending(StrEnum):
    """Why there is no usable answer. The words are stored in plans and stay as they are."""

    REFUSED = "refused"  # the model would not
    TRUNCATED = "truncated"  # the answer, or the question, was longer than the model's limit
    TOO_LARGE = "answer_too_large"  # longer than ours
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"  # no connection, or the server's own failure
    NOT_FOUND = "model_not_found"
    REJECTED = "request_rejected"  # the server takes no such request, in no form that we know
    FAILED = "model_error"
    UNREADABLE = "unreadable"  # not JSON
    OUT_OF_TOKENS = "out_of_tokens"
    OUT_OF_TIME = "out_of_time"
    SPEC_TOO_LONG = "spec_too_long"
    SCHEMA = "schema"  # never became a plan
    RULES = "rules"  # a plan that breaks rules to the end


#: What may be otherwise an hour later: nothing of it is kept for a resumed build.
PASSING = frozenset(
    {
        Ending.TIMEOUT, Ending.UNAUTHORIZED, Ending.RATE_LIMITED, Ending.UNAVAILABLE, Ending.NOT_FOUND,
        Ending.REJECTED, Ending.FAILED, Ending.OUT_OF_TOKENS, Ending.OUT_OF_TIME,
    }
)  # fmt: skip

_BY_STATUS = {
    401: Ending.UNAUTHORIZED, 403: Ending.UNAUTHORIZED, 404: Ending.NOT_FOUND, 408: Ending.TIMEOUT,
    413: Ending.TRUNCATED, 429: Ending.RATE_LIMITED, 504: Ending.TIMEOUT,
}  # fmt: skip


class AnswerTooLarge(Exception):
    """The server sent more than the budget allows; the rest was not read."""


def of_error(error: BaseException) -> Ending:
    """The ending that an exception of a provider's client means."""
    from langchain_core.exceptions import ContextOverflowError

    chain = _chain(error)
    for found in chain:
        name = type(found).__name__
        if isinstance(found, AnswerTooLarge):
            return Ending.TOO_LARGE
        if isinstance(found, ContextOverflowError) or name == "LengthFinishReasonError":
            return Ending.TRUNCATED
        if name in ("ContentFilterFinishReasonError", "OpenAIRefusalError"):
            return Ending.REFUSED
    for found in chain:
        status = _status(found)
        if status is not None:
            return _BY_STATUS.get(status, Ending.UNAVAILABLE if status >= 500 else Ending.REJECTED)
    if any(isinstance(e, TimeoutError) or "timeout" in type(e).__name__.lower() for e in chain):
        return Ending.TIMEOUT
    if any(isinstance(e, OSError) or "connect" in type(e).__name__.lower() for e in chain):
        return Ending.UNAVAILABLE
    return Ending.FAILED


def of_message(message: Any) -> Ending | None:
    """The ending that an answer itself tells of."""
    told = getattr(message, "response_metadata", None) or {}
    ended = str(told.get("finish_reason") or told.get("stop_reason") or told.get("done_reason") or "").lower()
    if ended in ("length", "max_tokens", "model_length"):
        return Ending.TRUNCATED
    refused = (getattr(message, "additional_kwargs", None) or {}).get("refusal")
    refusals = ("refusal", "content_filter", "safety", "prohibited_content", "blocklist")
    return Ending.REFUSED if refused or ended in refusals else None


def retry_after(error: BaseException) -> float | None:
    """Seconds that a server asks to wait, as a number or a date; None when it names none."""
    for found in _chain(error):
        headers = getattr(getattr(found, "response", None), "headers", None)
        value = headers.get("retry-after") if headers is not None else None
        if value is None:
            continue
        try:
            return max(float(value), 0.0)
        except ValueError:
            pass
        try:
            return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
        except (ValueError, TypeError):
            return None
    return None


def tokens_of_error(error: BaseException) -> tuple[int, int]:
    """Tokens that a failed answer was charged for: one cut short is, and the client raises it."""
    used = getattr(getattr(error, "completion", None), "usage", None)
    found = (getattr(used, "prompt_tokens", 0), getattr(used, "completion_tokens", 0))
    return found if all(isinstance(n, int) and n >= 0 for n in found) else (0, 0)


def _status(error: BaseException) -> int | None:
    found = getattr(error, "status_code", None)
    if found is None:
        found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) and found >= 400 else None


def _chain(error: BaseException) -> list[BaseException]:
    """The exception and its causes, the outermost first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found
