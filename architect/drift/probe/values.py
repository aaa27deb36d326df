"""Values of any type for row ``number``: small, distinct, the same on every run, as Postgres reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from architect.catalog.facts.snapshot import Snapshot
from architect.drift.probe.atoms import identifier

_SIZED = re.compile(r"^(.*?)\((\d+)(?:,(\d+))?\)(.*)$")
_WHOLE = {"smallint", "integer", "bigint", "oid"}
_EXACT = {"numeric", "real", "double precision", "money"}
_TEXT = {"text", "character varying", "character", "name", "citext", "bpchar"}
_RANGES = {"int4range": "[{n},{m})", "int8range": "[{n},{m})", "numrange": "[{n},{m})"}


@dataclass(frozen=True)
class Types:
    """The types of the database's own: labels of enums, bases of domains. Keys are deparsed names."""

    labels: Mapping[str, Sequence[str]]
    bases: Mapping[str, str]


def types(state: Snapshot) -> Types:
    """The types in ``state``."""
    labels: dict[str, Sequence[str]] = {}
    bases: dict[str, str] = {}
    for fact in state.of("type", "domain"):
        names = {f"{fact.key.schema}.{fact.key.name}", f'{fact.key.schema}."{fact.key.name}"'}
        for name in names:
            if fact.detail.get("labels"):
                labels[name] = list(fact.detail["labels"])
            if fact.detail.get("base"):
                bases[name] = str(fact.detail["base"])
    return Types(labels, bases)


def value(kind: str, number: int, column: str, known: Types) -> str | None:
    """Text for the ``number``-th row of a column, or None where nothing is known of its type."""
    if kind.endswith("[]"):
        inner = value(kind[:-2], number, column, known)
        return None if inner is None else "{" + _quoted(inner) + "}"
    if kind in known.bases:
        return value(known.bases[kind], number, column, known)
    if kind in known.labels:
        return known.labels[kind][(number - 1) % len(known.labels[kind])]
    size = _SIZED.match(kind)
    plain = (size[1] + size[4]).strip() if size else kind
    length = int(size[2]) if size else None
    return _plain(plain.rsplit(".", 1)[-1].strip('"'), length, number, column)


def _plain(kind: str, size: int | None, number: int, column: str) -> str | None:
    if kind in _WHOLE:
        return str(number)
    if kind in _EXACT:
        return str(number % 9 + 1) if size is not None and size <= 3 else str(number)
    if kind in _TEXT:
        text = f"{column}-{number}"
        return text if size is None or len(text) <= size else str(number)[-size:]
    special: dict[str, Any] = {
        "uuid": identifier(number),
        "boolean": "false" if number % 2 else "true",
        "date": f"2026-01-{number % 28 + 1:02d}",
        "time without time zone": f"00:{number % 60:02d}:00",
        "time with time zone": f"00:{number % 60:02d}:00+00",
        "interval": f"{number} days",
        "json": f'{{"n": {number}}}',
        "jsonb": f'{{"n": {number}}}',
        "bytea": f"\\x{number % 256:02x}",
        "inet": f"10.0.0.{number % 256}",
        "cidr": f"10.0.{number % 256}.0/24",
        "macaddr": f"08:00:2b:01:02:{number % 256:02x}",
        "point": f"({number},{number})",
        "tsvector": f"'n{number}'",
        "xml": f"<n>{number}</n>",
        "daterange": f"[2026-01-{number % 27 + 1:02d},2026-01-{number % 27 + 2:02d})",
        "bit": "1" * (size or 1),
        "bit varying": "1",
    }
    if kind.startswith("timestamp"):
        return f"2026-01-{number % 28 + 1:02d} 00:00:00+00"
    if kind in ("vector", "halfvec") and size:
        return "[" + ",".join([str(number)] * size) + "]"
    if kind in ("tstzrange", "tsrange"):
        return f"[2026-01-{number % 27 + 1:02d} 00:00,2026-01-{number % 27 + 2:02d} 00:00)"
    if kind in _RANGES:
        return _RANGES[kind].format(n=number, m=number + 1)
    found = special.get(kind)
    return None if found is None else str(found)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
