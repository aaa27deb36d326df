"""Where the architect stands in a build, as a value: the step, what it is looking at, how far it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

ACTOR = "architect"
#: The eight nodes of a build in the order in which they run; progress counts along this list.
NODES = (
    "ingest_vibe",
    "generate_plan",
    "provision_environment",
    "apply_migrations",
    "configure_rls",
    "deploy_edge_functions",
    "configure_analytics",
    "finalize",
)


#: The part of what is left of a node that each thing it turns to counts for; how many come nobody knows.
SHARE = 1 / 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """One position. It never goes back: a node that is tried again starts where the first try had got to."""

    step: str = "queued"
    #: ``{"type": "table" | "policy" | "function" | "analytics", "name"}``.
    focus: dict[str, str] | None = None
    progress: float = 0.0

    def entered(self, node: str) -> Cursor:
        """``node`` begins."""
        return Cursor(step=node, progress=max(self.progress, _reached(node, 0)))

    def finished(self, node: str) -> Cursor:
        """``node`` is done."""
        return Cursor(step=node, progress=max(self.progress, _reached(node, 1)))

    def at(self, focus: dict[str, str]) -> Cursor:
        """The present node turns to its next thing."""
        left = max(_reached(self.step, 1) - self.progress, 0.0)
        return replace(self, focus=focus, progress=self.progress + left * SHARE)

    def wire(self) -> dict[str, Any]:
        """What presence and ``cursor`` broadcasts carry."""
        progress = round(self.progress, 4)
        return {"actor": ACTOR, "step": self.step, "focus": self.focus, "progress": progress}


def _reached(node: str, more: int) -> float:
    """The progress before ``node``, or with ``more`` of 1 after it; none for what is no node."""
    return (NODES.index(node) + more) / len(NODES) if node in NODES else 0.0
