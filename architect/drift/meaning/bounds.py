"""Limits that are literals: ``x < 3`` is narrower than ``x < 5``, a day ago is later than ten years ago."""

from __future__ import annotations

import re

from architect.drift.meaning.terms import Term

_PART = re.compile(r"(\d+) (second|sec|minute|min|hour|day|week|mon|month|year)s?")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)")
#: Months, days, seconds: kept apart, as a month has no fixed length.
_UNITS = {
    "second": (0, 0, 1),
    "sec": (0, 0, 1),
    "minute": (0, 0, 60),
    "min": (0, 0, 60),
    "hour": (0, 0, 3600),
    "day": (0, 1, 0),
    "week": (0, 7, 0),
    "mon": (1, 0, 0),
    "month": (1, 0, 0),
    "year": (12, 0, 0),
}


def within(narrow: Term, wide: Term) -> bool:
    """Whether ``narrow`` is true only where ``wide`` is, both comparisons of the same value with a limit."""
    if narrow[0] == wide[0] == "<":
        if narrow[1] == wide[1]:
            return not_after(narrow[2], wide[2])
        return narrow[2] == wide[2] and not_after(wide[1], narrow[1])
    return False


def not_after(first: Term, second: Term) -> bool:
    """Whether ``first <= second`` for sure."""
    if first == second:
        return True
    if first[0] == second[0] == "num":
        return bool(first[1] <= second[1])
    if first[0] == second[0] == "cast" and first[1] == second[1] and first[1] in ("numeric", "int8", "int4"):
        return not_after(first[2], second[2])
    if first[0] == second[0] == "op" and first[1] == second[1] == "-" and first[2] == second[2]:
        return _no_longer(second[3], first[3])
    return False


def _no_longer(first: Term, second: Term) -> bool:
    one, other = _interval(first), _interval(second)
    if one is None or other is None:
        return False
    months, days, seconds = (b - a for a, b in zip(one, other, strict=True))
    if min(months, days, seconds) >= 0:
        return True
    # A month has 28 days at least; three days are more than what clocks and short months can shift.
    return months >= 0 and (28 * months + days) * 86_400 + seconds >= 3 * 86_400


def _interval(term: Term) -> tuple[int, int, int] | None:
    """Months, days and seconds of an interval literal."""
    if term[0] != "cast" or term[1] != "interval" or term[2][0] != "str":
        return None
    text, total = term[2][1], [0, 0, 0]
    for amount, unit in _PART.findall(text):
        total = [have + int(amount) * more for have, more in zip(total, _UNITS[unit], strict=True)]
    for hours, minutes, seconds in _CLOCK.findall(text):
        total[2] += int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    rest = _CLOCK.sub("", _PART.sub("", text)).strip()
    return None if rest or not text.strip() else (total[0], total[1], total[2])
