"""Tables: created with row level security on and without a grant, in the same migration."""

from __future__ import annotations

from architect.plan.model import Column, Default, Plan, Table
from architect.render.migration import Created, Migration, Script
from architect.render.text import TYPES, NameBook, column_list, fill, table_name, typed
from architect.sql import quote_identifier, quote_literal

_NOW = {"timestamptz": "now()", "date": "current_date", "time": "localtime"}
_DEFAULTS = {
    "gen_uuid": "gen_random_uuid()",
    "current_user": "auth.uid()",
    "empty_json": "'{}'::jsonb",
    "empty_array": "'{}'::text[]",
}


def tables(plan: Plan, names: NameBook) -> Migration:
    """The migration that creates every table of ``plan`` and its buckets."""
    script = Script()
    script.add(fill("lock_defaults"))
    for table in plan.tables:
        _create(script, table, names)
    for bucket in plan.buckets:
        public = "true" if bucket.public else "false"
        script.add(
            fill("create_bucket", name=quote_literal(bucket.name), public=public),
            Created("bucket", bucket.name),
        )
    return script.migration("create_tables", "tables")


def _create(script: Script, table: Table, names: NameBook) -> None:
    target = table_name(table.name)
    key = quote_identifier(names.give(f"{table.name}_pkey"))
    lines = [f"  {_column(c)}" for c in table.columns]
    lines.append(f"  constraint {key} primary key ({column_list(table.primary_key)})")
    script.add(
        fill("create_table", table=target, columns=",\n".join(lines)),
        Created("table", table.name, table.name),
    )
    script.add(fill("lock_table", table=target), Created("rls", table.name, table.name))
    if table.description:
        script.add(fill("comment_table", table=target, text=quote_literal(table.description).strip()))
    for column in table.columns:
        if column.description:
            path = quote_identifier("public", table.name, column.name)
            script.add(fill("comment_column", column=path, text=quote_literal(column.description).strip()))


def _column(column: Column) -> str:
    parts = [quote_identifier(column.name), TYPES[column.type]]
    if not column.nullable:
        parts.append("not null")
    if column.default is not None:
        parts.append(f"default {_default(column, column.default)}")
    return " ".join(parts)


def _default(column: Column, default: Default) -> str:
    if default.kind == "literal":
        return typed(default.value, column.type)
    if default.kind == "now":
        return _NOW[column.type]
    return _DEFAULTS[default.kind]
