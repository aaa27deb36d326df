"""Asks for agreement to plans, and writes down what is decided."""

from __future__ import annotations

from architect.database import Database, key, no_session
from architect.redaction import redact_text
from architect.sessions.approval import Verdict
from architect.sessions.model import Session


class ApprovalStore(Database):
    """The part of the control plane that asks about plans and records decisions."""

    async def request_approval(self, session_id: str, plan_hash: str) -> Session:
        """Ask about the plan with this hash, unless it has been agreed to; ``approval`` tells which.

        Raises
        ------
        NotFound, Superseded
            See :meth:`written`.
        Conflict
            The session does not run.
        """
        session_id = key(session_id)
        values = {"session_id": session_id, "attempt": self.run_of(session_id), "plan_hash": plan_hash}
        row = await self.row("sessions", "request_approval", values)
        return Session.model_validate(await self.written(session_id, row))

    async def decide_plan(
        self,
        session_id: str,
        verdict: Verdict,
        plan_hash: str,
        *,
        via: str,
        operator: str | None = None,
        note: str | None = None,
    ) -> Session:
        """Decide as an operator; the same decision once more changes nothing.

        Raises
        ------
        NotFound
            There is no such session.
        PlanChanged
            The decision was made on another plan.
        Conflict
            Nothing waits for a decision, or the other one was made.
        InputError
            The note is too long.
        """
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "verdict": verdict,
            "plan_hash": plan_hash,
            "note": redact_text((note or "").replace("\x00", "")),
            "via": via,
            "operator": redact_text(operator or "")[:200],
        }
        row = await self.row("sessions", "decide_plan", values)
        if row is None:
            raise no_session(session_id)
        return Session.model_validate(row)

    async def parked_sessions(self, limit: int = 200) -> list[Session]:
        """Sessions whose run stepped aside for a decision and that none has taken up since, oldest first."""
        return [
            Session.model_validate(row) for row in await self.rows("sessions", "parked", {"limit": limit})
        ]
