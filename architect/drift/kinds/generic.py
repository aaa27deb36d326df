"""What is said of a change that no judge has its own words for: nothing that differs is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from architect.drift.change import Change, Verdict
from architect.drift.model import Severity
from architect.drift.world import World

Rule = Callable[[Change, World], Verdict | None]

#: Properties in the words of people, where their own name does not do.
_WORDS = {"definition": "definition", "owner": "owner", "options": "options", "parents": "parents"}


def judge(change: Change, world: World) -> list[Verdict]:
    """One verdict, of medium severity: gone, extra, or which properties differ."""
    noun = words(change.key.kind)
    if change.before is None:
        return [
            Verdict(
                f"{change.key.kind}_extra",
                Severity.MEDIUM,
                f"{noun} {named(change)} is there and nobody expected it.",
                None,
                plain(change.new),
            )
        ]
    if change.after is None:
        return [
            Verdict(
                f"{change.key.kind}_missing",
                Severity.MEDIUM,
                f"{noun} {named(change)} is gone.",
                plain(change.old),
            )
        ]
    return [rest(change, change.differing)]


def rest(change: Change, properties: frozenset[str]) -> Verdict:
    """A verdict on properties that have no rule of their own."""
    listed = ", ".join(_WORDS.get(p, words(p).lower()) for p in sorted(properties))
    return Verdict(
        f"{change.key.kind}_changed",
        Severity.MEDIUM,
        f"{words(change.key.kind)} {named(change)} is not as it was built: {listed}.",
        plain({p: change.old.get(p) for p in properties}),
        plain({p: change.new.get(p) for p in properties}),
    )


def by_property(
    change: Change, world: World, rules: Mapping[str, Rule], *, derived: frozenset[str] = frozenset()
) -> list[Verdict]:
    """One verdict per rule that has something to say; what is left over gets the general one.

    ``derived`` properties follow from others and speak only when they stand alone.
    """
    differing = change.differing
    chosen = dict.fromkeys(rules[p] for p in sorted(differing) if p in rules)
    verdicts = [verdict for rule in chosen if (verdict := rule(change, world)) is not None]
    left = differing - rules.keys()
    if left - derived or not verdicts:
        verdicts.append(rest(change, (left - derived) or left or differing))
    return verdicts


def named(change: Change) -> str:
    """``public.orders``."""
    return f"{change.key.schema}.{change.key.name}" if change.key.schema else change.key.name


def words(name: str) -> str:
    """``publication_table`` -> ``Publication table``."""
    return name.replace("_", " ").capitalize()


def plain(detail: Mapping[str, Any]) -> str:
    """A detail as text: the value alone where there is one, else JSON."""
    if len(detail) == 1:
        (value,) = detail.values()
        if isinstance(value, str):
            return value
    return json.dumps(detail, sort_keys=True, ensure_ascii=False)
