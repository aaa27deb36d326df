"""Triggers, rules and event triggers: what runs by itself when something is written."""

from __future__ import annotations

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds.generic import by_property, named, plain
from architect.drift.kinds.ownership import owner
from architect.drift.model import Severity
from architect.drift.world import World

_NOUNS = {"trigger": "Trigger", "rule": "Rule", "event_trigger": "Event trigger"}
_STATES = {"O": "enabled", "D": "disabled", "R": "enabled on replicas only", "A": "always enabled"}


def judge(change: Change, world: World) -> list[Verdict]:
    """A trigger, rule or event trigger gone, extra, or different."""
    kind = change.key.kind
    noun, text = f"{_NOUNS[kind]} {named(change)}", _text(change)
    if change.after is None:
        why = "what it kept right or wrote down is not any more"
        severity = Severity.MEDIUM if kind == "rule" else Severity.HIGH
        return [Verdict(f"{kind}_missing", severity, f"{noun} is gone: {why}.", text)]
    if change.before is None:
        severity = Severity.MEDIUM if kind == "trigger" and not _definer(change, world) else Severity.HIGH
        why = {
            "trigger": "something else runs whenever the table is written",
            "rule": "statements on the table are rewritten to something else",
            "event_trigger": "something else runs whenever the schema is changed, as who changes it",
        }[kind]
        return [Verdict(f"{kind}_extra", severity, f"{noun} is new: {why}.", None, text)]
    return by_property(change, world, _RULES)


def _text(change: Change) -> str:
    detail = change.any
    return str(detail["definition"]) if "definition" in detail else plain(detail)


def _definer(change: Change, world: World) -> bool:
    called = str(change.any.get("function", ""))
    schema, _, name = called.partition(".")
    fact = world.found.get("function", schema, name)
    return fact is not None and bool(fact.detail.get("definer"))


def _enabled(change: Change, world: World) -> Verdict:
    before, after = (
        _STATES.get(str(d.get("enabled")), str(d.get("enabled"))) for d in (change.old, change.new)
    )
    off = change.new.get("enabled") in ("D", "R")
    noun = f"{_NOUNS[change.key.kind]} {named(change)}"
    name = f"{change.key.kind}_{'disabled' if off else 'enabled'}"
    why = "it no longer runs, in silence" if off else "it runs where it did not"
    return Verdict(
        name,
        Severity.HIGH if off else Severity.LOW,
        f"{noun} is {after} now, not {before}: {why}.",
        before,
        after,
    )


def _definition(change: Change, world: World) -> Verdict:
    noun = f"{_NOUNS[change.key.kind]} {named(change)}"
    texts = both(change, lambda d: str(d.get("definition") or plain(d)))
    severity = (
        Severity.HIGH if change.key.kind == "event_trigger" or _definer(change, world) else Severity.MEDIUM
    )
    return Verdict(
        f"{change.key.kind}_changed", severity, f"{noun} does something else, or at other times.", *texts
    )


_RULES = {
    "enabled": _enabled, "owner": owner,
    **dict.fromkeys(("definition", "function", "event", "tags"), _definition),
}  # fmt: skip
