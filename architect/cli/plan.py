"""``architect plan``: what a spec would become and why; compares plans, asks what is open, builds nothing."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect.cli import plan_ask, plan_diff
from architect.cli.plan_lines import wire, write_lines
from architect.errors import InputError
from architect.plan.model import Plan
from architect.plan.planner import make_plan
from architect.plan.show.mermaid import mermaid
from architect.plan.show.outline import outline
from architect.plan.show.tree import tree
from architect.plan.show.words import MODEL_SETTINGS
from architect.spec.text import read_spec

__all__ = ["PlannerKind", "plan", "register", "wire"]

_EPILOG = (
    "Examples:  architect plan examples/marketplace.md --template marketplace  |  "
    "architect plan --ask spec.md  |  architect plan --diff old.md new.md  |  "
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
    template: Annotated[str, typer.Option("--template", "-t", help="marketplace, saas or blank.")] = "blank",
    planner: Annotated[
        PlannerKind, typer.Option(help="auto: the configured model, else the reader.")
    ] = PlannerKind.AUTO,
    ask: Annotated[
        bool, typer.Option("--ask", help="Answer the open questions one by one and write the answered spec.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="With --ask: where to. Default: SPEC.answered.md.")
    ] = None,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Compare two plans: specs, plan JSON files or sessions. Exit code 1 when they differ.",
        ),
    ] = False,
    quotes: Annotated[
        bool, typer.Option(help="Show every item, with the words of the spec behind it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole plan as JSON.")] = False,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="Print an ER diagram in Mermaid.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines {"id", "text"}, write lines {"id", "plan"}.')
    ] = False,
) -> None:
    """Show the plan for a spec: why each table is there, who may do what, what is assumed, what is open."""
    _one_of(as_json=as_json, as_mermaid=as_mermaid, jsonl=jsonl, ask=ask)
    if jsonl:
        raise typer.Exit(2 if write_lines(files or ["-"], template, planner.value) else 0)
    if diff:
        _one_of(diff=diff, as_mermaid=as_mermaid, jsonl=jsonl, ask=ask)
        raise typer.Exit(plan_diff.run(files or [], template, planner.value, as_json=as_json))
    if not files:
        raise InputError(
            "Which spec?", hint="Give a file, for example: architect plan examples/marketplace.md"
        )
    if ask:
        plan_ask.run(files, template, planner.value, out)
        return
    for name in files:
        text = read_spec(sys.stdin.buffer.read() if name == "-" else Path(name))
        made = make_plan(text, template=template, kind=planner.value)
        if as_json:
            sys.stdout.write(json.dumps(made.model_dump(mode="json"), ensure_ascii=False) + "\n")
        elif as_mermaid:
            sys.stdout.write(mermaid(made))
        else:
            _show(made, name, quotes=quotes)


def _one_of(**chosen: bool) -> None:
    options = {"as_json": "--json", "as_mermaid": "--mermaid"}
    named = [options.get(name, f"--{name}") for name, is_chosen in chosen.items() if is_chosen]
    if len(named) > 1:
        raise InputError(f"Choose one of {' and '.join(named)}.")


def _show(made: Plan, name: str, *, quotes: bool) -> None:
    console = Console(highlight=False)
    console.print(tree(made, quotes=True) if quotes else outline(made))
    console.print()
    if made.open_questions and name != "-":
        console.print(Text(f"answer    architect plan --ask {name}", "dim"), soft_wrap=True)
    if made.planner.model is None:
        told = f"model     none was asked; to use one: {MODEL_SETTINGS} architect plan ..."
        console.print(Text(told, "dim"), soft_wrap=True)
