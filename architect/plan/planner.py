"""A spec becomes a plan: with a language model where one is configured, else with the reader."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

from architect.errors import PlannerNotConfigured
from architect.plan.finish import finish
from architect.plan.model import Plan
from architect.plan.reader import read
from architect.plan.templates import template as base_plan
from architect.spec.chunker import chunk
from architect.spec.secrets import masked
from architect.spec.text import read_spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from architect.settings import Settings

Kind = Literal["auto", "reader", "llm"]
#: Takes the name of a step and what there is to say of it: numbers and short words only.
OnStep = Callable[[str, dict[str, Any]], None]
#: Opens a place for checkpoints; called only when a model is asked.
Checkpoints = Callable[[], AbstractContextManager["BaseCheckpointSaver[Any]"]]


class Options(Protocol):
    """What of a build's options matters for its plan."""

    @property
    def enable_analytics(self) -> bool: ...
    @property
    def spec_gate(self) -> bool: ...


def make_plan(
    text: str,
    *,
    template: str = "blank",
    kind: Kind = "auto",
    options: Options | None = None,
    chat_model: BaseChatModel | None = None,
    settings: Settings | None = None,
    on_step: OnStep | None = None,
    checkpoints: Checkpoints | None = None,
    thread: str | None = None,
) -> Plan:
    """The plan for a spec, merged with its template and checked; how it came about is in ``plan.planner``.

    Parameters
    ----------
    kind
        ``llm`` and ``auto`` ask the configured model (``auto`` only when there is one) and fall back to the
        reader when it gives no valid plan.
    chat_model
        Asked instead of the configured model.
    on_step
        Told of each step of the model's planner as it ends, in the thread that plans.
    checkpoints, thread
        Where finished steps are kept and under which name, so that a killed planner resumes there.

    Raises
    ------
    UnknownTemplate, SpecError
        The input cannot be used.
    PlannerNotConfigured
        ``kind`` is ``llm`` and no model is configured.
    """
    base = base_plan(
        template,
        spec_gate=options.spec_gate if options else False,
        analytics=options.enable_analytics if options else False,
    )
    chunks = chunk(masked(read_spec(text)))
    if kind != "reader" and settings is None:
        from architect.settings import Settings

        settings = Settings()
    if settings is None or not (chat_model or _wanted(kind, settings)):
        return finish(base, read(chunks, template=template), chunks)
    from architect.plan import llm

    outcome = llm.plan(
        chunks, base, chat_model or llm.configured(settings), budget=llm.Budget.of(settings), on_step=on_step,
        checkpoints=checkpoints, thread=thread,
    )  # fmt: skip
    if outcome.asked is not None:
        return finish(base, outcome.asked, chunks)
    asked = read(chunks, template=template)
    asked.planner = outcome.record
    return finish(base, asked, chunks)


def _wanted(kind: Kind, settings: Settings) -> bool:
    """Whether a model is configured. Raises PlannerNotConfigured when one must be and is not."""
    if kind == "llm" and not settings.planner_model:
        raise PlannerNotConfigured()
    return bool(settings.planner_model)


__all__ = ["Kind", "finish", "make_plan"]
