"""A session's tool calls, run again into another branch: the same results and the same catalog, or not."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from architect.errors import Conflict, NotReplayable, ToolCallFailed
from architect.provision import comparable, fingerprints, replay_steps, replay_target
from architect.provision import environment as environments
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import MemoryRecorder, digest
from architect.provision.replay_steps import Evidence, Original, Step
from architect.provision.replay_target import Target
from architect.sessions import ControlPlane, Session

Status = Literal["same", "differs", "not comparable", "represented", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one logged call."""

    step: Step
    status: Status
    #: Why it was not replayed, not compared, or what went wrong.
    why: str = ""
    ms: float | None = None
    result_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Prints:
    """The catalog fingerprints of a replay; ``None`` where there is nothing to read."""

    #: As the build recorded it when it succeeded.
    recorded: str | None
    #: The original environment as it is today.
    original: dict[str, Any] | None
    base: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    #: The replayed environment by its own function, where that has another rule than ours.
    after_by_own_rule: dict[str, Any] | None = None

    @property
    def equal(self) -> bool | None:
        """Whether replay and original are the same catalog; ``None`` when the original cannot be known."""
        if self.recorded is not None:
            mine = self.after_by_own_rule or self.after
            return bool(mine["fingerprint"] == self.recorded)
        return (
            None if self.original is None else bool(self.after["fingerprint"] == self.original["fingerprint"])
        )


@dataclass(frozen=True, slots=True)
class Report:
    """A finished replay."""

    session: Session
    original: Original
    target: Target
    started_at: datetime
    outcomes: Sequence[Outcome]
    prints: Prints
    #: Objects that are not the same, where the original could still be read.
    differences: Sequence[str]

    @property
    def same(self) -> bool:
        """Whether every result that can be compared, and the catalog, came out as before."""
        return self.prints.equal is True and not any(o.status == "differs" for o in self.outcomes)


