"""Views and materialised views: whose rights they read with, and what they show to whom."""

from __future__ import annotations

import re

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds.generic import by_property, named, plain
from architect.drift.kinds.ownership import owner
from architect.drift.meaning import same_query
from architect.drift.model import Severity
from architect.drift.text import on
from architect.drift.world import World, people

_USERS = re.compile(r"\bauth\.users\b")


def judge(change: Change, world: World) -> list[Verdict]:
    """A view gone, extra, or different."""
    if change.after is None:
        noun = _noun(change)
        why = f"{noun} {named(change)} is gone: what reads it fails."
        return [Verdict(f"{change.key.kind}_missing", Severity.MEDIUM, why, change.old.get("definition"))]
    if change.before is None:
        return [_extra(change, world)]
    return by_property(change, world, _RULES, derived=frozenset({"columns"}))


def _noun(change: Change) -> str:
    return "Materialised view" if change.key.kind == "matview" else "View"


def _readers(change: Change, world: World) -> str | None:
    """Who reads it over the API, in plain words."""
    rights = world.now.rights(change.key.schema, change.key.name, "view", "matview")
    readers = [role for role, held in rights.items() if held]
    return people("anon" if "anon" in readers else min(readers)) if readers else None


def _as_owner(change: Change) -> bool:
    """Whether reading it goes past the reader's own policies."""
    return change.key.kind == "matview" or not on(change.new.get("options"), "security_invoker")


def _extra(change: Change, world: World) -> Verdict:
    readers, as_owner = _readers(change, world), _as_owner(change)
    name, definition = f"{change.key.kind}_extra", str(change.new.get("definition"))
    start = f"{_noun(change)} {named(change)} is new"
    if readers and as_owner:
        users = ", and it shows auth.users" if _USERS.search(definition) else ""
        why = f"{start}: {readers} can read through it with its owner's rights, past all policies{users}."
        return Verdict(name, Severity.CRITICAL, why, None, definition, "weaker")
    if as_owner:
        why = f"{start} and reads with the rights of {change.new.get('owner')}; no API role may use it yet."
        severity = Severity.HIGH if _USERS.search(definition) else Severity.MEDIUM
        return Verdict(name, severity, why, None, definition)
    return Verdict(name, Severity.MEDIUM, f"{start} and nobody expected it.", None, definition)


def _options(change: Change, world: World) -> Verdict:
    before, after = (plain({"options": d.get("options") or {}}) for d in (change.old, change.new))
    lost = [s for s in ("security_invoker", "security_barrier") if _was(change, s) and not _is(change, s)]
    won = [s for s in ("security_invoker", "security_barrier") if _is(change, s) and not _was(change, s)]
    start = f"View {named(change)}"
    if "security_invoker" in lost:
        readers = _readers(change, world)
        who = readers or "whoever may read it"
        why = f"reads with its owner's rights now, past all policies: {who} can see all that it selects"
        return Verdict("view_security", Severity.CRITICAL, f"{start} {why}.", before, after, "weaker")
    if "security_barrier" in lost:
        why = "lets conditions of its readers run before its own: hidden rows can be read through functions"
        return Verdict("view_security", Severity.HIGH, f"{start} {why}.", before, after, "weaker")
    if won:
        why = f"has {' and '.join(won)} now: readers may see less"
        return Verdict("view_security", Severity.MEDIUM, f"{start} {why}.", before, after, "stronger")
    check = "check_option" in (change.old.get("options") or {}) and "check_option" not in (
        change.new.get("options") or {}
    )
    if check:
        why = "takes rows now that it does not show"
        return Verdict("view_security", Severity.HIGH, f"{start} {why}.", before, after, "weaker")
    return Verdict("view_options", Severity.LOW, f"{start} has other options.", before, after)


def _was(change: Change, name: str) -> bool:
    return on(change.old.get("options"), name)


def _is(change: Change, name: str) -> bool:
    return on(change.new.get("options"), name)


def _definition(change: Change, world: World) -> Verdict:
    before, after = str(change.old.get("definition")), str(change.new.get("definition"))
    name, start = f"{change.key.kind}_changed", f"{_noun(change)} {named(change)}"
    if same_query(before, after):
        return Verdict(
            "view_cosmetic",
            Severity.INFO,
            f"{start} is written in another way and shows the same.",
            before,
            after,
            "equal",
        )
    readers = _readers(change, world)
    if readers and _as_owner(change):
        why = f"shows something else, with its owner's rights: no policy keeps it from {readers}"
        return Verdict(name, Severity.CRITICAL, f"{start} {why}.", before, after, "weaker")
    if _USERS.search(after) and not _USERS.search(before):
        return Verdict(name, Severity.HIGH, f"{start} shows auth.users now.", before, after, "weaker")
    return Verdict(name, Severity.MEDIUM, f"{start} shows something else.", before, after)


def _populated(change: Change, world: World) -> Verdict:
    empty = not change.new.get("populated")
    why = "has no data: reading it fails until it is refreshed" if empty else "has data now"
    return Verdict(
        "matview_populated",
        Severity.MEDIUM if empty else Severity.INFO,
        f"Materialised view {named(change)} {why}.",
        *both(change, lambda d: f"populated: {'yes' if d.get('populated') else 'no'}"),
    )


_RULES = {"owner": owner, "options": _options, "definition": _definition, "populated": _populated}
