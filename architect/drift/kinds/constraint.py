"""Constraints and indexes: what keeps rows right, and what makes them fast to find."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds.generic import by_property, named
from architect.drift.model import Severity
from architect.drift.world import World

_NOUNS = {
    "c": "Check",
    "f": "Foreign key",
    "p": "Primary key",
    "u": "Unique constraint",
    "x": "Exclusion constraint",
}
_DEFERRED = re.compile(r" (NOT )?DEFERRABLE| INITIALLY \w+")
_LOST = {
    "c": "values it refused are taken now",
    "f": "rows may point at nothing, and nothing is deleted along",
    "p": "rows may be doubled and nothing tells them apart",
    "u": "the same value may be stored twice",
    "x": "rows that exclude each other may be stored",
}


def judge(change: Change, world: World) -> list[Verdict]:
    """A constraint gone, extra, or different."""
    kind = str(change.any.get("type"))
    noun, where = _NOUNS.get(kind, "Constraint"), named(change)
    if change.after is None:
        why = _LOST.get(kind, "what it refused is taken now")
        return [
            Verdict("constraint_missing", Severity.HIGH, f"{noun} {where} is gone: {why}.", _text(change.old))
        ]
    if change.before is None:
        why = "rows that were fine may be refused"
        return [
            Verdict(
                "constraint_extra", Severity.MEDIUM, f"{noun} {where} is new: {why}.", None, _text(change.new)
            )
        ]
    return by_property(change, world, _RULES)


def _text(detail: Mapping[str, Any]) -> str:
    get = detail.get
    state = "" if get("enforced", True) else " (not enforced)"
    return f"{get('definition')}{state}"


def _definition(change: Change, world: World) -> Verdict:
    name, severity, why = _difference(change)
    return Verdict(name, severity, f"Constraint {named(change)} {why}.", *both(change, _text))


def _difference(change: Change) -> tuple[str, Severity, str]:
    """What is different about a constraint: type of the alert, severity, words."""
    before, after = (str(d.get("definition")) for d in (change.old, change.new))
    if change.old.get("enforced", True) and not change.new.get("enforced", True):
        return "constraint_changed", Severity.HIGH, "is no longer enforced"
    if before == after:
        return "constraint_changed", Severity.LOW, "belongs to its parent table in another way"
    if _DEFERRED.sub("", before) == _DEFERRED.sub("", after):
        return "constraint_changed", Severity.MEDIUM, "is checked at another moment of a transaction"
    if before.removesuffix(" NOT VALID") == after.removesuffix(" NOT VALID"):
        if change.new.get("validated"):
            return "constraint_not_valid", Severity.INFO, "is validated now"
        return "constraint_not_valid", Severity.MEDIUM, "no longer holds for all rows that are stored"
    return "constraint_changed", Severity.HIGH, "asks for something else: other rows are taken and refused"


_PROPERTIES = (
    "definition",
    "validated",
    "enforced",
    "deferrable",
    "deferred",
    "references",
    "local",
    "inherited",
)
_RULES = dict.fromkeys(_PROPERTIES, _definition)


def judge_index(change: Change, world: World) -> list[Verdict]:
    """An index gone, extra, or different."""
    where = named(change)
    unique = bool(change.any.get("unique"))
    if change.after is None:
        why = (
            "the same value may be stored twice"
            if unique
            else "queries and policies that used it read whole tables"
        )
        severity = Severity.HIGH if unique else Severity.LOW
        return [
            Verdict("index_missing", severity, f"Index {where} is gone: {why}.", change.old.get("definition"))
        ]
    if change.before is None:
        why = "rows that were fine may be refused" if unique else "it costs writes and space"
        severity = Severity.MEDIUM if unique else Severity.LOW
        return [
            Verdict(
                "index_extra", severity, f"Index {where} is new: {why}.", None, change.new.get("definition")
            )
        ]
    return by_property(change, world, _INDEX_RULES)


def _valid(change: Change, world: World) -> Verdict:
    broken = not (change.new.get("valid") and change.new.get("ready") and change.new.get("live", True))
    unique = bool(change.new.get("unique"))
    why = "is invalid: queries do not use it" if broken else "is valid again"
    if broken and unique:
        why += ", and doubles may be stored already"
    severity = (Severity.MEDIUM if unique else Severity.LOW) if broken else Severity.INFO
    return Verdict(
        "index_invalid" if broken else "index_valid",
        severity,
        f"Index {named(change)} {why}.",
        *_states(change),
    )


def _states(change: Change) -> tuple[str, str]:
    old, new = (
        f"{d.get('definition')} ({'valid' if d.get('valid') and d.get('ready') else 'invalid'})"
        for d in (change.old, change.new)
    )
    return old, new


def _index_definition(change: Change, world: World) -> Verdict:
    lost = change.old.get("unique") and not change.new.get("unique")
    why = "no longer refuses doubles" if lost else "is another one"
    return Verdict(
        "index_changed",
        Severity.HIGH if lost else Severity.LOW,
        f"Index {named(change)} {why}.",
        change.old.get("definition"),
        change.new.get("definition"),
    )


def _storage(change: Change, world: World) -> Verdict:
    before, after = (f"options {d.get('options')}" for d in (change.old, change.new))
    return Verdict(
        "index_options", Severity.INFO, f"Index {named(change)} is stored in another way.", before, after
    )


_INDEX_RULES = {
    **dict.fromkeys(("valid", "ready", "live"), _valid),
    **dict.fromkeys(("definition", "unique", "primary", "constraint", "parent"), _index_definition),
    **dict.fromkeys(("options",), _storage),
}
