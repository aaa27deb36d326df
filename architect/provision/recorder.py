"""Who is told of tool calls. The control plane's recorder writes them to ``build_tool_calls``."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Protocol

from architect.plan.model import canonical_json


class Recorder(Protocol):
    """Told before and after each call; arguments come concealed, errors redacted."""

    async def start(
        self, server: str, tool: str, arguments: dict[str, Any], *, replayable: bool = True
    ) -> int:
        """A call begins; returns its number. Not ``replayable``: more was sent than can be resolved again."""
        ...

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
        """Call ``n`` ended after ``ms`` milliseconds; ``rule`` says how its result was made comparable."""
        ...


class MemoryRecorder:
    """Keeps the calls in :attr:`calls`, in the shape of ``payload.tool_calls[]``."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    async def start(
        self, server: str, tool: str, arguments: dict[str, Any], *, replayable: bool = True
    ) -> int:
        n = len(self.calls) + 1
        started_at = datetime.now(UTC).isoformat()
        self.calls.append(
            {"n": n, "server": server, "tool": tool, "arguments": arguments, "started_at": started_at}
        )
        return n

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
        self.calls[n - 1] |= {"ms": ms, "ok": ok, "result_digest": result_digest, "error": error}


class _Unlogged:
    """Keeps nothing."""

    async def start(
        self, server: str, tool: str, arguments: dict[str, Any], *, replayable: bool = True
    ) -> int:
        return 0

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
        return None


#: For calls that change nothing and are made so often that their log would bury the others.
UNLOGGED: Recorder = _Unlogged()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, hex."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()
