"""The control plane's database, as the rest of the code sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from architect.database import open_pool
from architect.events.log import EventLog
from architect.sentinel.alerts import AlertStore
from architect.sentinel.expectations import ExpectationStore
from architect.sentinel.requests import RequestStore
from architect.sentinel.states import GuardStore
from architect.sessions.approvals import ApprovalStore
from architect.sessions.keys import KeyLedger
from architect.sessions.nodes import NodeLedger
from architect.sessions.planning import PlanningStore
from architect.sessions.resources import ResourceLedger
from architect.sessions.store import SessionStore
from architect.sessions.tool_calls import ToolCallLog
from architect.spec.store import ChunkStore


class ControlPlane(
    SessionStore, ApprovalStore, PlanningStore, EventLog, NodeLedger, ToolCallLog, ResourceLedger, KeyLedger,
    ChunkStore, ExpectationStore, GuardStore, AlertStore, RequestStore,
):  # fmt: skip
    """Sessions, events, nodes, tool calls, resources, chunks and alerts over one pool of connections."""

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, *, size: int = 4) -> AsyncIterator[ControlPlane]:
        """Connect to ``dsn`` with up to ``size`` connections and act as ``service_role`` on each.

        Raises
        ------
        PlatformError
            The database cannot be reached, or its schema is not there.
        """
        async with open_pool(dsn, size=size) as pool:
            yield cls(dsn, pool)
