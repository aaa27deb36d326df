"""Branches: clones of a project's database with keys, functions and processes of their own.

Every action is synchronous: when the answer goes out, it is done.
"""

from __future__ import annotations

import uuid
from typing import Any

from architect.embedded.platform import databases, migrations, projects
from architect.embedded.platform.environments import REF, Environment, row_of
from architect.embedded.platform.errors import ApiError, not_found
from architect.embedded.platform.keys import Keys, new_ref
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row, execute

DONE = "FUNCTIONS_DEPLOYED"
UNFINISHED = "CREATING_PROJECT"
FAILED = "MIGRATIONS_FAILED"


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
) -> Row:
    """Clone ``parent``: schema and functions, data only ``with_data``. The first one also makes ``main``."""
    if parent.kind != "project":
        raise ApiError(400, "A branch cannot be made from a branch")
    async with server.lock(parent.ref):
        await server.store.run("ensure_default_branch", ref=parent.ref)
        if await server.store.one("branch_by_name", parent_ref=parent.ref, name=name):
            raise ApiError(400, f"A branch named {name} already exists")
        ref = new_ref()
        values: dict[str, Any] = {
            "ref": ref,
            "parent_ref": parent.ref,
            "name": name,
            "git_branch": git_branch,
        }
        values |= {"persistent": persistent, "with_data": with_data, "notify_url": notify_url}
        async with server.store.transaction() as conn:
            await execute(conn, "insert_environment", row_of(ref, databases.name_of(ref), Keys.generate(ref)))
            await execute(conn, "insert_branch", values)
        try:
            await _fill(server, parent, ref, with_data=with_data, secrets=secrets or {})
            row = await server.store.one("set_branch_status", ref=ref, status=DONE)
        except BaseException:
            await server.forget({"ref": ref, "database": databases.name_of(ref)})
            raise
        await server.environments.load()
    if row is None:
        raise not_found("Branch")
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


async def delete(server: Server, row: Row) -> None:
    """Drop its database, processes, functions and keys. Raises :class:`ApiError` 422 for ``main``."""
    if row["is_default"]:
        raise ApiError(422, "Cannot delete the default branch.")
    async with server.lock(row["parent_ref"]):
        # An unfinished branch is removed at the next start, should this one not get to the end.
        await server.store.run("set_branch_status", ref=row["ref"], status=UNFINISHED)
        await server.forget({"ref": row["ref"], "database": databases.name_of(row["ref"])})


async def merge(server: Server, row: Row) -> None:
    """Apply the branch's newer migrations and its functions to the base project."""
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]):
        await _catch_up(server, row, source=branch, target=base)
        async with server.store.transaction() as conn:
            for name in ("copy_functions", "clear_copied_files", "copy_function_files"):
                await execute(conn, name, {"source": branch.ref, "target": base.ref})
        await server.functions.stop(base.ref)


async def push(server: Server, row: Row) -> None:
    """Apply the base project's newer migrations to the branch (a rebase)."""
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]):
        await _catch_up(server, row, source=base, target=branch)


async def reset(server: Server, row: Row, version: str | None) -> None:
    """Rebuild the branch's database from its ledger, up to ``version``; what the ledger lacks is gone.

    The new database is complete before it takes the old one's place; when a migration fails, nothing changed.
    """
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]):
        wanted = await migrations.ledger(server.dsn(branch))
        if version is not None:
            if version not in {m.version for m in wanted}:
                raise ApiError(400, f"Migration {version} not found on this branch")
            wanted = [m for m in wanted if m.version <= version]
        scratch = f"{branch.database}_new"
        await server.databases.drop(scratch)
        try:
            await _rebuild(server, base, scratch, wanted)
            async with server.lite.quiet(branch.ref):
                await server.databases.replace(scratch, branch.database)
                server.folders.drop_objects(branch.ref)
        except ApiError:
            await server.store.run("set_branch_status", ref=row["ref"], status=FAILED)
            raise
        finally:
            await server.databases.drop(scratch)
        await server.store.run("set_branch_status", ref=row["ref"], status=DONE)


async def _rebuild(
    server: Server, base: Environment, scratch: str, wanted: list[migrations.Migration]
) -> None:
    """Clone the base when it is a prefix of what is wanted, else replay everything on the template."""
    have = {m.version for m in await migrations.ledger(server.dsn(base))}
    missing = [m for m in wanted if m.version not in have]
    if have <= {m.version for m in wanted}:
        async with server.lite.quiet(base.ref):
            await server.databases.clone(base.database, scratch, with_data=False)
    else:
        await server.databases.create(scratch)
        missing = wanted
    await migrations.replay(server.databases.cluster.dsn(scratch, role="postgres"), missing)


async def _fill(
    server: Server, parent: Environment, ref: str, *, with_data: bool, secrets: dict[str, str]
) -> None:
    async with server.lite.quiet(parent.ref):
        await server.databases.clone(parent.database, databases.name_of(ref), with_data=with_data)
    async with server.store.transaction() as conn:
        for name in ("copy_functions", "copy_function_files"):
            await execute(conn, name, {"source": parent.ref, "target": ref})
        for key, value in secrets.items():
            await execute(conn, "upsert_secret", {"ref": ref, "name": key, "value": value})
    if with_data:
        server.folders.copy_objects(parent.ref, ref)


async def _catch_up(server: Server, row: Row, *, source: Environment, target: Environment) -> None:
    have = {m.version: m for m in await migrations.ledger(server.dsn(target))}
    newer = []
    for migration in await migrations.ledger(server.dsn(source)):
        known = have.get(migration.version)
        if known is None:
            newer.append(migration)
        elif known != migration:
            raise ApiError(400, f"Migration {migration.version} is a different one on the other side")
    try:
        await migrations.replay(server.dsn(target), newer)
    except ApiError:
        await server.store.run("set_branch_status", ref=row["ref"], status=FAILED)
        raise
    finally:
        await server.lite.reload_schema(target.ref)
    await server.store.run("set_branch_status", ref=row["ref"], status=DONE)


def _pair(server: Server, row: Row) -> tuple[Environment, Environment]:
    if row["is_default"]:
        raise ApiError(422, "The default branch is the project itself.")
    return server.environment(row["ref"]), server.environment(row["parent_ref"])


def wire(row: Row) -> dict[str, Any]:
    """The hosted API's BranchResponse; what is unknown is left out, because clients refuse null."""
    answer = {
        "id": str(row["id"]),
        "name": row["name"],
        "project_ref": row["ref"],
        "parent_project_ref": row["parent_ref"],
        "is_default": row["is_default"],
        "git_branch": row["git_branch"],
        "persistent": row["persistent"],
        "status": row["status"],
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
        "with_data": row["with_data"],
        "notify_url": row["notify_url"],
        "preview_project_status": "ACTIVE_HEALTHY" if row["status"] != UNFINISHED else "COMING_UP",
    }
    return {key: value for key, value in answer.items() if value is not None}


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
