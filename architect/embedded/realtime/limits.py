"""Counting what clients do: averages over a minute for a whole project, a window for one channel."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from architect.embedded.realtime.options import RealtimeOptions

PERIOD_S = 60


class Average:
    """Events per second, as the average over the last minute."""

    def __init__(self, per_s: float) -> None:
        self._most = per_s * PERIOD_S
        self._total = 0
        #: Counts by second, oldest first.
        self._seconds: deque[list[int]] = deque()

    def add(self, count: int = 1) -> None:
        """Note ``count`` events now."""
        second = int(time.monotonic())
        self._forget(second)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += count
        else:
            self._seconds.append([second, count])
        self._total += count

    @property
    def exceeded(self) -> bool:
        """Whether there have been more than allowed."""
        if self._total > self._most:
            self._forget(int(time.monotonic()))
        return self._total > self._most

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        if self._total + 1 > self._most:
            self._forget(int(time.monotonic()))
        return self._total + 1 > self._most

    def fits(self, count: int) -> bool:
        """Whether a batch of ``count`` is one that a second may take beside the average so far."""
        self._forget(int(time.monotonic()))
        return count + self._total / PERIOD_S <= self._most / PERIOD_S

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - PERIOD_S:
            self._total -= self._seconds.popleft()[1]


@dataclass(slots=True)
class Window:
    """At most ``calls`` in ``seconds``, counted from the first one."""

    calls: int
    seconds: float
    _count: int = 0
    _ends: float = field(default=0.0)

    def take(self) -> bool:
        """Count one call; ``False`` when it is one too many."""
        now = time.monotonic()
        if now > self._ends:
            self._count, self._ends = 0, now + self.seconds
        if self._count >= self.calls:
            return False
        self._count += 1
        return True


class Limits:
    """What one project or branch may do in all."""

    def __init__(self, options: RealtimeOptions) -> None:
        self.messages = Average(options.max_messages_per_s)
        self.presences = Average(options.max_presence_per_s)
        self.joins = Average(options.max_joins_per_s)
