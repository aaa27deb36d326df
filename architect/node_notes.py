"""What a build notes of its nodes: the ledger of nodes and the events that tell of it."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from architect.errors import ArchitectError
from architect.sessions import ControlPlane, Lease


class _Bench(Protocol):
    """What noting needs of the build."""

    cp: ControlPlane
    lease: Lease

    @property
    def id(self) -> str: ...

    async def emit(
        self, type: str, message: str, payload: dict[str, Any] | None = None, *, key: str | None = None
    ) -> None: ...


class NodeNotes:
    """The verbs of :class:`architect.workbench.Workbench` for what becomes of nodes."""

    async def node_running(
        self: _Bench, node: str, *, plan_hash: str, generation: int, retry_key: str | None
    ) -> None:
        """Note that ``node`` runs: started the first time, retrying after that."""
        before = await self.cp.node(self.id, node, generation)
        if before is not None and before.status == "completed":
            return
        await self.cp.node_start(self.id, node, generation=generation, plan_hash=plan_hash)
        focus = {"node": node, "attempt": self.lease.attempt}
        if before is None:
            await self.emit("node_started", f"{title(node)} started", focus, key=node)
        else:
            again = retry_key or f"attempt-{self.lease.attempt}"
            await self.emit("node_retrying", f"{title(node)} tries again", focus, key=f"{node}:{again}")

    async def node_completed(
        self: _Bench, node: str, *, generation: int, result: dict[str, Any], replayed: bool
    ) -> None:
        """Note that ``node`` is done. A replayed node was noted when it was really done."""
        before = await self.cp.node(self.id, node, generation)
        if replayed and before is not None and before.status == "completed":
            return
        await self.cp.node_finish(self.id, node, generation=generation, status="completed", result=result)
        await self.emit("node_completed", f"{title(node)} done", {"node": node, "result": result}, key=node)

    async def node_failed(self: _Bench, node: str, *, generation: int, error: Exception, key: str) -> None:
        """Note that ``node`` failed for good in this run."""
        shown = describe(error)
        await self.cp.node_finish(self.id, node, generation=generation, status="failed", result=shown)
        await self.emit(
            "node_failed", f"{title(node)} failed: {shown['error']['message']}", {"node": node, **shown},
            key=f"{node}:{key}",
        )  # fmt: skip

    async def node_rolled_back(self: _Bench, node: str, *, generation: int) -> None:
        """Note that ``node`` was done and counts as not done: the next run does it again."""
        await self.cp.node_finish(self.id, node, generation=generation, status="canceled")
        await self.emit(
            "node_rolled_back", f"{title(node)} is to be done again: its result was not kept",
            {"node": node}, key=f"{node}:{self.lease.attempt}",
        )  # fmt: skip


def describe(error: BaseException) -> dict[str, Any]:
    """Any exception in the one JSON error shape, redacted."""
    if isinstance(error, ArchitectError):
        return error.to_dict()
    if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
        return ArchitectError("canceled by the operator").to_dict()
    return ArchitectError(f"{type(error).__name__}: {error}").to_dict()


def title(node: str) -> str:
    """``configure_rls`` -> ``Configure RLS``."""
    words = {"rls": "RLS", "vibe": "spec"}
    return " ".join(words.get(word, word) for word in node.split("_")).capitalize().replace("rls", "RLS")
