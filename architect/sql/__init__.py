"""Named queries: every fixed SQL text of the project lives in a ``.sql`` file beside this module.

A file holds one or more blocks; a block starts with a line ``-- name: query_name``. Identifiers are quoted
by :func:`quote_identifier` only, literals by :func:`quote_literal` only (in the renderer, where parameters
cannot be bound); everything else is bound.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)\s*$", re.M)


@cache
def load(file: str) -> dict[str, LiteralString]:
    """The named blocks of ``architect/sql/{file}.sql``."""
    text = files(__package__).joinpath(f"{file}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {
        name: cast("LiteralString", body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def query(file: str, name: str) -> LiteralString:
    """One named block. Raises :class:`KeyError` when there is none."""
    return load(file)[name]


def quote_identifier(*parts: str) -> str:
    """``"schema"."name"``: the only way an identifier gets into SQL. Raises :class:`ValueError` for NUL."""
    for part in parts:
        if not part or "\x00" in part:
            raise ValueError("an SQL identifier must be non-empty and free of NUL")
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def quote_literal(value: str | int | float | bool | None) -> str:
    """A Postgres literal, safe under ``standard_conforming_strings = on``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if "\x00" in value:
        raise ValueError("SQL text must be free of NUL")
    escaped = value.replace("'", "''")
    return f" E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{escaped}'"
