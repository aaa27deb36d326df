"""A plan as an ER diagram."""

from __future__ import annotations

from architect.plan.model import AUTH_USERS, Plan
from architect.plan.show.words import table_name


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
            target = "auth_users" if key.table == AUTH_USERS else table_name(plan, key.table)
            optional = any(c.nullable for c in table.columns if c.name in key.columns)
            one = "|o" if optional else "||"
            only = key.columns == table.primary_key or any(
                c.unique for c in table.columns if [c.name] == key.columns
            )
            many = "o|" if only else "o{"
            lines.append(f'    {target} {one}--{many} {table.name} : "{key.columns[0]}"')
    return "\n".join(lines) + "\n"
