"""The graph: ``outline -> draft -> check -> repair (at most twice) -> accept``, each step kept when it ends.

A spec that fits one prompt is one piece: its draft lists the things first, so the outline asks nothing. A
longer one is outlined piece by piece, then drafted piece by piece, and checked once as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from architect.plan.llm import outcome, pieces, prompt
from architect.plan.llm.ask import Asker
from architect.plan.llm.budget import Budget, Clock, Deadline, estimate
from architect.plan.llm.model import name_of
from architect.plan.llm.outcome import Ending
from architect.plan.llm.rest import rested
from architect.plan.llm.schema import Draft
from architect.plan.llm.steps import State, Steps
from architect.plan.model import Plan, PlannerRecord
from architect.spec.chunk import Chunk

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

OnStep = Callable[[str, dict[str, Any]], None]

#: Steps that one plan may need by the number of its pieces: outline and draft of each, in halves, repairs.
_STEPS_PER_PIECE, _STEPS = 6, 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """The accepted plan, or None with the reason in ``record.fallback_reason``."""

    asked: Plan | None
    record: PlannerRecord


def plan(
    chunks: Sequence[Chunk],
    base: Plan,
    model: BaseChatModel,
    *,
    budget: Budget | None = None,
    on_step: OnStep | None = None,
    checkpoints: Callable[[], Any] | None = None,
    thread: str | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Ask the model for a draft until it passes the rules, within the budget.

    With ``checkpoints`` and ``thread`` a plan that was begun under that name goes on where it stopped.
    """
    budget = budget or Budget()
    cut = pieces.cut(chunks, budget.prompt_bytes)
    whole = prompt.draft_prompt(chunks, base)
    digest = prompt.digest(whole, name_of(model))
    size = sum(len(text.encode("utf-8", "replace")) for _, text in whole)
    if estimate(size) * (2 if len(cut) > 1 else 1) > budget.tokens:  # each piece goes out twice
        record = PlannerRecord(
            kind="reader", model=name_of(model), attempts=0, pieces=len(cut), prompt_hash=digest,
            fallback_reason=Ending.SPEC_TOO_LONG,
        )  # fmt: skip
        return Outcome(None, record)
    asker = Asker(model, budget, Deadline(budget.seconds, clock or Clock()))
    steps = Steps(asker, chunks, base, budget, on_step)
    keep = checkpoints is not None and thread is not None
    with checkpoints() if keep and checkpoints else nullcontext() as saver:
        end = _run(steps, cut, saver, f"{thread}:{digest}")
    return _outcome(end, name_of(model), digest, budget, base, chunks)


def _run(steps: Steps, cut: list[list[int]], saver: Any, thread: str) -> State:
    """The state in the end; begun anew only when nothing of this thread is kept."""
    graph = _graph(steps).compile(checkpointer=saver)
    config: dict[str, Any] = {"recursion_limit": _STEPS_PER_PIECE * max(len(cut), 1) + _STEPS}
    if saver is None:
        return graph.invoke(steps.start(cut), config)
    config["configurable"] = {"thread_id": thread}
    begun = graph.get_state(config).values
    end: State = graph.invoke(None if begun else steps.start(cut), config, durability="sync")
    if end["reason"] in outcome.PASSING:
        saver.delete_thread(thread)
    return end


def _graph(steps: Steps) -> Any:
    from langchain_core.runnables import RunnableLambda
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    for name in ("outline", "draft", "check", "repair", "accept", "give_up"):
        graph.add_node(name, RunnableLambda(steps.told(name)))
    graph.add_edge(START, "outline")
    graph.add_conditional_edges("outline", steps.after_outline, ["outline", "draft", "give_up"])
    graph.add_conditional_edges("draft", steps.after_draft, ["draft", "check", "give_up"])
    graph.add_conditional_edges("check", steps.after_check, ["repair", "accept", "give_up"])
    graph.add_conditional_edges("repair", steps.after_repair, ["check", "give_up"])
    graph.add_edge("accept", END)
    graph.add_edge("give_up", END)
    return graph


def _outcome(
    end: State, name: str, digest: str, budget: Budget, base: Plan, chunks: Sequence[Chunk]
) -> Outcome:
    record = PlannerRecord(
        kind="reader" if end["reason"] else "llm",
        model=name,
        attempts=end["attempts"],
        pieces=len(end["pieces"]),
        violations=end["violations"] or end["before"],
        fallback_reason=end["reason"] or None,
        prompt_hash=digest,
        usage=budget.price(end["tokens_in"], end["tokens_out"], all_counted=not end["uncounted"]),
    )
    if end["reason"]:
        return Outcome(None, record)
    asked = rested(Draft.model_validate(json.loads(end["draft"])), base, chunks)
    record.dropped = asked.planner.dropped
    asked.planner = record
    return Outcome(asked, record)
