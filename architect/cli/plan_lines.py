"""``architect plan --jsonl``: many texts in, the short form of their plans out, a line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from architect.errors import ArchitectError, InputError
from architect.plan.model import Plan
from architect.plan.planner import Kind, make_plan
from architect.redaction import redact_text
from architect.spec.text import read_spec


def write_lines(files: Iterable[str], template: str, kind: Kind) -> bool:
    """Write a line for each line read; whether one failed."""
    failed = False
    for line in _read_lines(files):
        answer = _answer(line, template, kind)
        failed = failed or "error" in answer
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return failed


def _read_lines(files: Iterable[str]) -> Iterator[bytes]:
    for name in files:
        if name == "-":
            yield from (line for line in sys.stdin.buffer if line.strip())
            continue
        try:
            with Path(name).open("rb") as file:
                yield from (line for line in file if line.strip())
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror or error}.") from error


def _answer(line: bytes, template: str, kind: Kind) -> dict[str, Any]:
    identifier: Any = None
    try:
        case = _case(line)
        identifier = case.get("id")
        made = make_plan(read_spec(case["text"]), template=template, kind=kind)
    except ArchitectError as error:
        shown = (
            identifier
            if isinstance(identifier, int)
            else redact_text(str(identifier))
            if identifier is not None
            else None
        )
        return {"id": shown, **error.to_dict()}
    return {"id": identifier, "plan": wire(made)}


def _case(line: bytes) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The line is not JSON: {str(error)[:200]}") from None
    if not isinstance(case, dict) or not isinstance(case.get("id"), (str, int)):
        raise InputError('The line is not an object with "id" and "text".')
    if not isinstance(case.get("text"), str):
        case["text"] = ""
    return case


def wire(made: Plan) -> dict[str, Any]:
    """The short form of ``--jsonl``: tables with columns and keys, foreign keys by table name."""
    names = {table.id: table.name for table in made.tables}
    return {
        "tables": [
            {
                "name": table.name,
                "origin": table.origin.value,
                "columns": [
                    {"name": c.name, "type": c.type, "origin": c.origin.value} for c in table.columns
                ],
                "primary_key": table.primary_key,
                "foreign_keys": [
                    {"columns": k.columns, "table": names.get(k.table, k.table), "references": k.references}
                    for k in table.foreign_keys
                ],
            }
            for table in made.tables
        ]
    }
