"""What the Supabase MCP server's answers mean."""

from __future__ import annotations

import json
import re
from typing import Any

#: Rows come inside a block whose tag carries a UUID made after the data was known. A line separator (U+2028)
#: in the data leaves the server's indentation standing, hence the white space.
_ROWS = re.compile(
    r"<untrusted-data-(?P<id>[0-9a-f-]{36})>\s*\n(?P<json>.*)\n\s*</untrusted-data-(?P=id)>", re.DOTALL
)
_SQLSTATE = re.compile(r"ERROR:\s+([0-9A-Z]{5}):")


class Unreadable(ValueError):
    """The answer is not what this tool answers."""


def parse(text: str) -> Any:
    """The JSON of a successful answer; for SQL the rows inside the prose.

    Raises :class:`Unreadable` when there is no JSON or no rows to be found.
    """
    try:
        answer = json.loads(text)
        if isinstance(answer, dict) and isinstance(answer.get("result"), str):
            found = _ROWS.search(answer["result"])
            if found is None:
                raise Unreadable("the answer holds no rows")
            return json.loads(found["json"])
    except json.JSONDecodeError as error:
        raise Unreadable(f"the answer is not JSON: {error}") from error
    return answer


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
