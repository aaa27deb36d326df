"""What was asked for becomes the plan: merged with its template, closed where nothing was said, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect.plan import rules
from architect.plan.appointment import forbid_self_appointment
from architect.plan.merge import merge
from architect.plan.model import Command, OpenQuestion, Origin, Plan, ServiceOnly
from architect.plan.names import fit
from architect.plan.reader import explain
from architect.spec.chunk import Chunk
from architect.spec.notices import message, secrets_found

_PLACE = re.compile(
    r"tables\[(\d+)\](?:\.(columns|foreign_keys|policies|triggers|uniques|indexes)\[(\d+)\])?(?:\.(\w+))?"
)


def prepared(base: Plan, asked: Plan) -> Plan:
    """``asked`` on top of ``base``: nobody appoints himself, and each table has an access decision."""
    plan = merge(base, asked)
    forbid_self_appointment(plan)
    _close_empty(plan)
    return plan


def finish(base: Plan, asked: Plan, chunks: Sequence[Chunk]) -> Plan:
    """``asked`` on top of ``base``. What breaks a rule is taken out and asked about, never opened wider."""
    plan = prepared(base, asked)
    for _ in range(200):
        broken = rules.check(plan, chunks)
        if not broken or not _take_out(plan, broken[0]):
            break
    explain(plan, chunks)
    if told := message(secrets_found("".join(c.content for c in chunks))):
        plan.open_questions.append(OpenQuestion(question=told))
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
