"""What a plan by a model may cost: bytes, tokens, seconds, attempts; and what it has cost so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from architect.plan.model import Usage

if TYPE_CHECKING:
    from architect.settings import Settings

#: The longest that one answer may take.
CALL_S = 120.0
#: Bytes of English to a token, roughly: for servers that do not count, and for what is not sent yet.
BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one plan. Prices are USD per million tokens."""

    prompt_bytes: int = 60_000
    answer_bytes: int = 1_000_000
    tokens: int = 500_000
    seconds: float = 240.0
    attempts: int = 3
    input_price: float | None = None
    output_price: float | None = None

    @classmethod
    def of(cls, settings: Settings) -> Budget:
        """The limits that an operator has set."""
        return cls(
            prompt_bytes=settings.planner_prompt_bytes,
            answer_bytes=settings.planner_answer_bytes,
            tokens=settings.planner_tokens,
            seconds=settings.planner_seconds,
            attempts=settings.planner_attempts,
            input_price=settings.planner_input_price,
            output_price=settings.planner_output_price,
        )

    def price(self, tokens_in: int, tokens_out: int, *, all_counted: bool = True) -> Usage:
        """What was used. It has a cost only where prices and tokens are all known: nobody guesses one."""
        cost = None
        if all_counted and self.input_price is not None and self.output_price is not None:
            cost = round((tokens_in * self.input_price + tokens_out * self.output_price) / 1e6, 6)
        return Usage(input_tokens=tokens_in, output_tokens=tokens_out, cost_usd=cost)


@dataclass(slots=True)
class Deadline:
    """When a plan has to be there."""

    seconds: float
    clock: Clock = field(default_factory=Clock)
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock.now() + self.seconds

    def left(self) -> float:
        """Seconds that are left, never less than none."""
        return max(self._end - self.clock.now(), 0.0)


def tokens_of(message: Any) -> tuple[int, int] | None:
    """(input, output) tokens as the server counted them; None when it did not."""
    told = getattr(message, "usage_metadata", None) or {}
    counted = (told.get("input_tokens"), told.get("output_tokens"))
    if not all(isinstance(n, int) and n >= 0 for n in counted):
        return None
    return counted[0], counted[1]  # type: ignore[return-value]


def estimate(size: int) -> int:
    """Tokens of ``size`` bytes, roughly."""
    return size // BYTES_PER_TOKEN + 1
