"""Postgres result -> JSON, as postgres-meta encodes it for ``/database/query``.

Values are read as the server's own text, so that dates and intervals reach the client as Postgres prints
them. int8 is a number while it is a safe integer, numeric is a string, bytea is a Node ``Buffer``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from psycopg.pq.abc import PGresult

Json = Any
Parser = Callable[[str], Json]
MAX_SAFE_INTEGER = 2**53 - 1


def rows(result: PGresult) -> list[dict[str, Json]]:
    """The rows of ``result`` as objects; of columns with the same name the last one wins."""
    names = [(result.fname(i) or b"").decode("utf-8", "replace") for i in range(result.nfields)]
    parsers = [_PARSERS.get(result.ftype(i), _text) for i in range(result.nfields)]
    return [
        {name: _value(result, r, c, parsers[c]) for c, name in enumerate(names)}
        for r in range(result.ntuples)
    ]


def _value(result: PGresult, row: int, column: int, parse: Parser) -> Json:
    raw = result.get_value(row, column)
    return None if raw is None else parse(raw.decode("utf-8", "replace"))


def _text(value: str) -> str:
    return value


def _int8(value: str) -> int | str:
    number = int(value)
    return number if abs(number) <= MAX_SAFE_INTEGER else value


def _float(value: str) -> float | int | None:
    number = float(value)
    if not math.isfinite(number):
        return None
    # JavaScript has one number type: 1.0 is written as 1.
    return int(number) if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER else number


def _bool(value: str) -> bool:
    return value == "t"


def _bytea(value: str) -> dict[str, Json]:
    return {"type": "Buffer", "data": list(bytes.fromhex(value.removeprefix("\\x")))}


def _json(value: str) -> Json:
    return json.loads(value)


def parse_array(text: str, item: Parser = _text) -> list[Json]:
    """A Postgres array literal as nested lists; ``NULL`` is ``None``, bounds (``[0:1]=``) are dropped."""
    start = text.index("{")
    value, _ = _parse_list(text, start + 1, item)
    return value


def _parse_list(text: str, at: int, item: Parser) -> tuple[list[Json], int]:
    values: list[Json] = []
    while True:
        char = text[at]
        if char == "}":
            return values, at + 1
        if char == ",":
            at += 1
        elif char == "{":
            nested, at = _parse_list(text, at + 1, item)
            values.append(nested)
        elif char == '"':
            word, at = _quoted(text, at + 1)
            values.append(item(word))
        else:
            end = at
            while text[end] not in ",}":
                end += 1
            word, at = text[at:end], end
            values.append(None if word == "NULL" else item(word))


def _quoted(text: str, at: int) -> tuple[str, int]:
    word = []
    while text[at] != '"':
        if text[at] == "\\":
            at += 1
        word.append(text[at])
        at += 1
    return "".join(word), at + 1


def _array(item: Parser) -> Parser:
    return lambda value: parse_array(value, item)


_PARSERS: dict[int, Parser] = {
    16: _bool,
    17: _bytea,
    20: _int8,
    21: int,
    23: int,
    26: int,
    114: _json,
    700: _float,
    701: _float,
    3802: _json,
    199: _array(_json),
    651: _array(_text),
    791: _array(_text),
    1000: _array(_bool),
    1001: _array(_bytea),
    1005: _array(int),
    1007: _array(int),
    1008: _array(_text),
    1009: _array(_text),
    1014: _array(_text),
    1015: _array(_text),
    1016: _array(_text),
    1021: _array(_float),
    1022: _array(_float),
    1028: _array(int),
    1040: _array(_text),
    1041: _array(_text),
    1115: _array(_text),
    1182: _array(_text),
    1183: _array(_text),
    1185: _array(_text),
    1187: _array(_text),
    1231: _array(_float),
    1270: _array(_text),
    2951: _array(_text),
    3807: _array(_json),
    3907: _array(_text),
}


def parameter(value: Json) -> str | None:
    """A JSON parameter as the text Postgres reads for ``$n``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return "{" + ",".join(_element(v) for v in value) + "}"
    return json.dumps(value, separators=(",", ":"))


def _element(value: Json) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "{" + ",".join(_element(v) for v in value) + "}"
    text = parameter(value) or ""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
