"""Small pieces of SQL text: filled blocks, quoted names, typed literals, dollar-quoted bodies."""

from __future__ import annotations

from collections.abc import Iterable

from architect.plan.model import ColumnType
from architect.plan.names import fit
from architect.sql import query, quote_identifier, quote_literal

#: Every type a plan can name, as Postgres writes it. Nothing else can reach the SQL.
TYPES: dict[ColumnType, str] = {
    "text": "text",
    "integer": "integer",
    "bigint": "bigint",
    "numeric": "numeric",
    "double precision": "double precision",
    "boolean": "boolean",
    "uuid": "uuid",
    "date": "date",
    "time": "time",
    "timestamptz": "timestamptz",
    "interval": "interval",
    "jsonb": "jsonb",
    "text[]": "text[]",
}


def fill(block: str, **parts: str) -> str:
    """The block of ``architect/sql/render.sql`` with its braces filled; parts are SQL already quoted."""
    return query("render", block).format(**parts)


def table_name(name: str) -> str:
    return quote_identifier("public", name)


def column_list(columns: Iterable[str]) -> str:
    return ", ".join(quote_identifier(c) for c in columns)


def typed(value: bool | int | float | str, column_type: ColumnType) -> str:
    """``value`` as a literal of ``column_type``. A number is quoted too: no sign is parsed as an operator."""
    if isinstance(value, bool):
        return quote_literal(value)
    text = value if isinstance(value, str) else number(value)
    return f"{quote_literal(text).strip()}::{TYPES[column_type]}"


def number(value: int | float) -> str:
    """A number without the ``.0`` of a whole float."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def text_array(values: Iterable[str]) -> str:
    return f"array[{', '.join(quote_literal(v).strip() for v in values)}]::text[]"


def dollar_quoted(body: str) -> str:
    """``body`` in dollar quotes whose tag does not occur in it."""
    tag = "$body$"
    while tag in body:
        tag = f"${tag.strip('$')}_$"
    return f"{tag}\n{body}\n{tag}"


class NameBook:
    """Names that are unique in one schema: constraints, indexes and tables of Postgres share a namespace."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def give(self, name: str) -> str:
        """``name`` cut to 63 bytes; a number is added while another object has it."""
        candidate, number = fit(name), 1
        while candidate in self._taken:
            number += 1
            candidate = fit(f"{name}_{number}")
        self._taken.add(candidate)
        return candidate
