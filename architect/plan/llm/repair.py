"""A repair: only the tables that break rules are sent, and what comes back takes their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from architect.plan.llm import violations
from architect.plan.model import OpenQuestion

Raw = dict[str, Any]


def tables_of(draft: Raw) -> list[Raw]:
    """The tables of a raw draft, as far as they are any."""
    return [t for t in _list(draft.get("tables")) if isinstance(t, dict)]


def concerned(draft: Raw, broken: Sequence[str]) -> tuple[list[Raw], list[Raw]]:
    """(the tables that ``broken`` names, the others)."""
    tables = _list(draft.get("tables"))
    numbers = violations.concerned(broken)
    wrong = [tables[n] for n in numbers if n < len(tables)]
    return wrong, [t for n, t in enumerate(tables) if n not in numbers and isinstance(t, dict)]


def applied(draft: Raw, broken: Sequence[str], answer: Raw) -> Raw:
    """``draft`` with the corrected tables of ``answer``, which was asked about the tables ``broken`` names.

    A table takes the place of the one with its id. What has a new id takes the place of those that were sent
    and did not come back; without any such, those stay as they are.
    """
    sent, _ = concerned(draft, broken)
    back = {str(t.get("id")): t for t in tables_of(answer)}
    removed = answer.get("removed")
    gone = {str(i) for i in removed} if isinstance(removed, list) else set()
    known = {str(t.get("id")) for t in tables_of(draft)}
    new = [t for identity, t in back.items() if identity not in known | gone]
    if new:
        gone |= {str(t.get("id")) for t in sent if isinstance(t, dict)} - back.keys()
    kept = [back.get(str(t.get("id")), t) for t in tables_of(draft) if str(t.get("id")) not in gone]
    asked = [q for part in (draft, answer) for q in _list(part.get("open_questions"))]
    once = [q for n, q in enumerate(asked) if q not in asked[:n]]
    return {**draft, "tables": [*kept, *new], "open_questions": once}


def tidy(draft: Raw) -> Raw:
    """``draft`` without what is wrong outside its tables: no repair is worth a title."""
    title = draft.get("title")
    return {
        "entities_found": [e for e in _list(draft.get("entities_found")) if isinstance(e, str)][:200],
        "title": title[:200] if isinstance(title, str) else "",
        "tables": _list(draft.get("tables")),
        "open_questions": [q for q in _list(draft.get("open_questions")) if _is_question(q)][:100],
    }


def _is_question(value: Any) -> bool:
    try:
        OpenQuestion.model_validate(value)
    except ValidationError:
        return False
    return True


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
