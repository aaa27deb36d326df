"""Which messages a feed has delivered: their latest commit time, and the keys of the last few seconds."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
#: How far before the latest delivered message is read again after a break.
MARGIN = timedelta(seconds=5)


class Delivered:
    """Begins at ``start``: what was committed before it is nobody's."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._latest = self._start
        self._keys: OrderedDict[tuple[uuid.UUID, datetime], datetime] = OrderedDict()

    @property
    def since(self) -> datetime:
        """The commit time from which to read again."""
        return max(self._start, self._latest - MARGIN)

    def add(self, row: Row) -> bool:
        """Note a row as delivered; ``False`` when it was before."""
        key, committed = (row["id"], row["inserted_at"]), row["committed"]
        if key in self._keys:
            return False
        self._keys[key] = committed
        self._latest = max(self._latest, committed)
        self._forget()
        return True

    def _forget(self) -> None:
        # Twice the margin, since not every message is noted in the order of the commits.
        oldest = self._latest - 2 * MARGIN
        while self._keys and next(iter(self._keys.values())) < oldest:
            self._keys.popitem(last=False)
