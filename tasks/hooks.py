"""The one place where task and flow states become build events and the architect's presence.

Prefect calls hooks more than once for one state (a crash fires ``on_running`` again, a cached node fires
both), so every event carries a key that the database holds unique, and a replayed node writes nothing.
A hook never raises: the build must not fail because its log could not be written.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from prefect import Flow, Task
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.context import TaskRunContext
from prefect.transactions import BaseTransaction

from architect import workbench
from architect.errors import ArchitectError
from architect.sessions.runs import attempt_of
from blocks.resolve import connections

log = logging.getLogger("architect.hooks")

TaskHook = Callable[[Task[Any, Any], TaskRun, State[Any]], Awaitable[None]]


def quiet(hook: TaskHook) -> TaskHook:
    """Log whatever goes wrong inside ``hook`` and go on."""

    @functools.wraps(hook)
    async def guarded(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> None:
        try:
            await hook(task, task_run, state)
        except Exception:
            log.warning("the hook %s of node %s failed", hook.__name__, task.name, exc_info=True)

    return guarded


def _parameters() -> dict[str, Any]:
    context = TaskRunContext.get()
    if context is None:
        raise ArchitectError("a task hook ran outside of a task run")
    return context.parameters


@quiet
async def on_running(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> None:
    """``node_started`` once; ``node_retrying`` for each further try, in this run or a later one."""
    given = _parameters()
    bench = workbench.current(given["session_id"])
    bench.presence.enter(task.name)
    await bench.node_running(
        task.name,
        plan_hash=given["plan_hash"],
        generation=given["generation"],
        retry_key=f"{task_run.id}:{state.id}" if state.name == "Retrying" else None,
    )


@quiet
async def on_completion(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> None:
    """``node_completed`` once; nothing for a node that is only replayed from the cache."""
    given = _parameters()
    bench = workbench.current(given["session_id"])
    result = await state.aresult(raise_on_failure=False)
    await bench.node_completed(
        task.name,
        generation=given["generation"],
        result=result if isinstance(result, dict) else {},
        replayed=state.name == "Cached",
    )
    bench.presence.finish(task.name)


@quiet
async def on_failure(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> None:
    """``node_failed`` with the error that ended the last try."""
    given = _parameters()
    bench = workbench.current(given["session_id"])
    error = await state.aresult(raise_on_failure=False)
    await bench.node_failed(
        task.name,
        generation=given["generation"],
        error=error if isinstance(error, Exception) else ArchitectError(state.message),
        key=f"{task_run.id}:{state.id}",
    )


async def on_rollback(transaction: BaseTransaction) -> None:
    """``node_rolled_back`` when Prefect did not keep the result of a node that was done, so that the next run
    does the node again. What the node made stays: the node finds it by then, or ``removal`` takes it down.

    Prefect calls it with the node's transaction alone, whose key is the node's cache key.
    """
    try:
        session_id, node, _plan_hash, generation = str(transaction.key).split(":")
        await workbench.current(session_id).node_rolled_back(node, generation=int(generation))
    except Exception:
        log.warning("the rollback of %s was not noted", transaction.key, exc_info=True)


async def close_stopped_run(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Flow hook for crashed and cancelled runs, which fire no task hook: close what is still open.

    It may run in another process than the build (the runner), so it reads the session from the database.
    The parameter names are Prefect's: the runner passes them by keyword.
    """
    session_id = (flow_run.parameters or {}).get("session_id")
    if not session_id:
        return
    try:
        await workbench.close_stopped(
            session_id,
            await connections(),
            canceled=state.name in ("Cancelling", "Cancelled"),
            reason=f"The run ended as {state.name}.",
            run=attempt_of(flow_run.idempotency_key),
        )
    except Exception:
        log.warning("the session %s could not be closed", session_id, exc_info=True)
