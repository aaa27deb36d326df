"""What a person wants to see when a build is done."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from architect.catalog.show import matrix_table
from architect.catalog.stored import StoredMatrix
from architect.plan.model import Plan
from architect.plan.show.outline import outline
from architect.plan.show.words import MODEL_SETTINGS, counted, planner_words, policy_words
from architect.sessions import Session
from architect.settings import Connections

#: Rows of an analytics result shown in the summary.
ROWS_SHOWN = 5


def show_summary(console: Console, session: Session, target: Connections) -> None:
    """Environment, tables with policies, access matrix, functions, analytics, and where to go next."""
    outputs = session.outputs or {}
    console.print()
    console.print(_head(session), soft_wrap=True)
    if session.waiting:
        show_waiting(console, session)
        return
    if session.status != "succeeded":
        error = session.error_dict()
        if error:
            console.print(Text(str(error.get("message", "")), "red"))
            console.print(Text(str(error.get("hint") or ""), "dim"))
        return
    if session.plan:
        plan = Plan.model_validate(session.plan)
        for said in filter(None, planner_words(plan.planner)):
            console.print(Text(said, "dim"))
        if plan.planner.model is None:
            console.print(Text(f"to use one: {MODEL_SETTINGS} architect build ...", "dim"), soft_wrap=True)
        console.print(_tables(plan))
        console.print()
        console.print(
            matrix_table(StoredMatrix(outputs["accessMatrix"], tuple(table.name for table in plan.tables)))
        )
        console.print(
            f"[dim]Every cell was tried on the live database and compared with the plan; "
            f"{len(outputs['restProof']['checks'])} more checks went through REST, as users and as anon.[/]\n"
        )
    for function in outputs.get("functions", []):
        console.print(Text.assemble(("function  ", "bold"), (function["url"], "blue")), soft_wrap=True)
    if outputs.get("analytics"):
        console.print()
        show_analytics(console, outputs["analytics"])
    _questions(console, session)
    _next_steps(console, session, target)


def show_plan(console: Console, session: Session) -> None:
    """The plan of the session, explained."""
    console.print()
    console.print(outline(Plan.model_validate(session.plan)))
    console.print()


def show_waiting(console: Console, session: Session) -> None:
    """The plan that waits for approval, and how to decide on it."""
    show_plan(console, session)
    console.print("[bold yellow]waits for approval[/]  nothing is built until somebody agrees")
    for label, command in (
        ("approve", f"architect approve {session.id}"),
        ("reject", f'architect approve {session.id} --reject --note "why"'),
    ):
        console.print(Text.assemble((f"{label:<9}", "dim"), command), soft_wrap=True)


def show_analytics(console: Console, answer: dict[str, Any]) -> None:
    """The rows of an analytics query and where they come from."""
    rows = answer["rows"]
    table = Table(*answer["columns"], title=f"analytics: {answer['query']}",
                  title_justify="left", title_style="bold", box=None, header_style="dim")  # fmt: skip
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*[str(row[column]) for column in answer["columns"]])
    console.print(table)
    source = answer["provenance"]
    console.print(
        f"[dim]{source['identifier']}, snapshot {source['snapshot_id']}, "
        f"{source['files_scanned']} of {source['files_total']} files, {source['engine']}, "
        f"{source['elapsed_ms']:.0f} ms, sha256 {source['result_hash'][:12]}[/]"
    )


def _head(session: Session) -> Panel:
    environment = session.environment or {}
    grid = Table.grid(padding=(0, 2))
    for label, value in (
        ("session", session.id),
        ("template", session.template),
        (
            str(environment.get("mode", "environment")),
            f"{environment.get('name', '-')}  {environment.get('ref', '')}",
        ),
        ("URL", environment.get("url", "-")),
        ("publishable key", environment.get("publishable_key", "-")),
        ("fingerprint", str((session.outputs or {}).get("fingerprint", "-"))[:16]),
    ):
        grid.add_row(Text(label, "dim"), Text(str(value)))
    good = session.status == "succeeded"
    return Panel(
        grid, title=f"[bold]{session.status}[/]", border_style="green" if good else "red", expand=False
    )


def _tables(plan: Plan) -> Table:
    table = Table("table", "from", "columns", "policies", title="tables", title_justify="left",
                  title_style="bold", header_style="dim", box=None, padding=(0, 2, 0, 0))  # fmt: skip
    for item in plan.tables:
        words = "; ".join(policy_words(policy, plan) for policy in item.policies)
        table.add_row(Text(item.name, "bold"), Text(str(item.origin), "dim"), str(len(item.columns)), words)
    return table


def _questions(console: Console, session: Session) -> None:
    questions = Plan.model_validate(session.plan).open_questions if session.plan else []
    if not questions:
        return
    asked = counted(len(questions), "open question")
    console.print(f"\n[bold]{asked}[/] [dim]what the spec asks and a plan cannot say[/]")
    for question in questions:
        console.print(Text.assemble(("? ", "bold yellow"), question.question))
        for quote in question.because:
            console.print(Text(f"  “{quote.quote}”", "italic dim"))
    console.print("[dim]to answer them: architect plan --ask SPEC, then build the answered spec[/]")


def _next_steps(console: Console, session: Session, target: Connections) -> None:
    ui = target.prefect_api_url.removesuffix("/api")
    run = (session.outputs or {}).get("flowRunId")
    steps = [
        ("Prefect UI", f"{ui}/runs/flow-run/{run}" if run else ui),
        ("again", f"architect show {session.id}"),
        ("events", f"architect events {session.id}"),
        ("query", f"architect query {session.id}"),
        ("drift", f"architect drift check {session.id}"),
        ("stop", "architect down"),
    ]
    console.print()
    for label, value in steps:
        console.print(Text.assemble((f"{label:<12}", "dim"), value), soft_wrap=True)
