"""Typed values for seeded rows: deterministic, distinct per number, within the column's checks.

Values are Postgres input text in canonical output form, so that a key computed here equals the key read back.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid

from architect.catalog.identities import NAMESPACE
from architect.plan.model import Column, MaxLength, NotBlank, OneOf, Range, Table

_LIMITS = {"integer": 2**31 - 1, "bigint": 2**63 - 1}
#: Integer keys start here, far from what a young database holds.
KEY_BASE = 900_000_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def value(table: Table, column: Column, number: int) -> str:
    """The ``number``-th value of ``column``: distinct for distinct numbers wherever the checks leave room."""
    choices = one_of(column)
    if choices:
        return choices[number % len(choices)]
    match column.type:
        case "uuid":
            return str(uuid.uuid5(NAMESPACE, f"{table.id}.{column.name}.{number}"))
        case "integer" | "bigint":
            return str(_integer(column, number, keyed=column.unique or column.name in table.primary_key))
        case "numeric" | "double precision":
            return _decimal(column, number)
        case "boolean":
            return "false" if number % 2 == 0 else "true"
        case "date":
            return (dt.date(2026, 1, 1) + dt.timedelta(days=number)).isoformat()
        case "time":
            return (dt.datetime(2026, 1, 1) + dt.timedelta(seconds=number)).time().isoformat()
        case "timestamptz":
            return f"{dt.datetime(2026, 1, 1) + dt.timedelta(minutes=number)}+00"
        case "interval":
            return f"{number + 1} days" if number else "1 day"
        case "jsonb":
            return f'{{"n": {number}}}'
        case "text[]":
            return f"{{n{number}}}"
        case _:
            return _text(column, number)


def literal(wanted: bool | int | str) -> str:
    """The Postgres text of a value that a plan names."""
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    return str(wanted)


def differing(table: Table, column: Column, unwanted: set[str]) -> str | None:
    """A value of ``column`` outside ``unwanted``, or None when the column has none (null, if it may be)."""
    for number in range(len(unwanted) + 2):
        candidate = value(table, column, number)
        if candidate not in unwanted:
            return candidate
    return None


def one_of(column: Column) -> list[str]:
    """The closed list of values of ``column`` as far as its other checks allow them, empty without one."""
    lists = [check.values for check in column.checks if isinstance(check, OneOf)]
    if not lists:
        return []
    return [v for v in lists[0] if all(v in other for other in lists[1:]) and _text_passes(column, v)]


def possible(column: Column) -> bool:
    """Whether the checks of ``column`` leave any value at all."""
    if any(isinstance(check, OneOf) for check in column.checks):
        return bool(one_of(column))
    low, high, exclusive = _bounds(column)
    if column.type in _LIMITS:
        first, last = _whole(column)
        return first <= last
    return low is None or high is None or low < high or (low == high and not exclusive)


def _text_passes(column: Column, text: str) -> bool:
    limits = [c.value for c in column.checks if isinstance(c, MaxLength)]
    blank = not text.strip(" ") and any(isinstance(c, NotBlank) for c in column.checks)
    return not blank and all(len(text) <= limit for limit in limits)


def _bounds(column: Column) -> tuple[float | None, float | None, bool]:
    low: float | None = None
    high: float | None = None
    exclusive = False
    for check in column.checks:
        if isinstance(check, Range):
            if check.min is not None and (low is None or check.min >= low):
                low, exclusive = check.min, check.exclusive_min or (exclusive and check.min == low)
            if check.max is not None and (high is None or check.max < high):
                high = check.max
    return low, high, exclusive


def _whole(column: Column) -> tuple[int, int]:
    """The first and the last whole number that type and checks allow."""
    low, high, exclusive = _bounds(column)
    limit = _LIMITS.get(column.type, 10**300)
    first = -limit - 1
    if low is not None:
        first = max(first, math.floor(low) + 1 if exclusive else math.ceil(low))
    return first, limit if high is None else min(limit, math.floor(high))


def _integer(column: Column, number: int, *, keyed: bool) -> int:
    first, last = _whole(column)
    low, high, _ = _bounds(column)
    if low is None:
        first = max(first, last - 1000 if high is not None else (KEY_BASE if keyed else 1))
    return first + number % max(1, last - first + 1)


def _decimal(column: Column, number: int) -> str:
    low, high, exclusive = _bounds(column)
    if high is None:
        return str(_integer(column, number, keyed=False))
    first = low if low is not None else high - 1000
    if high - first >= 2000:
        return str(math.floor(first) + 1 + number)
    share = ((number % 997) + (1 if exclusive else 0)) / 998
    return f"{first + (high - first) * share:.6f}"


def _text(column: Column, number: int) -> str:
    text = f"probe-{number}"
    limit = min((c.value for c in column.checks if isinstance(c, MaxLength)), default=len(text))
    return text if len(text) <= limit else _base36(number)[-limit:]


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
