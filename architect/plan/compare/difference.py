"""One difference between two plans."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

#: ``wider`` and ``narrower`` are said of access only.
Change = Literal["added", "removed", "changed", "wider", "narrower"]
Kind = Literal["table", "column", "key", "access", "part", "question"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise in the second plan than in the first."""

    kind: Kind
    change: Change
    #: The table it is about, by its name in the second plan where it is in both; "" for the plan as a whole.
    table: str
    words: str

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON."""
        return asdict(self)
