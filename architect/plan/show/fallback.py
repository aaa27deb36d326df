"""Why a model's plan was not to be had, in words for a person, with the setting that may help."""

from __future__ import annotations

_WHY = {
    "refused": "the model would not plan this spec",
    "truncated": (
        "its answers were longer than it may give; a smaller ARCHITECT_PLANNER_PROMPT_BYTES sends the spec "
        "in more pieces"
    ),
    "answer_too_large": "its answer was larger than ARCHITECT_PLANNER_ANSWER_BYTES",
    "timeout": "it did not answer in time",
    "unauthorized": "its server refused the key; correct ARCHITECT_PLANNER_API_KEY",
    "rate_limited": "its server has had too many requests; try again later",
    "unavailable": "its server did not answer; check ARCHITECT_PLANNER_BASE_URL, or try again later",
    "model_not_found": (
        "its server knows no such model; correct ARCHITECT_PLANNER_MODEL or ARCHITECT_PLANNER_BASE_URL"
    ),
    "request_rejected": "its server takes no such request; check ARCHITECT_PLANNER_BASE_URL",
    "model_error": "its server answered with something else; check ARCHITECT_PLANNER_BASE_URL",
    "unreadable": "its answer was not JSON",
    "out_of_tokens": "the plan would take more than ARCHITECT_PLANNER_TOKENS",
    "out_of_time": "the plan took more than ARCHITECT_PLANNER_SECONDS",
    "spec_too_long": "the spec would take more than ARCHITECT_PLANNER_TOKENS",
    "schema": "its drafts were no plans",
    "rules": "its drafts break rules of a plan",
}


def why(reason: str | None) -> str:
    """A stored ``fallback_reason`` in words; reasons of older versions stay as they are."""
    return _WHY.get(reason or "", (reason or "unknown").replace("_", " "))