async def replay(
    cp: ControlPlane,
    platform: Platform,
    session: Session,
    *,
    log: Path,
    onto: str | None = None,
    keep: bool = False,
    force: bool = False,
    tell: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Run the session's tool calls again, in order, into a fresh branch or the one called ``onto``.

    ``tell`` hears of each call as it is done.

    Raises
    ------
    NotReplayable
        There is nothing to replay, or the log does not hold all that was sent.
    Conflict
        The session is still being built.
    InputError
        ``onto`` may not be written to.
    ProvisionError
        The platform does not do its part.
    """
    if session.status in ("queued", "running"):
        raise Conflict(
            f"Session {session.id} is {session.status}: its log is not at its end.",
            hint=f"Wait for the build; one that was killed goes on with `architect retry {session.id}`.",
        )
    calls = await cp.tool_calls(session.id)
    original = Original.of(session, await cp.resources(session.id, removed=True))
    if original is None or not calls:
        raise NotReplayable(
            f"Session {session.id} has made no environment: there is nothing to replay.",
            hint="See `architect show` for what became of it.",
        )
    platform = dataclasses.replace(platform, project_ref=original.base_ref or platform.project_ref)
    server = McpServer.start(platform, MemoryRecorder(), log=log)
    async with server as mcp, ManagementClient(platform) as management:
        there = await environments.find(mcp, platform, mode=_mode(original), name=original.name)
        evidence = await _evidence(mcp, original) if there else None
        plan = replay_steps.steps(calls, original, succeeded=session.status == "succeeded", evidence=evidence)
        mcp.secrets = replay_steps.secrets_for(plan)
        recorded = session.outputs.get("fingerprint")
        started = datetime.now(UTC)
        branch = _target(mcp, management, platform, cp, session.id, onto=onto, keep=keep, force=force)
        async with branch as target:
            outcomes = []
            async for outcome in _run(mcp, plan, original, target, there=there is not None):
                outcomes.append(outcome)
                tell(outcome)
            prints = await _prints(mcp, original if there else None, target, recorded)
            found = await _differences(mcp, original, target) if there and prints.equal is not True else []
    return Report(session, original, target, started, outcomes, prints, found)


@asynccontextmanager
async def _target(
    mcp: McpServer,
    management: ManagementClient,
    platform: Platform,
    cp: ControlPlane,
    session_id: str,
    *,
    onto: str | None,
    keep: bool,
    force: bool,
) -> AsyncIterator[Target]:
    if onto is not None:
        yield await replay_target.existing(mcp, platform, cp, onto, force=force)
        return
    async with replay_target.fresh(mcp, management, platform, cp, session_id, keep=keep) as target:
        yield target


async def _run(
    mcp: McpServer, plan: Sequence[Step], original: Original, target: Target, *, there: bool
) -> AsyncIterator[Outcome]:
    for step in plan:
        if step.action == "replay":
            arguments = replay_steps.remapped(step.call.arguments, original, target.ref, target.branch_id)
            dated = comparable.VERSION.search(replay_steps.text_of(arguments)) is not None
            if dated and there:
                arguments = await _in_new_versions(mcp, arguments, original, target)
            outcome = await _again(mcp, step, arguments)
            if outcome.status == "differs" and dated and not there:
                why = "it names a version of a ledger that is gone"
                outcome = dataclasses.replace(outcome, status="not comparable", why=why)
            yield outcome
        else:
            yield Outcome(step, "represented" if step.action == "represented" else "skipped", step.why)


async def _again(mcp: McpServer, step: Step, arguments: dict[str, Any]) -> Outcome:
    call, began = step.call, time.perf_counter()
    try:
        result = await mcp.call(call.tool, arguments)
    except ToolCallFailed as error:
        return Outcome(step, "differs", error.message, _ms(began))
    ms = _ms(began)
    form = comparable.of(call.tool, mcp.secrets.resolve(arguments), result)
    found = digest(form.value)
    if call.ok is not True:
        return Outcome(step, "not comparable", f"{step.why}; its result was never recorded", ms, found)
    if form.rule is None:
        return Outcome(step, "not comparable", comparable.why_not(call.tool), ms, found)
    if form.rule != call.result_rule:
        why = f"it was recorded by rule {call.result_rule or 'none'}, and is {form.rule} now"
        return Outcome(step, "not comparable", why, ms, found)
    return Outcome(step, "same" if found == call.result_digest else "differs", "", ms, found)


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


async def _evidence(mcp: McpServer, original: Original) -> Evidence:
    ledger = await _ledger(mcp, original.ref)
    listed = await mcp.call("list_edge_functions", {"project_id": original.ref})
    return Evidence(frozenset(name for _, name in ledger), frozenset(f["slug"] for f in listed["functions"]))


async def _ledger(mcp: McpServer, ref: str) -> list[tuple[str, str]]:
    answer = await mcp.call("list_migrations", {"project_id": ref})
    return sorted((str(entry["version"]), str(entry.get("name") or "")) for entry in answer["migrations"])


async def _in_new_versions(
    mcp: McpServer, arguments: dict[str, Any], original: Original, target: Target
) -> dict[str, Any]:
    """The arguments with the original's ledger versions written as those of the target."""
    new = [(name, version) for version, name in await _ledger(mcp, target.ref)]
    changed: dict[str, str] = {}
    for version, name in await _ledger(mcp, original.ref):
        twin = next((pair for pair in new if pair[0] == name), None)
        if twin is not None:
            new.remove(twin)
            changed[version] = twin[1]
    return replay_steps.with_versions(arguments, changed)


async def _prints(mcp: McpServer, original: Original | None, target: Target, recorded: str | None) -> Prints:
    after = await fingerprints.read(mcp, target.ref)
    own = await fingerprints.own(mcp, target.ref) if recorded not in (None, after["fingerprint"]) else None
    return Prints(
        recorded=recorded,
        original=None if original is None else await fingerprints.read(mcp, original.ref),
        base=target.base,
        before=target.before,
        after=after,
        after_by_own_rule=own if own and own.get("version") != after["version"] else None,
    )


async def _differences(mcp: McpServer, original: Original, target: Target) -> list[str]:
    return fingerprints.differences(
        await fingerprints.facts(mcp, original.ref), await fingerprints.facts(mcp, target.ref)
    )


def _mode(original: Original) -> environments.Mode:
    return "project" if original.mode == "project" else "branch"
