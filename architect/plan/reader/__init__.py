"""The deterministic reader: requirement prose becomes what it asks for, without a model.

The way of a spec: chunks -> blocks, sentences and clauses (``grammar``) -> statements, each with its quote
(``sentence``: attributes, lists, relations, states, questions) -> things, their attributes and how they hang
together (``tables``) -> who may do what (``permission``). The same text gives the same
plan, and no text makes it raise.
"""

from __future__ import annotations

from collections.abc import Sequence

from architect.plan.model import OpenQuestion, Plan, PlannerRecord
from architect.plan.reader.grammar.blocks import title
from architect.plan.reader.grammar.hidden import visible
from architect.plan.reader.grammar.phrases import key_of
from architect.plan.reader.permission.answered import answered
from architect.plan.reader.permission.defaults import close
from architect.plan.reader.permission.policies import close_commands, decide, understood
from architect.plan.reader.permission.silence import explain
from architect.plan.reader.secrets import has_secret, scrub
from architect.plan.reader.sentence.extract import extract
from architect.plan.reader.sentence.statements import Asks
from architect.plan.reader.tables import compounds, doubts, named_keys, references
from architect.plan.reader.tables.assemble import build
from architect.plan.reader.tables.draft import Draft
from architect.plan.reader.tables.links import connect
from architect.plan.templates import template as base_plan
from architect.spec.chunk import Chunk

__all__ = ["explain", "read"]

_TOO_MUCH = (
    "The spec describes more than one plan can hold, or things without a usable name; they were left out."
)
_NOTHING = "The spec names nothing that could become a table; what shall the backend keep?"


def read(chunks: Sequence[Chunk], *, template: str = "blank") -> Plan:
    """What the spec asks for, not yet merged with its template."""
    told = answered(visible(chunks))
    chunks = told.chunks
    statements, context = extract(chunks)
    draft = Draft()
    draft.gather(statements)
    references.find(draft)
    connect(draft, statements, context.titles)
    compounds.connect(draft, chunks)
    doubts.drop(draft, statements, chunks)
    named_keys.find(draft, chunks)
    made = build(draft)
    made.known = frozenset(key_of(t.name.split("_")) for t in base_plan(template).tables)
    decide(made, statements, told.indexes)
    close(made)
    close_commands(made, statements)
    for said in statements:
        if isinstance(said, Asks):
            made.ask(said.question, said.quote, choices=[c for c in said.choices if understood(made, c)])
    if draft.full or len(made.tables) < len(draft.entities):
        made.questions.append(OpenQuestion(question=_TOO_MUCH))
    if not made.tables and template == "blank":
        made.questions.append(OpenQuestion(question=_NOTHING))
    heading = title(chunks)
    plan = Plan(
        title="" if has_secret(heading) else heading,
        template=template,  # type: ignore[arg-type]
        planner=PlannerRecord(kind="reader"),
        tables=list(made.tables.values()),
        open_questions=told.still_open(made.questions),
    )
    return scrub(plan)
