"""The ledger of what a build made outside of the control plane: an explicit teardown removes exactly this."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from architect.database import Database, key
from architect.redaction import redact
from architect.sessions.model import Resource


class ResourceLedger(Database):
    """The part of the control plane that writes and reads ``environment_resources``."""

    async def resource_created(
        self, session_id: str, kind: str, ref: str, metadata: dict[str, Any] | None = None
    ) -> Resource:
        """Note that ``ref`` exists; noting it again changes nothing but the metadata."""
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "kind": kind,
            "ref": ref,
            "metadata": Jsonb(redact(metadata or {})),
            "attempt": self.run_of(session_id),
        }
        row = await self.row("sessions", "resource_created", values)
        return Resource.model_validate(await self.written(session_id, row))

    async def resource_removed(self, session_id: str, kind: str, ref: str) -> Resource | None:
        """Note that ``ref`` is gone; ``None`` when it was never noted."""
        session_id = key(session_id)
        values = {"session_id": session_id, "kind": kind, "ref": ref, "attempt": self.run_of(session_id)}
        row = await self.row("sessions", "resource_removed", values)
        if row is None:
            await self.may_write(session_id)
            return None
        return Resource.model_validate(row)

    async def resources(self, session_id: str, *, removed: bool = False) -> list[Resource]:
        """What still exists, the youngest first; with ``removed`` also what is gone."""
        values = {"session_id": key(session_id), "removed": removed}
        return [Resource.model_validate(row) for row in await self.rows("sessions", "resources", values)]
