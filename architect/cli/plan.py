"""``architect plan``: show what a spec would become, and build nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from architect.errors import ArchitectError, InputError
from architect.plan.model import Plan
from architect.plan.planner import make_plan
from architect.plan.show import mermaid, tree
from architect.redaction import redact_text
from architect.spec.text import read_spec

_EPILOG = (
    "Examples:  architect plan examples/marketplace.md --template marketplace  |  "
    "architect plan spec.md --mermaid > plan.mmd  |  architect plan --jsonl specs.jsonl > plans.jsonl  |  "
    "cat spec.md | architect plan - --json"
)


class PlannerKind(StrEnum):
    AUTO = "auto"
    READER = "reader"
    LLM = "llm"


def register(app: typer.Typer) -> None:
    app.command("plan", epilog=_EPILOG)(plan)


def plan(
    files: Annotated[
        list[str] | None, typer.Argument(help="Specs, as Markdown or plain text; - for standard input.")
    ] = None,
    template: Annotated[str, typer.Option(help="marketplace, saas or blank.")] = "blank",
    planner: Annotated[
        PlannerKind, typer.Option(help="auto: the configured model, else the reader.")
    ] = PlannerKind.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole plan as JSON.")] = False,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="Print an ER diagram in Mermaid.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines {"id", "text"}, write lines {"id", "plan"}.')
    ] = False,
    quotes: Annotated[bool, typer.Option(help="Show the words of the spec behind each item.")] = False,
) -> None:
    """Show the plan for a spec: tables, references, who may do what, and what stays open."""
    if sum((as_json, as_mermaid, jsonl)) > 1:
        raise InputError("Choose one of --json, --mermaid and --jsonl.")
    if jsonl:
        failed = _lines(files or ["-"], template, planner)
        raise typer.Exit(2 if failed else 0)
    if not files:
        raise InputError(
            "Which spec?", hint="Give a file, for example: architect plan examples/marketplace.md"
        )
    for name in files:
        made = make_plan(_text(name), template=template, kind=planner.value)
        if as_json:
            sys.stdout.write(json.dumps(made.model_dump(mode="json"), ensure_ascii=False) + "\n")
        elif as_mermaid:
            sys.stdout.write(mermaid(made))
        else:
            _show(made, quotes)


def _show(made: Plan, quotes: bool) -> None:
    console = Console(highlight=False)
    console.print(tree(made, quotes=quotes))
    policies = sum(len(t.policies) for t in made.tables)
    console.print(
        f"[dim]{len(made.tables)} tables, {policies} policies, {len(made.open_questions)} open questions[/]"
    )
    if made.planner.kind == "reader" and made.planner.model is None:
        console.print(
            "[dim]Read without a language model. To use one: ARCHITECT_PLANNER_MODEL=openai:gpt-5-mini "
            "ARCHITECT_PLANNER_API_KEY=... architect plan ...[/]"
        )


def _text(name: str) -> str:
    return read_spec(sys.stdin.buffer.read() if name == "-" else Path(name))


def _lines(files: Iterable[str], template: str, planner: PlannerKind) -> bool:
    """Write a line for each line read; whether one failed."""
    failed = False
    for line in _read_lines(files):
        answer = _answer(line, template, planner)
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


def _answer(line: bytes, template: str, planner: PlannerKind) -> dict[str, Any]:
    identifier: Any = None
    try:
        case = _case(line)
        identifier = case.get("id")
        made = make_plan(read_spec(case["text"]), template=template, kind=planner.value)
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
