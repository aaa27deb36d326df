"""Branches: clones of a project's database with keys, functions and processes of their own.

Every action is synchronous: when the answer goes out, it is done.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import psycopg

from architect.embedded.platform import actions, databases, projects, query
from architect.embedded.platform.api_types import BranchStatus, moment
from architect.embedded.platform.environments import REF, Environment, row_of
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.keys import Keys, new_ref
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row, execute

log = logging.getLogger(__name__)

DONE: BranchStatus = "FUNCTIONS_DEPLOYED"
UNFINISHED: BranchStatus = "CREATING_PROJECT"
DEFAULT_NAME = "main"
#: How long a deletion that was asked for with ``force=false`` can be taken back.
GRACE_S = 3600
#: Pause between looks for branches whose time has come.
SWEEP_S = 60.0


async def create(
    server: Server,
    parent: Environment,
    name: str,
    *,
    git_branch: str | None = None,
    persistent: bool = False,
    with_data: bool = False,
    notify_url: str | None = None,
    secrets: dict[str, str] | None = None,
    with_default: bool = True,
) -> Row:
    """Clone ``parent``: schema and functions, data only ``with_data``.

    The first one also makes ``main``, unless ``with_default`` is off.
    """
    if parent.kind != "project":
        raise ApiError(400, "A branch cannot be made from a branch")
    async with server.lock(parent.ref):
        if with_default:
            main = {"name": DEFAULT_NAME, "git_branch": None}
            await server.store.run("ensure_default_branch", ref=parent.ref, **main)
        await _refuse_taken(server, parent.ref, name)
        values = {"name": name, "git_branch": git_branch, "persistent": persistent}
        row = await _insert(server, parent, {**values, "with_data": with_data, "notify_url": notify_url})
        try:
            async with actions.run(server.store, row, ref=row["ref"]) as run:
                await _fill(server, parent, row, run, secrets=secrets or {})
            made = await server.store.one("branch_ready", ref=row["ref"], status=DONE)
        except BaseException:
            await server.forget({"ref": row["ref"], "database": databases.name_of(row["ref"])})
            raise
        await server.environments.load()
    if made is None:
        raise not_found("Branch")
    return made


async def create_default(server: Server, parent: Environment, name: str, git_branch: str | None) -> Row:
    """Switch branching on: the default branch is the project itself. Raises :class:`ApiError` 400."""
    if parent.kind != "project":
        raise ApiError(400, "A branch cannot be made from a branch")
    row = await server.store.one("ensure_default_branch", ref=parent.ref, name=name, git_branch=git_branch)
    if row is None:
        raise ApiError(400, "The project has a default branch already")
    return row


async def find(server: Server, id_or_ref: str) -> Row:
    """The branch with this id or ref, never one of the control plane's. Raises :class:`ApiError` 404."""
    row: Row | None = None
    if REF.match(id_or_ref):
        row = await server.store.one("branch_by_ref", ref=id_or_ref)
    else:
        try:
            row = await server.store.one("branch_by_id", id=uuid.UUID(id_or_ref))
        except ValueError:
            row = None
    if row is None or server.environments.visible(row["ref"]) is None:
        raise not_found("Branch")
    return row


async def update(server: Server, row: Row, changes: dict[str, Any]) -> Row:
    """Rename it, or change what the hosted API keeps beside it. Raises :class:`ApiError` 400."""
    if changes["name"] is not None and changes["name"] != row["name"]:
        await _refuse_taken(server, row["parent_ref"], changes["name"])
    try:
        changed = await server.store.one("update_branch", id=row["id"], **changes)
    except psycopg.errors.UniqueViolation:
        raise _taken(changes["name"]) from None
    if changed is None:
        raise not_found("Branch")
    return changed


async def delete(server: Server, row: Row) -> None:
    """Drop its database, processes, functions and keys. Raises :class:`ApiError` 422 for ``main``."""
    _refuse_default(row)
    async with server.lock(row["parent_ref"]):
        # Should this one not get to the end, the next start does.
        await server.store.run("branch_unready", ref=row["ref"])
        await server.forget({"ref": row["ref"], "database": databases.name_of(row["ref"])})


async def delete_later(server: Server, row: Row) -> None:
    """Delete it in an hour, unless :func:`restore` comes first. Raises :class:`ApiError` 422 for ``main``."""
    _refuse_default(row)
    await server.store.run("schedule_deletion", id=row["id"], seconds=GRACE_S)


async def restore(server: Server, row: Row) -> None:
    """Take back :func:`delete_later`. Raises :class:`ApiError` 400 when nothing is to be taken back."""
    if await server.store.one("cancel_deletion", id=row["id"]) is None:
        raise ApiError(400, "Branch is not scheduled for deletion")


