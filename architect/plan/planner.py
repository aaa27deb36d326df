"""A spec becomes a plan: with a language model where one is configured, else with the reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from architect.errors import PlannerNotConfigured
from architect.plan import rules
from architect.plan.appointment import forbid_self_appointment
from architect.plan.merge import merge
from architect.plan.model import Command, OpenQuestion, Origin, Plan, ServiceOnly
from architect.plan.names import fit
from architect.plan.reader import explain, read
from architect.plan.templates import template as base_plan
from architect.spec.chunk import Chunk
from architect.spec.chunker import chunk
from architect.spec.text import read_spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from architect.settings import Settings

Kind = Literal["auto", "reader", "llm"]

_PLACE = re.compile(
    r"tables\[(\d+)\](?:\.(columns|foreign_keys|policies|triggers|uniques|indexes)\[(\d+)\])?(?:\.(\w+))?"
)


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
) -> Plan:
    """The plan for a spec, merged with its template and checked; how it came about is in ``plan.planner``.

    Parameters
    ----------
    kind
        ``llm`` and ``auto`` ask the configured model (``auto`` only when there is one) and fall back to the
        reader when it gives no valid plan.
    chat_model
        Asked instead of the configured model.

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
    chunks = chunk(read_spec(text))
    model = None if kind == "reader" else chat_model or _configured(kind, settings)
    if model is None:
        return finish(base, read(chunks, template=template), chunks)
    from architect.plan import llm

    outcome = llm.plan(chunks, base, model)
    if outcome.asked is not None:
        return finish(base, outcome.asked, chunks)
    asked = read(chunks, template=template)
    asked.planner = outcome.record
    return finish(base, asked, chunks)


def _configured(kind: Kind, settings: Settings | None) -> BaseChatModel | None:
    if settings is None:
        from architect.settings import Settings

        settings = Settings()
    if not settings.planner_model:
        if kind == "llm":
            raise PlannerNotConfigured()
        return None
    from architect.plan import llm

    key = settings.planner_api_key.get_secret_value() if settings.planner_api_key else None
    return llm.chat_model(settings.planner_model, api_key=key, base_url=settings.planner_base_url)


def finish(base: Plan, asked: Plan, chunks: Sequence[Chunk]) -> Plan:
    """``asked`` on top of ``base``. What breaks a rule is taken out and asked about, never opened wider."""
    plan = merge(base, asked)
    forbid_self_appointment(plan)
    _close_empty(plan)
    for _ in range(200):
        broken = rules.check(plan, chunks)
        if not broken or not _take_out(plan, broken[0]):
            break
    explain(plan, chunks)
    rules.ensure(plan, chunks)
    return plan


def _close_empty(plan: Plan) -> None:
    """A table without a policy is for the service only."""
    for table in plan.tables:
        if not table.policies:
            name = fit(f"{table.name}_service_only")
            table.policies = [ServiceOnly(name=name, origin=Origin.CONVENTION, commands=list(Command))]


def _take_out(plan: Plan, violation: rules.Violation) -> bool:
    """Remove the smallest item that breaks the rule; whether one was found."""
    place = _PLACE.match(violation.path)
    if place is None or int(place[1]) >= len(plan.tables):
        return False
    table = plan.tables[int(place[1])]
    part, number, inner = place[2], int(place[3] or 0), place[4]
    what = table.name
    if part in ("policies", "foreign_keys", "triggers", "uniques", "indexes") and number < len(
        getattr(table, part)
    ):
        del getattr(table, part)[number]
        what = f"a rule of {table.name}"
    elif part == "columns" and inner in ("checks", "default", "unique"):
        column = table.columns[number]
        setattr(column, inner, [] if inner == "checks" else None if inner == "default" else False)
        what = f"{table.name}.{column.name}"
    elif inner == "policies":
        table.policies = []
    else:
        plan.tables.remove(table)
        for other in plan.tables:
            other.foreign_keys = [k for k in other.foreign_keys if k.table != table.id]
    _close_empty(plan)
    question = f"What the spec says about {what} does not fit together and was left out ({violation.code})."
    if not any(q.question == question for q in plan.open_questions):
        plan.open_questions.append(OpenQuestion(question=question))
    return True


__all__ = ["Kind", "finish", "make_plan"]
