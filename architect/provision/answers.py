"""What the Supabase MCP server's answers mean."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

#: Rows come inside a block whose tag carries a UUID made after the data was known. A line separator (U+2028)
#: in the data leaves the server's indentation standing, hence the white space.
_ROWS = re.compile(
    r"<untrusted-data-(?P<id>[0-9a-f-]{36})>\s*\n(?P<json>.*)\n\s*</untrusted-data-(?P=id)>", re.DOTALL
)
_SQLSTATE = re.compile(r"ERROR:\s+([0-9A-Z]{5}):")

#: What a build reads of an answer: another version of the server may have moved it.
_SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "list_projects": {"projects": list},
    "list_branches": {"branches": list},
    "list_migrations": {"migrations": list},
    "list_edge_functions": {"functions": list},
    "get_edge_function": {"files": list},
    "deploy_edge_function": {"version": int},
    "get_publishable_keys": {"keys": list},
    "get_cost": {"amount": (int, float), "recurrence": str},
    "confirm_cost": {"confirmation_id": str},
}


class Unreadable(ValueError):
    """The answer is not what this tool answers."""


def parse(tool: str, text: str) -> Any:
    """The JSON of a successful answer of ``tool``; for SQL the rows inside the prose.

    Raises :class:`Unreadable` when there is no JSON, no rows, or not what the tool is known to answer.
    """
    answer = _json(text)
    if isinstance(answer, dict) and isinstance(answer.get("result"), str):
        found = _ROWS.search(answer["result"])
        if found is None:
            raise Unreadable("the answer holds no rows")
        answer = _json(found["json"])
        if not isinstance(answer, list):
            raise Unreadable("the answer holds something else than rows")
    for name, kind in _SHAPES.get(tool, {}).items():
        if not isinstance(answer, dict) or not isinstance(answer.get(name), kind):
            raise Unreadable(f"the answer has no usable {name!r}")
    return answer


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # a ValueError is also a number of too many digits
        raise Unreadable(f"the answer is not JSON: {error}") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def message(text: str) -> str:
    """The message of a failed answer: ``{"error": {"message"}}``, a list of problems, or plain text."""
    try:
        error = json.loads(text)["error"]
        said = str(error["message"])
    except (ValueError, KeyError, TypeError):
        return text
    try:
        problems = json.loads(said)
        return "; ".join(f"{'.'.join(map(str, p.get('path', [])))}: {p['message']}" for p in problems)
    except (ValueError, KeyError, TypeError, AttributeError):
        return said


def sqlstate(text: str) -> str | None:
    """The SQLSTATE a failed statement reports, if it does."""
    found = _SQLSTATE.search(text)
    return found[1] if found else None
