"""What is kept of planners that ask a language model, until their plan is stored."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from architect.database import Database, key

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

#: How long the paid steps of a failed session wait for a retry.
KEPT_S = 86_400.0


class PlanningStore(Database):
    """The part of the control plane that clears ``planner``; only the planner itself writes there."""

    def checkpoints(self) -> AbstractContextManager[BaseCheckpointSaver[Any]]:
        """Where a planner keeps its finished steps, over a connection of its own: planners run in threads."""
        from architect.plan.llm.checkpoints import open_checkpoints

        return open_checkpoints(self._dsn)

    async def forget_planning(self, session_id: str) -> None:
        """Remove what is kept of the session's planner: its plan is stored."""
        await self.rows("planner", "forget", {"session_id": key(session_id)})

    async def forget_ended_planning(self, kept_s: float = KEPT_S) -> int:
        """Remove what is kept for sessions that have ended, failed ones after ``kept_s``; their number."""
        found = await self.row("planner", "forget_ended", {"kept_s": kept_s})
        return int(found["threads"]) if found else 0
