"""One statement of DDL and what is known about running it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from architect.catalog.facts.snapshot import Key
from architect.drift.ddl import hazards as hz

#: Why a fact with a secret in it cannot be made again.
HOLDS_A_KEY = "a secret stands in it, which is not recorded"


@dataclass(frozen=True, slots=True)
class Statement:
    """``sql`` brings the fact ``key`` nearer to what is wanted.

    ``lossless`` is false where rows, values or secrets are lost or cannot come back. ``why_not`` is set, and
    ``sql`` empty, for what facts do not hold enough about (a C library, the options of a foreign server).
    """

    sql: str
    hazards: tuple[str, ...] = ()
    lossless: bool = True
    key: Key | None = None
    why_not: str | None = None
    #: Where in the order it belongs; None: the place of its kind.
    phase: int | None = None

    def at(self, phase: int) -> Statement:
        """The same, in another place of the order."""
        return replace(self, phase=phase)


def statement(key: Key, sql: str, *words: str, lossless: bool | None = None) -> Statement:
    """A statement with its hazards; lossless unless one of them says otherwise."""
    kept = not hz.NEVER_AUTOMATIC.intersection(words) if lossless is None else lossless
    return Statement(sql, tuple(words), kept, key)


def cannot(key: Key, why: str) -> Statement:
    """Says that facts are not enough to make ``key``."""
    return Statement("", (), False, key, why)
