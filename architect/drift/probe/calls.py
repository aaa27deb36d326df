"""Functions that people may call by themselves, and what to call them with."""

from __future__ import annotations

from typing import Any

from architect.catalog.facts.snapshot import Snapshot
from architect.drift.probe.atoms import Table
from architect.drift.probe.values import types, value
from architect.sql import quote_identifier, quote_literal

#: What only the server calls, or what has no result to count.
_NOT_CALLED = ("trigger", "event_trigger", "internal", "void record")
#: The row that arguments name: the second one is of the other tenant.
_NUMBER = 2


def callable_function(state: Snapshot, name: Table) -> dict[str, Any] | None:
    """How the probe calls the function ``name`` (schema, name with argument types), or None if it cannot."""
    fact = state.get("function", *name)
    if fact is None or fact.detail.get("kind") != "f" or str(fact.detail.get("returns")) in _NOT_CALLED:
        return None
    plain, _, listed = name[1].partition("(")
    known = types(state)
    arguments = []
    for kind in filter(None, (word.strip() for word in listed.rstrip(")").split(","))):
        text = value(kind, _NUMBER, "argument", known)
        arguments.append("null" if text is None else f"{quote_literal(text).strip()}::{kind}")
    called = f"{quote_identifier(name[0], plain)}({', '.join(arguments)})"
    return {"kind": "function", "name": called, "number": -1}
