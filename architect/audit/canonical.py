"""Canonical JSON after RFC 8785, and the strict reading of JSON that goes with it.

The same value always has the same bytes, in any language: keys are sorted by their UTF-16 code units and
numbers are written as ECMAScript writes them. What two readers could understand differently is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

#: Beyond these integers a reader that has only doubles reads another number.
SAFE = 2**53 - 1
_text = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    """The one UTF-8 text of ``value``. Raises :class:`ValueError` for what JSON cannot say safely."""
    return _write(value).encode("utf-8")


def read(text: bytes) -> Any:
    """The value of a JSON text.

    Raises :class:`ValueError` for text that is not JSON, that names a key twice, or whose numbers or strings
    are not safe.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        canonical(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _write(value: Any) -> str:
    if value is None or isinstance(value, (bool, str)):
        return _text(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key is not text")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{_text(key)}:{_write(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_write, value)) + "]"
    raise ValueError(f"JSON has no {type(value).__name__}")


def _number(value: int | float) -> str:
    if isinstance(value, int):
        if abs(value) > SAFE:
            raise ValueError("an integer beyond 2**53 is not safe in JSON")
        return str(value)
    if not math.isfinite(value):
        raise ValueError("JSON has no infinity and no NaN")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # Python and ECMAScript agree on the shortest digits, not on where an exponent begins.
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign + _place(digits.rstrip("0"), point)


def _place(digits: str, point: int) -> str:
    """``0.digits * 10**point`` as ECMAScript's Number::toString puts it."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return digits + exponent if count == 1 else f"{digits[0]}.{digits[1:]}{exponent}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands there twice")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")
