"""What a comparison of two conditions says."""

from __future__ import annotations

from dataclasses import dataclass, field

from architect.drift.model import Direction


@dataclass(frozen=True)
class Meaning:
    """How the meaning of a condition, a policy or a body changed.

    ``tier`` is how far one had to look: 0 the same text, 1 the same after canonical ordering, 2 the same
    result but another plan (``(select f())`` against ``f()``), 3 compared by logic. ``direction`` is what it
    does to the rows that pass: None when nothing could be shown, which has to be taken for an opening.
    ``lost`` and ``added`` are the parts of the condition that are gone and new, as SQL.
    """

    tier: int
    direction: Direction | None
    lost: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    reason: str = ""
