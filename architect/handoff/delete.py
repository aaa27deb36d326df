"""Deletes what a session made. The session's own record stays: its plan, its events and its tool calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from architect.provision import removal
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.sessions import ControlPlane, Session
from architect.settings import Connections

Confirm = Callable[[Sequence[removal.Found]], None]


async def delete(session_id: str, connections: Connections, *, confirm: Confirm) -> list[str]:
    """Remove the branch or project of a session, and with it its functions and keys; returns the refs.

    ``confirm`` is shown what was found, by the session's ledger or by name, and raises to stop it. Safe to
    repeat: nothing left to remove is an empty list.

    Raises
    ------
    NotFound
        There is no such session.
    Conflict
        A run holds it.
    ProvisionError
        The platform did not let go of something; ``details['left']`` names it.
    """
    platform = Platform.from_connections(connections)
    async with ControlPlane.open(connections.database_url) as cp, cp.claim(session_id):
        session = await cp.session(session_id)
        async with ManagementClient(platform) as management:
            found = await removal.find(cp, session, management)
            if found:
                confirm(found)
            removed = await _remove(cp, session, management) if found else []
            if not found:
                # What somebody else has removed is noted all the same.
                await removal.remove(cp, session, None, management)
        await cp.keys_gone(session_id)
    return removed


async def _remove(cp: ControlPlane, session: Session, management: ManagementClient) -> list[str]:
    recorder = cp.tool_call_recorder(session.id)
    async with McpServer.start(management.platform, recorder) as mcp:
        return await removal.remove(cp, session, mcp, management)
