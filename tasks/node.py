"""What all nodes of a build have in common: retries with backoff and jitter, timeout, cache key, hooks."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from prefect import Task, task
from prefect.cache_policies import CacheKeyFnPolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.tasks import exponential_backoff

from architect.errors import AccessMismatch, ArchitectError, Conflict, InputError
from tasks import hooks

NodeFunction = Callable[[str, str, int], Awaitable[dict[str, Any]]]

#: Doing these again cannot help: the input is wrong, the proof failed, or another run has taken over.
FINAL_ERRORS = (InputError, AccessMismatch, Conflict)


def cache_key(_context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """``{session_id}:{node}:{plan_hash}:{generation}``: a finished node of this very plan and environment."""
    return ":".join(
        (
            parameters["session_id"],
            _context.task.name,
            parameters["plan_hash"],
            str(parameters["generation"]),
        )
    )


async def worth_retrying(_task: Task[Any, Any], _task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed node may be tried again."""
    try:
        await state.aresult()
    except FINAL_ERRORS:
        return False
    except Exception:
        return True
    return True


class NodeFailed(ArchitectError):
    """A node failed in a way that nobody foresaw."""

    code = "node_failed"


def redacted(function: NodeFunction) -> NodeFunction:
    """Let no exception out that has not been redacted: Prefect stores and logs whatever a task raises."""

    @functools.wraps(function)
    async def guarded(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
        try:
            return await function(session_id, plan_hash, generation)
        except ArchitectError:
            raise
        except Exception as error:
            raise NodeFailed(f"{type(error).__name__}: {error}") from None

    return guarded


def node(*, retries: int, timeout_seconds: float) -> Callable[[NodeFunction], Task[Any, Any]]:
    """A Prefect task for one node: ``async (session_id, plan_hash, generation) -> small JSON reference``."""

    def decorate(function: NodeFunction) -> Task[Any, Any]:
        made = task(
            name=getattr(function, "__name__", "node"),
            retries=retries,
            retry_delay_seconds=exponential_backoff(backoff_factor=0.5),
            retry_jitter_factor=0.5,
            retry_condition_fn=worth_retrying,
            timeout_seconds=timeout_seconds,
            cache_policy=CacheKeyFnPolicy(cache_key_fn=cache_key),
            persist_result=True,
            result_serializer="json",
            on_running=[hooks.on_running],
            on_completion=[hooks.on_completion],
            on_failure=[hooks.on_failure],
        )(redacted(function))
        # The one hook that the decorator does not take. It is awaited, whatever its type says.
        made.on_rollback(hooks.on_rollback)  # type: ignore[arg-type]
        return made

    return decorate
