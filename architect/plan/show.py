"""A plan for people: a tree with policies in words, and an ER diagram."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from rich.tree import Tree

from architect.plan.model import (
    AUTH_USERS,
    Check,
    Column,
    Command,
    Item,
    Origin,
    Plan,
    Policy,
    Table,
)

_MARKS = {
    Origin.SPEC: ("spec", "green"),
    Origin.TEMPLATE: ("template", "blue"),
    Origin.CONVENTION: ("convention", "dim"),
}
_VERBS = {Command.SELECT: "read", Command.INSERT: "add", Command.UPDATE: "change", Command.DELETE: "delete"}
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
                f"the model gave no valid plan ({plan.planner.fallback_reason}); the reader made this one",
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


def check_words(check: Check) -> str:
    """A check in words: ``one of draft, sold``, ``from 1 to 5``."""
    if check.kind == "one_of":
        return f"one of {', '.join(check.values)}"
    if check.kind == "max_length":
        return f"at most {check.value} characters"
    if check.kind == "not_blank":
        return "not blank"
    low = (
        f"{'more than' if check.exclusive_min else 'at least'} {check.min:g}" if check.min is not None else ""
    )
    high = f"at most {check.max:g}" if check.max is not None else ""
    return " and ".join(part for part in (low, high) if part)


def policy_words(policy: Policy, plan: Plan) -> str:
    """Who may do what, in one line: ``members (admin) may read and change``."""
    if policy.kind == "service_only":
        return "nobody but the service"
    commands = list(policy.commands)
    verbs = [_VERBS[Command(c)] for c in commands]
    done = verbs[0] if len(verbs) == 1 else f"{', '.join(verbs[:-1])} and {verbs[-1]}"
    rows = ""
    if policy.kind in ("public_read", "authenticated_read") and policy.where is not None:
        rows = f" where {policy.where.column} is {_value(policy.where.value)}"
    return f"{_who(policy, plan)} may {done}{rows}"


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _who(policy: Policy, plan: Plan) -> str:
    if policy.kind == "public_read":
        return "anyone"
    if policy.kind == "authenticated_read":
        return "every signed-in user"
    if policy.kind in ("owner", "insert_self"):
        return f"the user in {policy.column}"
    if policy.kind == "tenant":
        return f"users whose {policy.claim} is {policy.column}"
    if policy.kind == "parent_owner":
        return f"the user in {policy.owner_column} of {_name(plan, policy.table)}"
    if policy.kind in ("member", "parent_member", "staff"):
        roles = f" ({', '.join(policy.roles_in)})" if policy.roles_in else ""
        whose = "everybody in " if policy.kind == "staff" else "members by "
        return f"{whose}{_name(plan, policy.via)}{roles}"
    return "nobody"


def _name(plan: Plan, table_id: str) -> str:
    table = plan.table(table_id)
    return table.name if table else table_id


def mermaid(plan: Plan) -> str:
    """The plan as a Mermaid ``erDiagram``."""
    lines = ["erDiagram"]
    for table in plan.tables:
        lines.append(f"    {table.name} {{")
        for column in table.columns:
            kind = column.type.replace("[]", "_array").replace(" ", "_")
            marks = ["PK"] if column.name in table.primary_key else []
            if any(column.name in key.columns for key in table.foreign_keys):
                marks.append("FK")
            if column.unique and "PK" not in marks:
                marks.append("UK")
            lines.append(f"        {kind} {column.name}{' ' + ', '.join(marks) if marks else ''}")
        lines.append("    }")
    for table in plan.tables:
        for key in table.foreign_keys:
            target = "auth_users" if key.table == AUTH_USERS else _name(plan, key.table)
            optional = any(c.nullable for c in table.columns if c.name in key.columns)
            one = "|o" if optional else "||"
            only = key.columns == table.primary_key or any(
                c.unique for c in table.columns if [c.name] == key.columns
            )
            many = "o|" if only else "o{"
            lines.append(f'    {target} {one}--{many} {table.name} : "{key.columns[0]}"')
    return "\n".join(lines) + "\n"
