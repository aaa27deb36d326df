"""A spec too long for one prompt is drafted in pieces, and the pieces become one draft."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from architect.plan.llm.schema import Draft
from architect.plan.model import OpenQuestion, Table
from architect.plan.names import fold, unique
from architect.spec.chunk import Chunk


def cut(chunks: Sequence[Chunk], limit: int) -> list[list[int]]:
    """The indices of neighbouring chunks that fit ``limit`` bytes together; a longer chunk stands alone."""
    pieces: list[list[int]] = []
    room = 0
    for chunk in chunks:
        size = len(json.dumps(chunk.content, ensure_ascii=False).encode("utf-8", "replace")) + 40
        if not pieces or size > room:
            pieces.append([])
            room = limit
        pieces[-1].append(chunk.index)
        room -= size
    return pieces


def halve(pieces: Sequence[list[int]]) -> list[list[int]]:
    """Each piece in two, as far as it has more than one chunk."""
    return [half for p in pieces for half in (p[: (len(p) + 1) // 2], p[(len(p) + 1) // 2 :]) if half]


def joined(drafts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The raw drafts of all pieces one after the other, not yet checked."""
    drafts = list(drafts)
    if len(drafts) == 1:
        return drafts[0]
    made: dict[str, Any] = {"title": next((t for d in drafts if (t := d.get("title"))), "")}
    for part in ("entities_found", "tables", "open_questions"):
        lists = [d.get(part) for d in drafts]
        made[part] = [item for found in lists if isinstance(found, list) for item in found]
    made["entities_found"] = list(dict.fromkeys(e for e in made["entities_found"] if isinstance(e, str)))[
        :200
    ]
    return made


def united(draft: Draft) -> Draft:
    """``draft`` with each table once, though several pieces spoke of it.

    The parts of both count. Where two pieces give one column two types the first stands, and is asked about.
    """
    tables: dict[str, Table] = {}
    ids: dict[str, str] = {}
    questions = list(draft.open_questions)
    for table in draft.tables:
        name = fold(table.name)
        if name in tables:
            ids[table.id] = tables[name].id
            questions += _unite(tables[name], table)
        else:
            tables[name] = table.model_copy(deep=True)
    for table in tables.values():
        for key in table.foreign_keys:
            key.table = ids.get(key.table, key.table)
    return draft.model_copy(update={"tables": list(tables.values()), "open_questions": questions[:100]})


def _unite(table: Table, other: Table) -> list[OpenQuestion]:
    asked = []
    table.because = [*table.because, *(q for q in other.because if q not in table.because)]
    for column in other.columns:
        mine = table.column(column.name)
        if mine is None:
            table.columns.append(column)
        elif mine.type != column.type:
            text = (
                f"{table.name}.{column.name} is {mine.type} in one place and {column.type} in another; which?"
            )
            asked.append(OpenQuestion(question=text, because=[*mine.because[:1], *column.because[:1]]))
    keyed = [k.columns for k in table.foreign_keys]
    table.foreign_keys += [k for k in other.foreign_keys if k.columns not in keyed]
    for part in ("uniques", "indexes"):
        mine_of: list[list[str]] = getattr(table, part)
        mine_of += [item for item in getattr(other, part) if item not in mine_of]
    said = {policy.name for policy in table.policies}
    for policy in other.policies:
        if policy not in table.policies:
            policy = policy.model_copy(update={"name": unique(policy.name, said)})
            table.policies.append(policy)
            said.add(policy.name)
    kinds = {trigger.kind for trigger in table.triggers}
    table.triggers += [t for t in other.triggers if t.kind not in kinds]
    return asked
