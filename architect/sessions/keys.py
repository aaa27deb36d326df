"""The record of keys that were handed out; the keys themselves are never written down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from architect.database import Database, key, no_session
from architect.sessions.model import Row


class SessionKey(Row):
    """One row of ``session_keys``."""

    id: str
    session_id: str
    ref: str
    #: The platform's own id of the key, by which it is revoked; ``None`` until the platform has answered.
    platform_id: str | None
    purpose: Literal["frontend", "agent"]
    name: str
    role: Literal["anon", "authenticated"]
    subject: UUID | None
    services: list[str] | None
    read_only: bool
    #: How the key begins, to recognise it by.
    prefix: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def status(self) -> Literal["active", "expired", "revoked", "unfinished"]:
        ended, now = self.expires_at, datetime.now(UTC)
        if self.revoked_at is not None and (ended is None or self.revoked_at < ended):
            return "revoked"
        if ended is not None and ended <= now:
            return "expired"
        return "active" if self.platform_id else "unfinished"

    def api_dict(self) -> dict[str, Any]:
        """What may be shown of it."""
        return {
            "id": self.id,
            "for": self.purpose,
            "name": self.name,
            "role": self.role,
            "user": self.subject and str(self.subject),
            "services": self.services,
            "readOnly": self.read_only,
            "prefix": self.prefix,
            "status": self.status,
            "createdAt": self.created_at.isoformat(),
            "expiresAt": self.expires_at and self.expires_at.isoformat(),
            "revokedAt": self.revoked_at and self.revoked_at.isoformat(),
        }


class KeyLedger(Database):
    """The part of the control plane that writes and reads ``session_keys``."""

    async def key_begun(self, session_id: str, **values: Any) -> SessionKey:
        """Note a key that is about to be made; ``values`` are the columns. Raises ``NotFound``."""
        row = await self.row("session_keys", "begin", {"session_id": key(session_id), **values})
        if row is None:
            raise no_session(session_id)
        return SessionKey.model_validate(row)

    async def key_made(self, key_id: str, *, platform_id: str, prefix: str) -> SessionKey:
        """Note that the platform has made it."""
        values = {"id": key_id, "platform_id": platform_id, "prefix": prefix}
        return SessionKey.model_validate(await self.row("session_keys", "made", values))

    async def keys(self, session_id: str) -> list[SessionKey]:
        """Every key ever issued for a session, oldest first."""
        found = await self.rows("session_keys", "of_session", {"session_id": key(session_id)})
        return [SessionKey.model_validate(row) for row in found]

    async def keys_due(self) -> list[SessionKey]:
        """Keys of all sessions that are to be taken off the platform by now."""
        return [SessionKey.model_validate(row) for row in await self.rows("session_keys", "due", {})]

    async def key_revoked(self, key_id: str) -> SessionKey:
        """Note that a key is off the platform."""
        return SessionKey.model_validate(await self.row("session_keys", "revoked", {"id": key_id}))

    async def keys_gone(self, session_id: str) -> None:
        """Note that the session's environments went, and all of its keys with them."""
        await self.rows("session_keys", "all_revoked", {"session_id": key(session_id)})
