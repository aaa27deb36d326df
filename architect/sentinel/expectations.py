"""What was agreed to: recorded, never changed, read back whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from architect.database import Database, key
from architect.redaction import redact
from architect.sentinel.rows import Expectation


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest expectation with what it holds."""

    version: int
    #: JSON text as ``architect drift baseline`` writes it.
    baseline: str
    #: The access matrix measured then; ``None`` when none was.
    matrix: dict[str, Any] | None
    #: ``{"table public.orders": [{"chunkIndex", "quote"}]}``
    asked_for: dict[str, list[dict[str, Any]]]


class ExpectationStore(Database):
    """The part of the control plane that writes and reads ``drift_expectations``."""

    async def record_expectation(
        self,
        session_id: str,
        baseline: str,
        *,
        reason: Literal["built", "accepted", "restored"],
        sha256: str,
        server_version_num: int,
        facts: int,
        matrix: dict[str, Any] | None = None,
        asked_for: dict[str, Any] | None = None,
        agreed: dict[str, Any] | None = None,
    ) -> Expectation:
        """A new version, in force from now on. The baseline is kept byte for byte: its digest is over them.

        Raises
        ------
        NotFound, Superseded
            See :meth:`written`.
        """
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "baseline": baseline,
            "reason": reason,
            "sha256": sha256,
            "server_version_num": server_version_num,
            "facts": facts,
            "matrix": None if matrix is None else Jsonb(matrix),
            "asked_for": Jsonb(redact(asked_for or {})),
            "agreed": Jsonb(redact(agreed or {})),
            "attempt": self.run_of(session_id),
        }
        row = await self.row("sentinel", "record_expectation", values)
        return Expectation.model_validate(await self.written(session_id, row))

    async def expectation(self, session_id: str) -> Expectation | None:
        """What is in force; ``None`` when nothing was ever recorded."""
        row = await self.row("sentinel", "expectation", {"session_id": key(session_id)})
        return None if row is None else Expectation.model_validate(row)

    async def expectations(self, session_id: str) -> list[Expectation]:
        """Every version, the first one first."""
        found = await self.rows("sentinel", "expectations", {"session_id": key(session_id)})
        return [Expectation.model_validate(row) for row in found]

    async def recorded(self, session_id: str) -> Recorded | None:
        """The newest expectation whole; ``None`` when nothing was ever recorded."""
        row = await self.row("sentinel", "baseline", {"session_id": key(session_id)})
        return None if row is None else Recorded(**row)
