"""A plan explained in short: why each table is there, what it holds, who may use it, what was assumed."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from architect.plan.model import Column, Item, OpenQuestion, Origin, Plan, Policy, Table
from architect.plan.show.words import check_words, column_words, counted, planner_words, policy_words

#: Width of the words on the left.
LABEL = 11
#: Characters of a quote.
QUOTE_SHOWN = 110


def outline(plan: Plan) -> Group:
    """The whole plan, as wide as the terminal is."""
    parts: list[RenderableType] = [*_head(plan)]
    for table in plan.tables:
        parts += [Text(), *_table(table, plan)]
    extras = [*_extras(plan)]
    if extras:
        parts += [Text(), *extras]
    if plan.open_questions:
        parts += [Text(), *questions(plan.open_questions)]
    return Group(*parts)


def questions(asked: Iterable[OpenQuestion]) -> Iterable[RenderableType]:
    """What stays open, numbered, with the words of the spec that it is about."""
    yield Text("Open questions", "bold yellow")
    for number, question in enumerate(asked, start=1):
        yield row(f"{number}", Text(question.question), "yellow")
        for quote in question.because:
            yield row("", shortened(quote.quote))


def shortened(quote: str, length: int = QUOTE_SHOWN) -> Text:
    """A quote on one or two lines."""
    words = " ".join(quote.split())
    return Text(f"“{words if len(words) <= length else words[: length - 1].rstrip() + '…'}”", "italic dim")


def _head(plan: Plan) -> Iterable[Text]:
    policies = sum(len(table.policies) for table in plan.tables)
    yield Text(plan.title or "Plan", "bold")
    yield Text(
        f"template {plan.template}: {counted(len(plan.tables), 'table')}, "
        f"{counted(policies, 'policy', 'policies')}, {counted(len(plan.open_questions), 'open question')}",
        "dim",
    )
    made, warning = planner_words(plan.planner)
    yield Text(made, "dim")
    if warning:
        yield Text(warning, "yellow")


def _table(table: Table, plan: Plan) -> Iterable[RenderableType]:
    yield Text(table.name, "bold cyan")
    if table.because:
        yield row("why", shortened(table.because[0].quote))
    elif table.origin is not Origin.SPEC:
        habit = "assumed" if table.origin is Origin.CONVENTION else f"from the template {plan.template}"
        yield row("why", Text(habit, "dim"))
    if table.description:
        yield row("note", Text(table.description, "dim"))
    asked, assumed = _split(table.columns)
    if asked:
        yield row("holds", _listed(_column(table, column, plan) for column in asked))
    for number, policy in enumerate(table.policies):
        yield row("" if number else "access", _policy(policy, plan), "magenta")
    if assumed:
        words = ", ".join(column_words(table, column, plan) for column in assumed)
        yield row("assumed", Text(words, "dim"))


def _split(columns: Iterable[Column]) -> tuple[list[Column], list[Column]]:
    """The columns that the spec asks for, and those that came from a template or from habit."""
    asked: list[Column] = []
    assumed: list[Column] = []
    for column in columns:
        (asked if column.origin is Origin.SPEC else assumed).append(column)
    return asked, assumed


def _column(table: Table, column: Column, plan: Plan) -> str:
    words = [column_words(table, column, plan)]
    if "→" not in words[0] and column.type != "text":
        words.append(column.type)
    if column.name in table.primary_key:
        words.append("(key)")
    if column.unique:
        words.append("unique")
    words += [check_words(check) for check in column.checks if check.kind != "not_blank"]
    if column.nullable:
        words.append("optional")
    return " ".join(words)


def _listed(items: Iterable[str]) -> Text:
    """Items with commas; semicolons where the items themselves have commas."""
    found = list(items)
    return Text(("; " if any("," in item for item in found) else ", ").join(found))


def _policy(policy: Policy, plan: Plan) -> Text:
    return Text.assemble(policy_words(policy, plan), (_assumed(policy), "dim"))


def _assumed(item: Item) -> str:
    return {Origin.SPEC: "", Origin.TEMPLATE: "  (template)", Origin.CONVENTION: "  (assumed)"}[item.origin]


def _extras(plan: Plan) -> Iterable[RenderableType]:
    if plan.functions:
        yield row("functions", _listed(function.slug for function in plan.functions))
    if plan.buckets:
        names = (f"{bucket.name} ({'public' if bucket.public else 'private'})" for bucket in plan.buckets)
        yield row("buckets", _listed(names))
    if plan.analytics:
        yield row("analytics", _listed(step.dataset for step in plan.analytics))


def row(label: str, content: Text, style: str = "dim") -> Grid:
    """A label and what it stands for, wrapped beside it."""
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=LABEL)
    grid.add_column()
    grid.add_row(Text(f"  {label}", style), content)
    return grid
