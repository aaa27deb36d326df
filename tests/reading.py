"""What the reader tests ask about a plan."""

from __future__ import annotations

from pathlib import Path

from architect.plan.model import Column, Plan
from architect.plan.planner import make_plan
from architect.plan.show.words import policy_words

EXAMPLES = Path(__file__).parent.parent / "examples"


def read(text: str, template: str = "blank") -> Plan:
    """The reader's plan for ``text``."""
    return make_plan(text, template=template, kind="reader")


def example(name: str, template: str) -> Plan:
    return read((EXAMPLES / f"{name}.md").read_text(), template)


def tables(plan: Plan) -> set[str]:
    return {table.name for table in plan.tables}


def columns(plan: Plan, table: str) -> set[str]:
    return {column.name for column in named(plan, table).columns}


def column(plan: Plan, table: str, name: str) -> Column:
    found = named(plan, table).column(name)
    assert found is not None, f"{table} has no {name}, only {sorted(columns(plan, table))}"
    return found


def named(plan: Plan, name: str):
    found = next((t for t in plan.tables if t.name == name), None)
    assert found is not None, f"no table {name}, only {sorted(tables(plan))}"
    return found


def references(plan: Plan, table: str) -> dict[str, str]:
    """Column -> name of the table it references, for each single-column foreign key."""
    names = {t.id: t.name for t in plan.tables}
    return {k.columns[0]: names.get(k.table, k.table) for k in named(plan, table).foreign_keys}


def access(plan: Plan, table: str) -> set[str]:
    """The table's policies in words."""
    return {policy_words(policy, plan) for policy in named(plan, table).policies}


def values(plan: Plan, table: str, name: str) -> list[str]:
    """The values a column takes, [] when any."""
    return next((c.values for c in column(plan, table, name).checks if c.kind == "one_of"), [])


def questions(plan: Plan) -> str:
    """All open questions with their quotes, as one text."""
    return "\n".join(f"{q.question} {' '.join(b.quote for b in q.because)}" for q in plan.open_questions)
