"""What is wrong with a draft, said so that a model can mend it: a path in its own draft, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from pydantic import ValidationError

from architect.errors import InputError
from architect.plan.model import ColumnType, Plan
from architect.plan.names import slug
from architect.plan.rules import Violation

#: At most so many are told at once.
MAX_TOLD = 40

_TYPES: tuple[str, ...] = get_args(ColumnType)
#: What models and other databases call our types.
_MEANT = {
    "money": "numeric", "decimal": "numeric", "currency": "numeric", "number": "numeric",
    "float": "double precision", "double": "double precision", "real": "double precision",
    "varchar": "text", "char": "text", "character varying": "text", "string": "text", "citext": "text",
    "enum": "text", "int": "integer", "int4": "integer", "smallint": "integer", "serial": "integer",
    "int8": "bigint", "bigserial": "bigint", "bool": "boolean", "datetime": "timestamptz",
    "timestamp": "timestamptz", "timestamp with time zone": "timestamptz", "json": "jsonb", "object": "jsonb",
    "array": "text[]", "list": "text[]", "guid": "uuid", "duration": "interval",
}  # fmt: skip
_QUOTED = re.compile(r"'([^']*)'")
_TABLE = re.compile(r"tables\[(\d+)\]")
_INNER = re.compile(r"tables\[\d+\]\.(columns|foreign_keys|policies|triggers)\[(\d+)\]")


def of_schema(error: ValidationError, draft: Any) -> list[Violation]:
    """The places where ``draft`` is not of the shape of a draft, with the closest value that would be."""
    found = [_of_error(told, draft) for told in error.errors(include_url=False)]
    return list(dict.fromkeys(found))[:MAX_TOLD]


def _of_error(told: Mapping[str, Any], draft: Any) -> Violation:
    path, kind, given = _path(told["loc"], draft), str(told["type"]), told.get("input")
    context = told.get("ctx") or {}
    allowed = _QUOTED.findall(str(context.get("expected") or context.get("expected_tags") or ""))
    if kind == "union_tag_not_found":
        return Violation("missing_field", f"{path}.kind", "This field is missing.")
    if kind == "union_tag_invalid":
        path, given = f"{path}.kind", context.get("tag")
    if allowed:
        what = path.rpartition(".")[2].partition("[")[0]
        message = f"{_short(given)} is not a {what}; choose one of {', '.join(_closest(given, allowed))}."
        return Violation("bad_value", path, message)
    if kind == "string_pattern_mismatch":
        return Violation("bad_name", path, f"{_short(given)} is not a name; {_suggestion(given)}.")
    if kind == "missing":
        return Violation("missing_field", path, "This field is missing.")
    if kind == "extra_forbidden":
        return Violation("unknown_field", path, "There is no such field; leave it out.")
    return Violation("bad_shape", path or "draft", f"{told['msg']}.")


def _path(location: Sequence[str | int], draft: Any) -> str:
    """``tables[2].columns[0].type``: without the tags that pydantic puts in for members of a union."""
    path, at = "", draft
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
            at = at[step] if isinstance(at, list) and step < len(at) else None
            continue
        if isinstance(at, dict) and step not in at and step == at.get("kind"):
            continue
        path += f".{step}" if path else step
        at = at.get(step) if isinstance(at, dict) else None
    return path


def _closest(given: Any, allowed: Sequence[str]) -> list[str]:
    """``allowed`` with what was probably meant first."""
    word = str(given).lower().partition("(")[0].strip()
    likely = [_MEANT[word]] if word in _MEANT and _MEANT[word] in allowed else []
    likely += difflib.get_close_matches(word, allowed, n=2)
    return list(dict.fromkeys([*likely, *allowed]))


def _suggestion(given: Any) -> str:
    try:
        return f"write {slug(str(given))}"
    except InputError:
        return "use lower-case letters, digits and _, a letter first, at most 63"


def _short(value: Any) -> str:
    text = str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def in_draft(violation: Violation, plan: Plan, draft: Plan) -> Violation:
    """``violation`` of ``plan``, which a template and a draft were merged into, by its place in the draft.

    What is not of the draft keeps its words and names the table, for there is no number for it.
    """
    matched = _TABLE.match(violation.path)
    if matched is None or int(matched[1]) >= len(plan.tables):
        return violation
    table = plan.tables[int(matched[1])]
    number = next((n for n, t in enumerate(draft.tables) if t.name == table.name), None)
    if number is None:
        return replace(violation, path=f"{table.name}{violation.path[matched.end() :]}")
    rest = violation.path[matched.end() :]
    inner = _INNER.match(violation.path)
    if inner is not None:
        item = getattr(table, inner[1])[int(inner[2])]
        mine = getattr(draft.tables[number], inner[1])
        same = next((n for n, other in enumerate(mine) if _key(other) == _key(item)), None)
        if same is not None:
            rest = f".{inner[1]}[{same}]{violation.path[inner.end() :]}"
    return replace(violation, path=f"tables[{number}]{rest}")


def _key(item: Any) -> Any:
    return getattr(item, "name", None) or getattr(item, "columns", None) or item.kind


def concerned(violations: Sequence[str]) -> list[int]:
    """The numbers of the tables that the violations are about, each once, in order."""
    return sorted({int(n) for text in violations for n in _TABLE.findall(text.partition(": ")[0])})
