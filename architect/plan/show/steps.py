"""The steps of a model's planner in words, for the timeline of a build."""

from __future__ import annotations

from typing import Any

from architect.plan.show.fallback import why


def step_words(step: str, detail: dict[str, Any]) -> str:
    """One line for a step of :data:`architect.plan.planner.OnStep`, as it ended."""
    outcome, broken = str(detail["outcome"]), detail["violations"]
    part = f" {detail['piece']} of {detail['pieces']}" if detail["pieces"] > 1 else ""
    said = {
        ("outline", "one_piece"): "The spec fits one prompt",
        ("outline", "answered"): f"Outline of part{part}",
        ("draft", "answered"): f"Draft of part{part}" if part else "Draft of the plan",
        ("check", "passed"): "The draft passes the rules",
        ("check", "rules"): f"The draft breaks {broken} {'rule' if broken == 1 else 'rules'}",
        ("check", "schema"): f"The draft is no plan in {broken} {'place' if broken == 1 else 'places'}",
        ("repair", "answered"): "The draft was corrected",
        ("accept", "accepted"): "The draft is the plan",
    }.get((step, outcome))
    if said is None:
        said = f"The reader takes over: {why(outcome)}" if step == "give_up" else f"No {step}: {why(outcome)}"
    return f"{said} ({detail['tokens']:,} tokens so far)" if detail["tokens"] else said
