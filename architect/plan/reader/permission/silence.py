"""Tables that the spec does not speak about: why they are as closed as they are, and who shall use them."""

from __future__ import annotations

from collections.abc import Sequence

from architect.plan.model import AUTH_USERS, OpenQuestion, Origin, Owner, Plan, ServiceOnly, Table
from architect.plan.reader.grammar.hidden import visible
from architect.plan.reader.permission import choices
from architect.plan.reader.permission.answered import answered
from architect.spec.chunk import Chunk

_SILENT = "The spec does not say who may use it: closed to everybody but the service."
_OWN = "The spec does not say who may use it: each user reads the own rows only."
#: More would be a list that nobody reads.
_MOST = 12
#: So many and no word about access: one question about all.
_FEW = 3
_ALL = "see, create, edit and delete"
_WHO_ANY = "Who may read and change what is kept here? The spec says it of no table, so they are closed."


def explain(plan: Plan, chunks: Sequence[Chunk] = ()) -> None:
    """Say of each table that nobody spoke of why it is as closed as it is, and ask who shall use it.

    What the spec ``chunks`` answer is no open question any more.
    """
    silent = [table for table in plan.tables if _is_silent(table)]
    for table in silent:
        if not table.description:
            table.description = _OWN if isinstance(table.policies[0], Owner) else _SILENT
    there = {question.question for question in plan.open_questions}
    plan.open_questions += [q for q in _questions(plan, silent) if q.question not in there]
    plan.open_questions = answered(visible(chunks)).still_open(plan.open_questions)


def _is_silent(table: Table) -> bool:
    alone = table.policies[0] if len(table.policies) == 1 and table.origin is Origin.SPEC else None
    return isinstance(alone, (ServiceOnly, Owner)) and alone.origin is Origin.CONVENTION


def _questions(plan: Plan, silent: list[Table]) -> list[OpenQuestion]:
    spoken = any(p.origin is not Origin.CONVENTION for table in plan.tables for p in table.policies)
    if len(silent) >= _FEW and not spoken:
        options = [
            "Signed-in users can see everything.",
            "Administrators can manage everything.",
            "Nobody but the system can see or change anything.",
        ]
        return [OpenQuestion(question=_WHO_ANY, choices=options)]
    return [
        OpenQuestion(
            question=f"Who may read and change {choices.many(table.name)}? The spec does not say.",
            because=table.because[:1],
            choices=_choices(plan, table),
        )
        for table in silent[:_MOST]
    ]


def _choices(plan: Plan, table: Table) -> list[str]:
    things = choices.many(table.name)
    told: list[str] = []
    if not any(getattr(p, "via", None) == table.id for t in plan.tables for p in t.policies):
        told = [_of_owner(column, table.name) for column in _owners(plan, table)] or [choices.own(table.name)]
    if group := _group(plan, table):
        told.append(f"Members of the {group} can {_ALL} {things}.")
    told += [
        f"Administrators can {_ALL} all {things}.",
        f"Signed-in users can see {things}.",
        f"Anyone can see {things}.",
    ]
    return [*told[: choices.MOST - 1], choices.nobody(table.name)]


def _of_owner(column: str, table: str) -> str:
    """Who stands in ``column``: "the seller of a listing"."""
    who = column.removesuffix("_id").replace("_", " ")
    return choices.own(table) if who == "user" else f"Only the {who} of {choices.one(table)} can {_ALL} it."


def _owners(plan: Plan, table: Table) -> list[str]:
    users = {AUTH_USERS, *(t.id for t in plan.tables if t.name == "users")}
    return [
        key.columns[0]
        for key in table.foreign_keys
        if key.table in users and len(key.columns) == 1 and key.columns != ["id"]
    ][:2]


def _group(plan: Plan, table: Table) -> str | None:
    """What people are members of, if the plan has such a thing."""
    found = next((t for t in plan.tables if any(r.kind == "creator_membership" for r in t.triggers)), None)
    return choices.single(found.name) if found and found.id != table.id else None


__all__ = ["explain"]
