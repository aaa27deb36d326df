"""Calls in a policy that Postgres makes for every row where once would do."""

from __future__ import annotations

from typing import Any

from postgast import pg_query_pb2 as pb

from architect.drift.meaning.reader import Unreadable, parse


def calls_outside_select(expression: str | None) -> list[str]:
    """The functions in ``expression`` that do not depend on the row and are not called in a ``(select ...)``
    of their own, once for each call: functions with a schema, and
    ``current_setting``. Empty for what cannot be read."""
    try:
        nodes = parse(f"SELECT {expression}") if expression else []
    except Unreadable:
        return []
    found: list[str] = []
    for node in nodes:
        for target in node.select_stmt.target_list:
            _calls(target, found)
    return found


def _calls(message: Any, found: list[str]) -> None:
    if message.DESCRIPTOR.name == "SubLink" and _is_wrapper(message):
        return
    if message.DESCRIPTOR.name == "FuncCall":
        name = ".".join(part.string.sval for part in message.funcname).removeprefix("pg_catalog.")
        if ("." in name or name == "current_setting") and not any(_has_column(arg) for arg in message.args):
            found.append(name)
    for part in _parts(message):
        _calls(part, found)


def _is_wrapper(link: Any) -> bool:
    return link.sub_link_type == pb.EXPR_SUBLINK and not link.subselect.select_stmt.from_clause


def _has_column(message: Any) -> bool:
    return message.DESCRIPTOR.name == "ColumnRef" or any(_has_column(part) for part in _parts(message))


def _parts(message: Any) -> list[Any]:
    found: list[Any] = []
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            found += [value] if hasattr(value, "ListFields") else value
    return found
