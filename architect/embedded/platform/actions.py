"""Runs of what is done to a branch, step by step, as the hosted API lists them under ``/actions``."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, get_args

from psycopg.types.json import Jsonb

from architect.embedded.platform.api_types import StepName, StepStatus, moment
from architect.embedded.platform.errors import not_found
from architect.embedded.platform.store import Row, Store
from architect.redaction import redact_text

STEPS: tuple[str, ...] = get_args(StepName)
#: Runs kept for one project and its branches.
KEPT = 500


class Run:
    """One run while it goes on. Every step starts as CREATED and ends as EXITED or DEAD."""

    def __init__(self, store: Store, row: Row) -> None:
        self.id = str(row["id"])
        self._store = store
        self._row = row
        self._steps: list[dict[str, str]] = row["steps"]
        self._logs = ""

    def log(self, text: str) -> None:
        """Add a line to what ``/logs`` answers."""
        self._logs += f"{_now()} {redact_text(text)}\n"

    @asynccontextmanager
    async def step(self, name: StepName) -> AsyncIterator[None]:
        """The body is the step ``name``; what it raises makes the step DEAD and goes on."""
        # What was passed over had nothing to do.
        for earlier in STEPS[: STEPS.index(name)]:
            if self._status(earlier) == "CREATED":
                self._set(earlier, "EXITED")
        self._set(name, "RUNNING")
        await self.save()
        try:
            yield
        except BaseException as error:
            self._set(name, "DEAD")
            self.log(f"{name}: {str(error).strip() or type(error).__name__}")
            raise
        self._set(name, "EXITED")

    def finish(self, *, failed: bool) -> None:
        """Steps that were not needed have nothing to do; after a failure they never come to run."""
        for step in self._steps:
            if step["status"] == "CREATED":
                self._set(step["name"], "DEAD" if failed else "EXITED")

    async def save(self) -> None:
        await self._store.run("save_run", id=self._row["id"], steps=Jsonb(self._steps), logs=self._logs)

    def _status(self, name: str) -> str:
        return next(step["status"] for step in self._steps if step["name"] == name)

    def _set(self, name: str, status: StepStatus) -> None:
        for step in self._steps:
            if step["name"] == name:
                step |= {"status": status, "updated_at": _now()}


@asynccontextmanager
async def run(store: Store, branch: Row, *, ref: str) -> AsyncIterator[Run]:
    """Record what the body does to ``ref`` on behalf of ``branch``."""
    now = _now()
    steps = [{"name": n, "status": "CREATED", "created_at": now, "updated_at": now} for n in STEPS]
    values = {"parent_ref": branch["parent_ref"], "ref": ref, "branch_id": branch["id"]}
    row = await store.one("insert_run", **values, steps=Jsonb(steps), git_branch=branch["git_branch"])
    assert row is not None
    going = Run(store, row)
    failed = True
    try:
        yield going
        failed = False
    finally:
        going.finish(failed=failed)
        await going.save()
        await store.run("trim_runs", parent_ref=branch["parent_ref"], keep=KEPT)


async def index(store: Store, ref: str, *, offset: int, limit: int) -> list[Row]:
    """Runs of a project with all of its branches, or of one branch, newest first."""
    return await store.all("runs", **await _scope(store, ref), offset=offset, limit=limit)


async def count(store: Store, ref: str) -> int:
    """How many :func:`index` could list."""
    row = await store.one("count_runs", **await _scope(store, ref))
    return int(row["count"]) if row else 0


async def find(store: Store, ref: str, run_id: str) -> Row:
    """One run. Raises :class:`ApiError` 404."""
    try:
        wanted = uuid.UUID(run_id)
    except ValueError:
        raise not_found("Action run") from None
    row = await store.one("run", **await _scope(store, ref), id=wanted)
    if row is None:
        raise not_found("Action run")
    return row


async def set_steps(store: Store, row: Row, statuses: dict[StepName, StepStatus]) -> None:
    """Set the statuses of single steps, as a runner outside of the platform reports them."""
    for step in row["steps"]:
        if step["name"] in statuses:
            step |= {"status": statuses[step["name"]], "updated_at": _now()}
    await store.run("save_run", id=row["id"], steps=Jsonb(row["steps"]), logs=row["logs"])


def wire(row: Row) -> dict[str, Any]:
    """The hosted API's action run."""
    return {
        "id": str(row["id"]),
        "branch_id": str(row["branch_id"]),
        "run_steps": row["steps"],
        "git_config": None,
        "workdir": None,
        "check_run_id": None,
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
    }


async def _scope(store: Store, ref: str) -> dict[str, Any]:
    branch = await store.one("branch_by_ref", ref=ref)
    return {"ref": ref, "branch_id": None if branch is None or branch["is_default"] else branch["id"]}


def _now() -> str:
    return moment(datetime.now(UTC))
