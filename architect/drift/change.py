"""A change: one fact before and after, and what a judge of its kind says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from architect.catalog.facts.place import unlike
from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.model import Direction, Resource, Severity


@dataclass(frozen=True, slots=True)
class Change:
    """One object that is not as expected: gone (no ``after``), extra (no ``before``) or different."""

    key: Key
    before: Fact | None
    after: Fact | None

    @property
    def old(self) -> Mapping[str, Any]:
        """The expected detail, empty for what is extra."""
        return self.before.detail if self.before else {}

    @property
    def new(self) -> Mapping[str, Any]:
        """The detail that was found, empty for what is gone."""
        return self.after.detail if self.after else {}

    @property
    def any(self) -> Mapping[str, Any]:
        """The detail that there is; the found one where there are two."""
        return self.new or self.old

    @property
    def differing(self) -> frozenset[str]:
        """The properties that differ."""
        return frozenset(
            name for name in self.old.keys() | self.new.keys() if self.old.get(name) != self.new.get(name)
        )

    def gained(self, flag: str) -> bool:
        """Whether ``flag`` is true now and was not."""
        return bool(self.new.get(flag)) and not self.old.get(flag)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one change, or one side of it, means."""

    type: str
    severity: Severity
    reason: str
    before: str | None = None
    after: str | None = None
    direction: Direction | None = None
    resource: Resource | None = None
    #: What it affects besides what depends on the object.
    affects: frozenset[Key] = frozenset()

    def at(self, severity: Severity) -> Verdict:
        """The same with another severity."""
        return replace(self, severity=severity)


def both(change: Change, text: Callable[[Mapping[str, Any]], str | None]) -> tuple[str | None, str | None]:
    """The text of either side, for :class:`Verdict`."""
    return text(change.old), text(change.new)


def changes(expected: Snapshot, found: Snapshot) -> Iterator[Change]:
    """Every fact that differs and does not merely belong to another database, in the order of the keys."""
    differing = {key for key, fact in expected.facts.items() if _differs(found.facts.get(key), fact)}
    differing |= found.facts.keys() - expected.facts.keys()
    for key in sorted(differing - unlike(expected, found)):
        yield Change(key, expected.facts.get(key), found.facts.get(key))


def _differs(one: Fact | None, other: Fact) -> bool:
    return one is not other and (one is None or one.detail != other.detail)
