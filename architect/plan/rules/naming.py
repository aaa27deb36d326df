"""Names and texts: unique also to the eye, not reserved, and free of characters no database takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from architect.plan.model import Plan, Table
from architect.plan.names import Kind, fold, is_name, is_reserved
from architect.plan.rules.violation import Violation

#: Characters of any text in a plan: descriptions are the longest.
MAX_TEXT = 1_000
_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")


def broken(plan: Plan) -> Iterator[Violation]:
    yield from _repeated(((t.id, f"tables[{n}].id") for n, t in enumerate(plan.tables)), "duplicate_id", "id")
    yield from _names([(t.name, f"tables[{n}].name") for n, t in enumerate(plan.tables)], "table")
    for n, table in enumerate(plan.tables):
        yield from _in_table(table, f"tables[{n}]")
    slugs = ((f.slug, f"functions[{n}].slug") for n, f in enumerate(plan.functions))
    yield from _repeated(slugs, "duplicate_name", "function")
    buckets = ((b.name, f"buckets[{n}].name") for n, b in enumerate(plan.buckets))
    yield from _repeated(buckets, "duplicate_name", "bucket")
    yield from _unsafe(plan.model_dump(warnings=False), "")


def _in_table(table: Table, path: str) -> Iterator[Violation]:
    yield from _names([(c.name, f"{path}.columns[{n}].name") for n, c in enumerate(table.columns)], "column")
    policies = ((p.name, f"{path}.policies[{n}].name") for n, p in enumerate(table.policies))
    yield from _repeated(policies, "duplicate_name", "policy")


def _names(names: list[tuple[str, str]], kind: Kind) -> Iterator[Violation]:
    seen: dict[str, str] = {}
    for name, path in names:
        if not is_name(name):
            yield Violation(
                "bad_name", path, "Use lower-case letters, digits and _, a letter first, at most 63."
            )
        elif is_reserved(name, kind):
            yield Violation(
                "reserved_name", path, f"`{name}` is reserved; write `{name}_` or use another word."
            )
        key = fold(name, kind)
        if key in seen:
            what = (
                f"`{name}` and `{seen[key]}` cannot be told apart"
                if name != seen[key]
                else f"`{name}` is taken"
            )
            yield Violation("duplicate_name", path, f"{what}; make it one {kind} or rename one.")
        seen.setdefault(key, name)


def _repeated(values: Iterable[tuple[str, str]], code: str, what: str) -> Iterator[Violation]:
    seen: set[str] = set()
    for value, path in values:
        if value in seen:
            yield Violation(code, path, f"The {what} `{value}` is already there; give it another name.")
        seen.add(value)


def is_unsafe(character: str) -> bool:
    """Whether no text of a plan may hold ``character``: controls, halves of pairs, direction overrides."""
    return _UNSAFE.match(character) is not None


def _unsafe(value: Any, path: str) -> Iterator[Violation]:
    """Postgres ends a statement at NUL and refuses lone surrogates; the others only deceive readers."""
    if isinstance(value, str):
        bad = _UNSAFE.search(value)
        if bad:
            message = f"Remove the character U+{ord(bad[0]):04X}: no reader can see it."
            yield Violation("unsafe_text", path, message)
        if len(value) > MAX_TEXT:
            message = f"{len(value):,} characters are no word of a plan; at most {MAX_TEXT:,} are."
            yield Violation("too_long", path, message)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unsafe(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _unsafe(item, f"{path}[{n}]")
