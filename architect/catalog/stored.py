"""The access matrix as a build stored it: enough to show it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StoredMatrix:
    """Reads the JSON of :meth:`AccessMatrix.to_json`."""

    json: Mapping[str, Any]
    #: Tables in the order to show them; jsonb does not keep the one they had.
    order: tuple[str, ...] = ()

    @property
    def identities(self) -> tuple[str, ...]:
        return tuple(self.json["identities"])

    @property
    def tables(self) -> tuple[str, ...]:
        return self.order or tuple(self.json["tables"])

    def word(self, table: str, operation: str, identity: str) -> str:
        """What the cell came to, see :meth:`AccessMatrix.word`."""
        word: str = self.json["tables"][table].get(operation, {}).get(identity, "none")
        return word