async def disable(server: Server, parent: Environment) -> None:
    """Remove every branch of the project, and ``main`` with them."""
    for row in await server.store.all("branches", parent_ref=parent.ref):
        if not row["is_default"]:
            await delete(server, row)
    await server.store.run("delete_default_branch", ref=parent.ref)


async def sweep(server: Server) -> None:
    """Delete the branches whose time has come."""
    for row in await server.store.all("branches_due"):
        await delete(server, row)


async def keep_sweeping(server: Server) -> None:
    """:func:`sweep` once a minute until cancelled."""
    while True:
        await asyncio.sleep(SWEEP_S)
        try:
            await sweep(server)
        except (psycopg.Error, ApiError, OSError) as error:
            log.warning("could not delete a branch that is due: %s", error)


async def _insert(server: Server, parent: Environment, values: dict[str, Any]) -> Row:
    ref = new_ref()
    keys = row_of(ref, databases.name_of(ref), Keys.generate(ref))
    async with server.store.transaction() as conn:
        await execute(conn, "insert_environment", keys)
        return (await execute(conn, "insert_branch", {**values, "ref": ref, "parent_ref": parent.ref}))[0]


async def _fill(
    server: Server, parent: Environment, row: Row, run: actions.Run, *, secrets: dict[str, str]
) -> None:
    ref, database = row["ref"], databases.name_of(row["ref"])
    async with run.step("clone"), server.lite.quiet(parent.ref):
        await server.databases.clone(parent.database, database, with_data=row["with_data"])
        run.log(f"clone: {parent.ref}, {'with' if row['with_data'] else 'without'} data")
    async with run.step("health"):
        await query.run(server.databases.cluster.dsn(database, role="postgres"), "select 1")
    async with run.step("configure"), server.store.transaction() as conn:
        for key, value in secrets.items():
            await execute(conn, "upsert_secret", {"ref": ref, "name": key, "value": value})
        run.log(f"configure: {len(secrets)} secrets")
    if row["with_data"]:
        async with run.step("seed"):
            server.folders.copy_objects(parent.ref, ref)
    async with run.step("deploy"), server.store.transaction() as conn:
        for name in ("copy_functions", "copy_function_files", "config.copy"):
            await execute(conn, name, {"source": parent.ref, "target": ref})


async def _refuse_taken(server: Server, parent_ref: str, name: str) -> None:
    if await server.store.one("branch_by_name", parent_ref=parent_ref, name=name):
        raise _taken(name)


def _taken(name: str) -> ApiError:
    return ApiError(400, f"A branch named {name} already exists")


def _refuse_default(row: Row) -> None:
    if row["is_default"]:
        raise ApiError(422, "Cannot delete the default branch.")


def wire(row: Row) -> dict[str, Any]:
    """The hosted API's BranchResponse; what is unknown is left out, because clients refuse null."""
    ready = "INACTIVE" if row["paused"] else "ACTIVE_HEALTHY"
    unready = "COMING_UP" if row["status"] == UNFINISHED else "GOING_DOWN"
    answer = {
        "id": str(row["id"]),
        "name": row["name"],
        "project_ref": row["ref"],
        "parent_project_ref": row["parent_ref"],
        "is_default": row["is_default"],
        "git_branch": row["git_branch"],
        "persistent": row["persistent"],
        "status": row["status"],
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
        "with_data": row["with_data"],
        "notify_url": row["notify_url"],
        "preview_project_status": ready if row["ready"] else unready,
    }
    for name in ("review_requested_at", "deletion_scheduled_at"):
        answer[name] = moment(row[name]) if row[name] else None
    return {key: value for key, value in answer.items() if value is not None}


def wire_accepted(row: Row) -> dict[str, Any]:
    """What the request to make it is answered with: on the hosted platform the work only begins then."""
    answer = {**wire(row), "status": UNFINISHED}
    del answer["preview_project_status"]
    return answer


def detail(server: Server, environment: Environment) -> dict[str, Any]:
    """``GET /v1/branches/{ref}``: how to reach the branch's database."""
    state = server.state
    return {
        "ref": environment.ref,
        "postgres_version": f"supabase-postgres-{projects.POSTGRES_ENGINE}",
        "postgres_engine": projects.POSTGRES_ENGINE,
        "release_channel": projects.RELEASE_CHANNEL,
        "status": environment.status,
        "db_host": "127.0.0.1",
        "db_port": state.postgres_port,
        "db_user": "postgres",
        "db_pass": state.passwords["postgres"],
        "db_name": environment.database,
        "jwt_secret": environment.keys.jwt_secret,
    }
