"""What one build holds open while it runs: its session, the control plane and the platform's tool server.

Tasks and hooks find the workbench of their session here, so that nothing but ids passes through Prefect.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from architect.control_project import control_project
from architect.errors import ArchitectError, Conflict, PlanChanged, ProvisionError
from architect.events.presence import Presence
from architect.node_notes import NodeNotes, describe
from architect.plan.model import Plan
from architect.provision import invoke, ledger, removal
from architect.provision.cost import Cost
from architect.provision.environment import Environment
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.sessions import ControlPlane, Lease, Session
from architect.settings import Connections

log = logging.getLogger("architect.workbench")

#: How long a run waits for the one before it, which was canceled, to end.
PATIENCE_S = 30.0

_open: dict[str, Workbench] = {}


class Workbench(NodeNotes):
    """The open connections of one build and the few verbs its nodes share."""

    def __init__(self, session: Session, cp: ControlPlane, lease: Lease, connections: Connections) -> None:
        self.session = session
        self.cp = cp
        self.lease = lease
        self.platform = Platform.from_connections(connections)
        self.home: Path = connections.home
        #: Digest of the plan that was agreed to, where somebody had to.
        self.agreed_plan: str | None = None
        #: The session waits for a decision: this run ends, and a later one goes on.
        self.parked = False
        self.presence = Presence(
            self.id, partial(control_project, connections), partial(cp.save_cursor, self.id)
        )
        self._stack = AsyncExitStack()
        self._mcp: McpServer | None = None
        self._management: ManagementClient | None = None
        self._starting = asyncio.Lock()
        self._ahead: set[asyncio.Task[object]] = set()

    @property
    def id(self) -> str:
        return str(self.session.id)

    @property
    def generation(self) -> int:
        """Counts the environments of this session; a cached result belongs to one of them."""
        return self.session.generation

    @property
    def spec_hash(self) -> str:
        """SHA-256 of template, options and spec: what the plan is made from."""
        basis = "\x1f".join(
            (self.session.template or "", self.session.options.model_dump_json(), self.session.spec_text)
        )
        return hashlib.sha256(basis.encode()).hexdigest()

    async def mcp(self) -> McpServer:
        """The one MCP server process of this build, started when first asked for."""
        async with self._starting:
            if self._mcp is None:
                self._mcp = await self._stack.enter_async_context(
                    McpServer.start(self.platform, self.cp.tool_call_recorder(self.id))
                )
            return self._mcp

    async def management(self) -> ManagementClient:
        """The Management API, for what MCP has no tool for."""
        async with self._starting:
            if self._management is None:
                self._management = await self._stack.enter_async_context(ManagementClient(self.platform))
            return self._management

    def ahead(self, work: Coroutine[Any, Any, object]) -> None:
        """Do ``work`` while nodes go on: what it warms up is there sooner, and its failure means nothing."""
        task = asyncio.ensure_future(work)
        self._ahead.add(task)
        task.add_done_callback(self._ahead.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def warm_rest(self, environment: Environment) -> None:
        """Ask REST for anything, so that its process runs by the time it is needed."""
        async with invoke.http(environment) as client:
            await client.get(environment.rest_url)

    async def check_ledger(self) -> None:
        """A branch is made of its base project: before it is, the base must be what its ledger says.

        Raises :class:`LedgerMismatch`, before anything was made.
        """
        if self.session.options.environment_mode == "branch" and not self.session.environment:
            hosted = not self.platform.is_local
            parity = await ledger.check(await self.mcp(), self.platform.project_ref, self.home, hosted=hosted)
            if parity.skipped:
                log.warning("The base project was not compared with its ledger: %s", parity.skipped)

    async def plan(self) -> Plan:
        """The plan as stored on the session row. Raises ``PlanChanged`` when another one was agreed to."""
        plan = Plan.model_validate((await self.cp.session(self.id)).plan)
        if self.agreed_plan is not None and plan.digest() != self.agreed_plan:
            raise PlanChanged()
        return plan

    async def environment(self) -> Environment:
        """The environment as stored on the session row."""
        return Environment.model_validate((await self.cp.session(self.id)).environment)

    async def emit(
        self, type: str, message: str, payload: dict[str, Any] | None = None, *, key: str | None = None
    ) -> None:
        """Append an event once per ``key`` and generation, with the tool calls made since the last one."""
        dedupe = f"{type}:{key}:{self.generation}" if key is not None else f"{type}:{self.generation}"
        await self.cp.append_event(
            self.id, type, message, payload or {}, dedupe_key=dedupe, with_tool_calls=True
        )
        if payload and "focus" in payload:
            self.presence.look_at(payload["focus"])

    async def cost_agreed(self, cost: Cost) -> None:
        """Note what the environment will cost, before it is made."""
        said = "an embedded platform charges nothing" if self.platform.is_local else "charged by the platform"
        await self.emit(
            "cost_confirmed",
            f"Agreed to {cost} for a {cost.type} ({said})",
            {**cost.to_json(), "currency": "USD", "charged": not self.platform.is_local},
        )

    async def close_failed(self, error: BaseException) -> None:
        """Record why the build ended, and remove what it made.

        What was interrupted keeps its environment, so that a retry resumes there; what failed has used up its
        retries, and is kept only for who asked to look at it.
        """
        canceled = not isinstance(error, Exception)
        shown = describe(error)
        inner = shown["error"]
        inner["hint"] = inner["hint"] or f"Try again with `architect retry {self.id}`."
        if not canceled and not self.session.options.keep_on_failure:
            try:
                inner["details"]["environment_removed"] = await self.remove_environment()
            except Exception as left:
                # The failure is told all the same, and with it that something was left behind.
                inner["details"]["environment_removed"] = False
                inner["details"]["left_behind"] = describe(left)["error"]
        await self.cp.append_event(
            self.id,
            "build_failed",
            f"Build {'canceled' if canceled else 'failed'}: {shown['error']['message']}",
            shown,
            dedupe_key=f"build_failed:{self.lease.attempt}",
            with_tool_calls=True,
        )
        await self.cp.fail(self.id, shown, status="canceled" if canceled else "failed")

    async def remove_environment(self) -> bool:
        """Delete whatever this build made, also what it never heard back of; the next try starts anew.

        Raises :class:`ProvisionError` when something is left behind; upkeep tries again later.
        """
        if await self.cp.node(self.id, "provision_environment", self.generation) is None:
            return False  # nothing can have been made yet
        await self.cp.set_clean_up_due(self.id, True)
        try:
            mcp = await self.mcp()
        except ProvisionError:
            mcp = None  # the very thing that failed may be the tool server
        removed = await removal.remove(self.cp, self.session, mcp, await self.management())
        self.session = await self.cp.session(self.id)  # of the next generation
        return bool(removed)

    async def finish_clean_up(self) -> None:
        """Remove what an earlier run of this session left behind, so that this one starts anew."""
        if self.session.clean_up_due:
            await self.remove_environment()

    async def succeed(self, outputs: dict[str, Any]) -> None:
        """Record that the build is done and proven."""
        await self.emit(
            "build_succeeded",
            f"Build succeeded: {outputs['url']}",
            {"url": outputs["url"], "fingerprint": outputs["fingerprint"]},
        )
        await self.cp.set_status(self.id, "succeeded")

    async def close(self) -> None:
        await self.presence.close()
        for task in tuple(self._ahead):
            task.cancel()
        await asyncio.gather(*self._ahead, return_exceptions=True)
        await self._stack.aclose()


def current(session_id: str) -> Workbench:
    """The open workbench of a session of this process."""
    bench = _open.get(session_id)
    if bench is None:
        raise ArchitectError(f"no build of session {session_id} is open in this process")
    return bench


@asynccontextmanager
async def open_bench(session_id: str, connections: Connections) -> AsyncIterator[Workbench]:
    """Claim the session and open its workbench; an error that leaves the block ends the session as failed.

    Raises
    ------
    NotFound
        There is no such session.
    Conflict
        Another run holds the session, or it was canceled.
    """
    async with (
        ControlPlane.open(connections.database_url) as cp,
        cp.claim(session_id, patience_s=PATIENCE_S) as lease,
    ):
        bench = Workbench(await cp.session(session_id), cp, lease, connections)
        _open[session_id] = bench
        try:
            if bench.session.status == "canceled":
                # A run that was asked for before somebody canceled must not bring the session back.
                raise Conflict("The session was canceled.", hint=f"Resume: `architect retry {session_id}`.")
            await cp.set_status(session_id, "running")
            bench.presence.start()
            bench.ahead(bench.mcp())  # its process comes up while the spec is read
            await bench.finish_clean_up()
            yield bench
        except Conflict:
            raise  # somebody else owns the session now: leave its record alone
        except BaseException as error:
            if not bench.parked or isinstance(error, Exception):
                await asyncio.shield(bench.close_failed(error))
            raise
        finally:
            _open.pop(session_id, None)
            await bench.close()


async def close_stopped(
    session_id: str, connections: Connections, *, canceled: bool, reason: str, run: int | None = None
) -> bool:
    """Close a session whose run was killed or canceled; False, and nothing happens, when a run holds it.

    ``run`` is the attempt that the run was made for: a session that waits for another one is not closed. Nor
    is one that waits for a decision on its plan, whatever became of the run that asked.
    """
    async with ControlPlane.open(connections.database_url) as cp:
        session = await cp.session(session_id)
        if session.status not in ("queued", "running") or session.parked:
            return False
        if session.status == "queued" and run is not None and run != session.attempt + 1:
            return False
        try:
            async with cp.claim(session_id) as lease:
                error = ArchitectError(
                    reason, hint=f"Resume it with `architect retry {session_id}`."
                ).to_dict()
                await cp.append_event(
                    session_id, "build_failed", f"Build stopped: {reason}", error,
                    dedupe_key=f"build_failed:{lease.attempt}",
                )  # fmt: skip
                await cp.close_nodes(session_id, "canceled" if canceled else "crashed")
                await cp.fail(session_id, error, status="canceled" if canceled else "failed")
        except Conflict:
            log.info("session %s is held by a run; left alone", session_id)
            return False
    return True
