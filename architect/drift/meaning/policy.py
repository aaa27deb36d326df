"""Two policies compared: for whom, for which commands, and which rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from architect.drift.meaning.algebra import compare_expressions
from architect.drift.meaning.verdict import Meaning
from architect.drift.model import Direction

_SAME = Meaning(0, "equal", reason="the policy is the same")
_COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete"}
_FIELDS = ("command", "permissive", "roles", "using", "check")
_EVERYBODY = frozenset({"public"})
_OPPOSITE: dict[Direction, Direction] = {"weaker": "stronger", "stronger": "weaker"}


def compare_policy(before: Mapping[str, Any], after: Mapping[str, Any]) -> Meaning:
    """What a changed policy does, from the details of its two facts: ``command`` (``r a w d *``),
    ``permissive``, ``roles``, ``using``, ``check``.

    ``weaker`` lets somebody do more. A restrictive policy works the other way round where it is about whom
    and what it restricts. An absent check is the using expression; a permissive policy without any condition
    grants nothing, a restrictive one restricts nothing.
    """
    if all(before.get(field) == after.get(field) for field in _FIELDS):
        return _SAME
    if before["permissive"] != after["permissive"]:
        return _turned(bool(after["permissive"]))
    changes = [*_reach(before, after), *_conditions(before, after)]
    changed = [change for change in changes if change.direction != "equal"]
    if not changed:
        furthest = max(changes, key=lambda change: change.tier, default=_SAME)
        return Meaning(max(1, furthest.tier), "equal", reason=furthest.reason)
    lost = list(dict.fromkeys(part for change in changed for part in change.lost))
    added = list(dict.fromkeys(part for change in changed for part in change.added))
    reason = "; ".join(change.reason for change in changed if change.reason)
    return Meaning(3, _together(change.direction for change in changed), lost, added, reason)


def _turned(permissive: bool) -> Meaning:
    if permissive:
        return Meaning(
            3, "weaker", ["restrictive"], ["permissive"], "it restricted others and now grants by itself"
        )
    return Meaning(
        3, "stronger", ["permissive"], ["restrictive"], "it no longer grants anything, it only restricts"
    )


def _together(directions: Iterable[Direction | None]) -> Direction | None:
    found = set(directions)
    if "both" in found or {"weaker", "stronger"} <= found:
        return "both"
    if "weaker" in found:
        return "weaker"
    return None if None in found else "stronger"


def _reach(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Meaning]:
    """Whom and what the policy is about, where that changed."""
    old, new = (frozenset(_COMMANDS[c] for c in _commands(policy)) for policy in (before, after))
    had, has = (_roles(policy) for policy in (before, after))
    found = []
    if old != new:
        found.append(_sets(old, new, "for", not after["permissive"]))
    if _EVERYBODY in (had, has) and had != has:
        said = f"to {_list(has)} instead of {_list(had)}"
        direction: Direction = "weaker" if (has == _EVERYBODY) == after["permissive"] else "stronger"
        found.append(Meaning(3, direction, sorted(had), sorted(has), said))
    elif had != has:
        found.append(_sets(had, has, "to", not after["permissive"]))
    return found


def _roles(policy: Mapping[str, Any]) -> frozenset[str]:
    roles = frozenset(policy["roles"])
    return _EVERYBODY if roles >= _EVERYBODY else roles


def _sets(before: frozenset[str], after: frozenset[str], word: str, restrictive: bool) -> Meaning:
    gained, gone = sorted(after - before), sorted(before - after)
    direction: Direction = "both" if gained and gone else "weaker" if gained else "stronger"
    if restrictive and direction != "both":
        direction = _OPPOSITE[direction]
    said = [
        f"now {word} {_list(gained)}" if gained else "",
        f"no longer {word} {_list(gone)}" if gone else "",
    ]
    return Meaning(3, direction, gone, gained, "; ".join(part for part in said if part))


def _conditions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Meaning]:
    """The conditions under which each command that both are about is allowed."""
    found: dict[tuple[str | None, str | None], Meaning] = {}
    for command in _commands(before):
        if command not in _commands(after):
            continue
        for place in ("using", "check"):
            if command == "a" if place == "using" else command in "rd":
                continue
            pair = (_condition(before, place), _condition(after, place))
            if pair not in found:
                meaning = compare_expressions(*pair)
                said = f"{'WITH CHECK' if place == 'check' else 'USING'}: {meaning.reason}"
                found[pair] = Meaning(meaning.tier, meaning.direction, meaning.lost, meaning.added, said)
    return list(found.values())


def _condition(policy: Mapping[str, Any], place: str) -> str | None:
    found: str | None = policy.get(place)
    if found is None and place == "check":
        found = policy.get("using")
    return "false" if found is None and policy["permissive"] else found


def _commands(policy: Mapping[str, Any]) -> str:
    return "rawd" if policy["command"] == "*" else str(policy["command"])


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"
