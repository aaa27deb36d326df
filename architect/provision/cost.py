"""What an environment costs: asked for, held against the operator's limits, and only then agreed to."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from architect.errors import CostRefused, ToolCallFailed
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import digest


@dataclass(frozen=True, slots=True)
class Cost:
    """A price in US dollars, as the platform's tools name it."""

    #: ``branch`` or ``project``.
    type: str
    amount: float
    #: ``hourly`` or ``monthly``.
    recurrence: str

    def __str__(self) -> str:
        return f"{self.amount:g} USD {self.recurrence}"

    def to_json(self) -> dict[str, Any]:
        """What ``confirm_cost`` is told."""
        return {"type": self.type, "recurrence": self.recurrence, "amount": self.amount}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a build may agree to, in US dollars."""

    hourly: float = 0.01344
    monthly: float = 0.0

    def hold(self, cost: Cost) -> None:
        """Raises :class:`CostRefused` for a price above the limit, or of a kind that has none."""
        limit = {"hourly": self.hourly, "monthly": self.monthly}.get(cost.recurrence)
        if limit is not None and 0 <= cost.amount <= limit:
            return
        said = "there is no limit for that" if limit is None else f"the limit is {limit:g} USD"
        setting = f"ARCHITECT_MAX_{cost.recurrence.upper()}_COST"
        raise CostRefused(
            f"A {cost.type} costs {cost}, and {said}; nothing was made",
            hint=None if limit is None else f"To allow it, set {setting}={cost.amount:g} and retry.",
            **cost.to_json(),
            limit=limit,
        )


DEFAULT_LIMITS = Limits()
Told = Callable[[Cost], Awaitable[None]]


async def agree(mcp: McpServer, platform: Platform, kind: str, limits: Limits, told: Told | None) -> str:
    """The id that stands for the agreement; ``told`` hears of the price before anything is made.

    Raises :class:`CostRefused` when the price is above the limits.
    """
    answer = await mcp.call("get_cost", {"type": kind, "organization_id": platform.organization_id})
    cost = Cost(kind, answer["amount"], str(answer["recurrence"]))
    limits.hold(cost)
    if told is not None:
        await told(cost)
    try:
        confirmed = await mcp.call("confirm_cost", cost.to_json())
    except ToolCallFailed as error:
        if error.details.get("reason") != "refused":
            raise
        # Servers scoped to one project lack the tool; the id is a pure function of what is agreed to.
        return confirmation_id(cost.to_json())
    return str(confirmed["confirmation_id"])


def confirmation_id(cost: dict[str, Any]) -> str:
    """What ``confirm_cost`` answers: Base64 of the SHA-256 of the canonical JSON."""
    return base64.b64encode(bytes.fromhex(digest(cost))).decode()
