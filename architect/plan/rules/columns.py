"""Columns: defaults and checks agree with the type and with each other."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator

from architect.plan.model import Check, Column, ColumnType, OneOf, Plan, Range
from architect.plan.rules.violation import Violation

NUMBERS: tuple[ColumnType, ...] = ("integer", "bigint", "numeric", "double precision")

_DEFAULT_TYPES: dict[str, tuple[ColumnType, ...]] = {
    "now": ("timestamptz", "date", "time"),
    "gen_uuid": ("uuid",),
    "current_user": ("uuid",),
    "empty_json": ("jsonb",),
    "empty_array": ("text[]",),
}
_INTERVAL = re.compile(r"[0-9]{1,6} (second|minute|hour|day|week|month|year)s?")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}(:[0-9]{2})?)"
)
#: Postgres takes no time zone further from UTC.
_FURTHEST = datetime.timedelta(hours=16)
_WHOLE = {"integer": 2**31, "bigint": 2**63}


def broken(plan: Plan) -> Iterator[Violation]:
    for n, table in enumerate(plan.tables):
        for m, column in enumerate(table.columns):
            path = f"tables[{n}].columns[{m}]"
            for k, item in enumerate(column.checks):
                yield from _check(column, item, f"{path}.checks[{k}]")
            yield from _default(column, f"{path}.default")


def _default(column: Column, path: str) -> Iterator[Violation]:
    if column.default is None:
        return
    if column.default.kind != "literal":
        allowed = _DEFAULT_TYPES[column.default.kind]
        if column.type not in allowed:
            message = (
                f"The default {column.default.kind} needs the type {' or '.join(allowed)}, not {column.type}."
            )
            yield Violation("default_type", path, message)
        return
    value = column.default.value
    if not fits(value, column.type):
        message = f"The default is no {column.type}; give one, or none."
        yield Violation("default_type", path, message)
    elif any(not passes(value, c) for c in column.checks):
        yield Violation(
            "default_fails_check", path, "The default breaks the column's own check; change either."
        )


def _check(column: Column, item: Check, path: str) -> Iterator[Violation]:
    allowed = NUMBERS if isinstance(item, Range) else ("text",)
    if column.type not in allowed:
        message = f"The check {item.kind} needs the type {' or '.join(allowed)}, not {column.type}."
        yield Violation("check_type", path, message)
    if isinstance(item, OneOf) and (len(set(item.values)) < len(item.values) or not all(item.values)):
        yield Violation("check_values", path, "List each value once and no empty one.")
    if isinstance(item, Range):
        bounds = [b for b in (item.min, item.max) if b is not None]
        if not bounds or not all(math.isfinite(b) for b in bounds):
            yield Violation("check_values", path, "Give a finite min, max or both.")
        elif len(bounds) == 2 and (bounds[0] > bounds[1] or (item.exclusive_min and bounds[0] == bounds[1])):
            yield Violation("check_values", path, "No number lies between min and max; swap or widen them.")


def fits(value: bool | int | float | str, column_type: ColumnType) -> bool:
    """Whether ``value`` is a value of ``column_type``, told without a database."""
    if isinstance(value, bool):
        return column_type == "boolean"
    if isinstance(value, (int, float)):
        return _number_fits(value, column_type)
    if column_type == "text":
        return True
    parse = _PARSERS.get(column_type)
    return parse is not None and _parses(parse, value)


def passes(value: bool | int | float | str, item: Check) -> bool:
    """Whether a ``value`` that fits the type passes the check."""
    if isinstance(value, str):
        if item.kind == "one_of":
            return value in item.values
        if item.kind == "max_length":
            return len(value) <= item.value
        return item.kind != "not_blank" or bool(value.strip(" "))
    if item.kind != "range":
        return True
    low = item.min is None or value > item.min or (value == item.min and not item.exclusive_min)
    return low and (item.max is None or value <= item.max)


def _number_fits(value: int | float, column_type: ColumnType) -> bool:
    if column_type in _WHOLE:
        limit = _WHOLE[column_type]
        return isinstance(value, int) and -limit <= value < limit
    if column_type not in NUMBERS:
        return False
    return abs(value) < 1e300 if isinstance(value, int) else math.isfinite(value)


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        return bool(parse(value))
    except ValueError:
        return False


def _timestamp(value: str) -> bool:
    offset = datetime.datetime.fromisoformat(value).utcoffset()
    return offset is not None and abs(offset) < _FURTHEST


def _time(value: str) -> bool:
    return datetime.time.fromisoformat(value).tzinfo is None


#: Text forms that Postgres reads the same way whatever its settings.
_PARSERS: dict[ColumnType, Callable[[str], object]] = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch,
    "date": lambda v: re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", v) and datetime.date.fromisoformat(v),
    "time": lambda v: re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", v) and _time(v),
    "timestamptz": lambda v: _TIMESTAMP.fullmatch(v) and _timestamp(v),
    "interval": _INTERVAL.fullmatch,
}
