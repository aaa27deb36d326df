"""The log of tool calls: redacted before it is written, numbered without a gap, replayable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from architect.database import Database, key
from architect.redaction import redact, redact_text
from architect.sessions.model import ToolCall


class ToolCallLog(Database):
    """The part of the control plane that writes and reads ``build_tool_calls``."""

    async def record_tool_call(
        self,
        session_id: str,
        server: str,
        tool: str,
        arguments: dict[str, Any],
        *,
        replayable: bool = True,
    ) -> int:
        """Note that a call begins, and return its number."""
        session_id = key(session_id)
        hidden = redact(arguments)
        values = {
            "session_id": session_id,
            "server": server,
            "tool": tool,
            "arguments": Jsonb(hidden),
            # Redacting once more what was concealed changes nothing, unless a secret became known in between.
            "replayable": replayable and hidden == arguments,
            "attempt": self.run_of(session_id),
        }
        row = await self.row("sessions", "tool_call_start", values)
        return int((await self.written(session_id, row))["n"])

    async def finish_tool_call(
        self,
        session_id: str,
        n: int,
        ok: bool,
        ms: float,
        result_digest: str | None,
        error: str | None = None,
        *,
        rule: str | None = None,
    ) -> None:
        """Note how call ``n`` ended; the first end stays."""
        values = {
            "session_id": key(session_id),
            "n": n,
            "ok": ok,
            "ms": ms,
            "result_digest": result_digest,
            "rule": rule,
            "error": None if error is None else redact_text(error),
        }
        await self.rows("sessions", "tool_call_finish", values)

    async def tool_calls(self, session_id: str) -> list[ToolCall]:
        """All calls of a session in order."""
        found = await self.rows("sessions", "tool_calls", {"session_id": key(session_id)})
        return [ToolCall.model_validate(row) for row in found]

    def tool_call_recorder(self, session_id: str) -> ToolCallRecorder:
        """A recorder bound to one session, for the MCP client."""
        return ToolCallRecorder(self, key(session_id))


@dataclass(frozen=True, slots=True)
class ToolCallRecorder:
    """What the MCP client tells of its calls."""

    log: ToolCallLog
    session_id: str

    async def start(
        self, server: str, tool: str, arguments: dict[str, Any], *, replayable: bool = True
    ) -> int:
        """A call begins; returns its number."""
        return await self.log.record_tool_call(
            self.session_id, server, tool, arguments, replayable=replayable
        )

    async def finish(
        self,
        n: int,
        ok: bool,
        ms: float,
        result_digest: str | None,
        error: str | None = None,
        *,
        rule: str | None = None,
    ) -> None:
        """Call ``n`` ended after ``ms`` milliseconds."""
        await self.log.finish_tool_call(self.session_id, n, ok, ms, result_digest, error, rule=rule)
