"""Puts steps in an order that respects who needs whom."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

Step = TypeVar("Step")


def ordered(
    steps: Iterable[Step], needs: Mapping[Step, set[Step]], rank: Mapping[Step, tuple[object, ...]]
) -> list[Step]:
    """Every step after those it needs, otherwise by rank.

    A ring of needs is opened at its lowest rank: the server then says what is wrong, if anything is.
    """
    waiting = {step: {need for need in needs.get(step, ()) if need != step} for step in steps}
    for step, wanted in waiting.items():
        waiting[step] = wanted & waiting.keys()
    followers: dict[Step, set[Step]] = defaultdict(set)
    for step, wanted in waiting.items():
        for need in wanted:
            followers[need].add(step)
    # The counter keeps steps of one rank from being compared.
    count = {step: number for number, step in enumerate(waiting)}
    free = [(rank[step], count[step], step) for step, wanted in waiting.items() if not wanted]
    heapq.heapify(free)
    done: list[Step] = []
    while waiting:
        if not free:
            stuck = min(waiting, key=lambda step: (rank[step], count[step]))
            free = [(rank[stuck], count[stuck], stuck)]
        _, _, step = heapq.heappop(free)
        if step not in waiting:
            continue
        del waiting[step]
        done.append(step)
        for follower in followers[step]:
            if follower in waiting:
                waiting[follower].discard(step)
                if not waiting[follower]:
                    heapq.heappush(free, (rank[follower], count[follower], follower))
    return done
