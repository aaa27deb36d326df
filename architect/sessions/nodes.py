"""The ledger of nodes: what each node did, so that a killed build goes on where it stopped."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from architect.database import Database, key
from architect.redaction import redact
from architect.sessions.model import Node, NodeStatus


class NodeLedger(Database):
    """The part of the control plane that writes and reads ``build_nodes``."""

    async def node_start(self, session_id: str, node: str, *, generation: int, plan_hash: str) -> Node:
        """Note that ``node`` begins; a node that began before counts one attempt more."""
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "node": node,
            "generation": generation,
            "plan_hash": plan_hash,
            "attempt": self.run_of(session_id),
        }
        row = await self.row("sessions", "node_start", values)
        return Node.model_validate(await self.written(session_id, row))

    async def node_finish(
        self,
        session_id: str,
        node: str,
        *,
        generation: int,
        status: NodeStatus,
        result: dict[str, Any] | None = None,
    ) -> Node | None:
        """Note how ``node`` ended; ``None`` when it never began."""
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "node": node,
            "generation": generation,
            "status": status,
            "result": None if result is None else Jsonb(redact(result)),
            "attempt": self.run_of(session_id),
        }
        row = await self.row("sessions", "node_finish", values)
        if row is None:
            await self.may_write(session_id)
            return None
        return Node.model_validate(row)

    async def close_nodes(self, session_id: str, status: NodeStatus) -> list[Node]:
        """Give every node that is still running the end ``status``; no hook ran for them."""
        session_id = key(session_id)
        values = {"session_id": session_id, "status": status, "attempt": self.run_of(session_id)}
        found = await self.rows("sessions", "close_nodes", values)
        if not found:
            await self.may_write(session_id)
        return [Node.model_validate(row) for row in found]

    async def node(self, session_id: str, node: str, generation: int) -> Node | None:
        """What ``node`` did for that generation, ``None`` when it never began."""
        values = {"session_id": key(session_id), "generation": generation, "node": node}
        row = await self.row("sessions", "nodes", values)
        return Node.model_validate(row) if row else None

    async def nodes(self, session_id: str, generation: int | None = None) -> list[Node]:
        """All nodes that began, in the order in which they last did."""
        values = {"session_id": key(session_id), "generation": generation, "node": None}
        return [Node.model_validate(row) for row in await self.rows("sessions", "nodes", values)]
