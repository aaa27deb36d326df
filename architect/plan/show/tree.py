"""A plan for people: a tree with policies in words."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from architect.plan.model import Column, Item, Origin, Plan, Table
from architect.plan.show.fallback import why
from architect.plan.show.words import check_words, policy_words

_MARKS = {
    Origin.SPEC: ("spec", "green"),
    Origin.TEMPLATE: ("template", "blue"),
    Origin.CONVENTION: ("convention", "dim"),
}
_QUOTE_SHOWN = 110


def tree(plan: Plan, *, quotes: bool = False) -> Tree:
    """Tables with columns, references and policies, then open questions. ``quotes`` adds the spec's words."""
    planner = plan.planner.kind if not plan.planner.model else f"{plan.planner.kind}, {plan.planner.model}"
    root = Tree(
        Text.assemble(
            (plan.title or "Plan", "bold"), (f"  template {plan.template}, planner {planner}", "dim")
        )
    )
    if plan.planner.fallback_reason:
        root.add(
            Text(
                f"the model gave no valid plan: {why(plan.planner.fallback_reason)}; the reader took over",
                "yellow",
            )
        )
    for table in plan.tables:
        _table(root, table, plan, quotes)
    for function in plan.functions:
        root.add(Text.assemble(("function ", "dim"), function.slug, _mark(function)))
    for step in plan.analytics:
        root.add(Text.assemble(("analytics ", "dim"), step.dataset, _mark(step)))
    if plan.open_questions:
        branch = root.add(Text("open questions", "bold yellow"))
        for question in plan.open_questions:
            node = branch.add(Text(question.question))
            for quote in question.because:
                node.add(_quote(quote.quote))
    return root


def _table(root: Tree, table: Table, plan: Plan, quotes: bool) -> None:
    node = root.add(Text.assemble((table.name, "bold cyan"), _mark(table)))
    if table.description:
        node.add(Text(table.description, "italic dim"))
    if quotes:
        for quote in table.because:
            node.add(_quote(quote.quote))
    for column in table.columns:
        leaf = node.add(_column(table, column))
        for quote in column.because if quotes else []:
            leaf.add(_quote(quote.quote))
    for policy in table.policies:
        leaf = node.add(Text.assemble(("access ", "magenta"), policy_words(policy, plan), _mark(policy)))
        for quote in policy.because if quotes else []:
            leaf.add(_quote(quote.quote))


def _column(table: Table, column: Column) -> Text:
    text = Text.assemble(column.name, (f" {column.type}", "dim"))
    if column.name in table.primary_key:
        text.append(" key", "yellow")
    for key in table.foreign_keys:
        if key.columns[0] == column.name:
            text.append(f" -> {key.table}.{key.references[0]}", "cyan")
    if column.unique:
        text.append(" unique", "dim")
    if column.nullable:
        text.append(" optional", "dim")
    for check in column.checks:
        text.append(f" {check_words(check)}", "dim")
    return text.append_text(Text.assemble(_mark(column)))


def _mark(item: Item) -> tuple[str, str]:
    word, style = _MARKS[item.origin]
    return f"  [{word}]", style


def _quote(quote: str) -> Text:
    short = quote if len(quote) <= _QUOTE_SHOWN else quote[: _QUOTE_SHOWN - 1].rstrip() + "…"
    return Text(f"“{short}”", "italic dim")
