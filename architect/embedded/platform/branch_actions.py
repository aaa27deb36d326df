"""Merge, push and reset: what moves migrations between a branch and its base project.

Each is one recorded run, and done when its id is returned.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from architect.embedded.platform import actions, migrations, query
from architect.embedded.platform.api_types import BranchStatus
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.server import Server
from architect.embedded.platform.store import Row, execute

#: The version before the first migration.
NOTHING = "0"


async def merge(server: Server, row: Row, version: str | None = None) -> str:
    """Apply the branch's newer migrations, up to ``version``, and its functions to the base project.

    Returns the id of the run. Raises :class:`ApiError` 400 with the cause; then the base is as it was, but
    for the migrations before the one that failed.
    """
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]), actions.run(server.store, row, ref=base.ref) as run:
        await _catch_up(server, row, run, source=branch, target=base, version=version)
        async with _deploying(server, row, run):
            async with server.store.transaction() as conn:
                for name in ("copy_functions", "clear_copied_files", "copy_function_files"):
                    await execute(conn, name, {"source": branch.ref, "target": base.ref})
            await server.functions.stop(base.ref)
    return run.id


async def push(server: Server, row: Row, version: str | None = None) -> str:
    """Apply the base project's newer migrations, up to ``version``, to the branch (a rebase).

    Returns the id of the run. Raises as :func:`merge`.
    """
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]), actions.run(server.store, row, ref=branch.ref) as run:
        await _catch_up(server, row, run, source=base, target=branch, version=version)
        await _set(server, row, "FUNCTIONS_DEPLOYED")
    return run.id


async def reset(server: Server, row: Row, version: str | None = None) -> str:
    """Rebuild the branch's database from its ledger, up to ``version``; what the ledger lacks is gone.

    The new database is complete before it takes the old one's place; when a migration fails, nothing changed.
    Returns the id of the run. Raises :class:`ApiError` 400 with the cause.
    """
    branch, base = _pair(server, row)
    async with server.lock(row["parent_ref"]), actions.run(server.store, row, ref=branch.ref) as run:
        async with run.step("pull"):
            wanted = _up_to(await migrations.ledger(server.dsn(branch)), version)
        scratch = f"{branch.database}_new"
        await server.databases.drop(scratch)
        try:
            async with _migrating(server, row, run):
                await _rebuild(server, run, base, scratch, wanted)
                async with server.lite.quiet(branch.ref):
                    await server.databases.replace(scratch, branch.database)
                    server.folders.drop_objects(branch.ref)
        finally:
            await server.databases.drop(scratch)
        await _set(server, row, "FUNCTIONS_DEPLOYED")
    return run.id


async def _rebuild(
    server: Server,
    run: actions.Run,
    base: Environment,
    scratch: str,
    wanted: list[migrations.Migration],
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
    await _replay(run, server.databases.cluster.dsn(scratch, role="postgres"), missing)


async def _catch_up(
    server: Server,
    row: Row,
    run: actions.Run,
    *,
    source: Environment,
    target: Environment,
    version: str | None,
) -> None:
    async with run.step("pull"):
        have = {m.version: m for m in await migrations.ledger(server.dsn(target))}
        theirs = _up_to(await migrations.ledger(server.dsn(source)), version)
        for migration in theirs:
            if have.get(migration.version, migration) != migration:
                raise ApiError(400, f"Migration {migration.version} is a different one on the other side")
    async with run.step("health"):
        await query.run(server.dsn(target), "select 1")
    async with _migrating(server, row, run):
        try:
            await _replay(run, server.dsn(target), [m for m in theirs if m.version not in have])
        finally:
            await server.lite.reload_schema(target.ref)


async def _replay(run: actions.Run, dsn: str, wanted: list[migrations.Migration]) -> None:
    for migration in wanted:
        await migrations.replay(dsn, [migration])
        run.log(f"migrate: applied {migration.version} {migration.name or ''}".rstrip())


def _up_to(ledger: list[migrations.Migration], version: str | None) -> list[migrations.Migration]:
    if version is None:
        return ledger
    if version == NOTHING:
        return []
    if version not in {m.version for m in ledger}:
        raise ApiError(400, f"Migration {version} not found")
    return [m for m in ledger if m.version <= version]


@asynccontextmanager
async def _migrating(server: Server, row: Row, run: actions.Run) -> AsyncIterator[None]:
    """The step ``migrate``, and what the branch's status says of it."""
    await _set(server, row, "RUNNING_MIGRATIONS")
    try:
        async with run.step("migrate"):
            yield
    except BaseException:
        await _set(server, row, "MIGRATIONS_FAILED")
        raise
    await _set(server, row, "MIGRATIONS_PASSED")


@asynccontextmanager
async def _deploying(server: Server, row: Row, run: actions.Run) -> AsyncIterator[None]:
    """The step ``deploy``, and what the branch's status says of it."""
    try:
        async with run.step("deploy"):
            yield
    except BaseException:
        await _set(server, row, "FUNCTIONS_FAILED")
        raise
    await _set(server, row, "FUNCTIONS_DEPLOYED")


async def _set(server: Server, row: Row, status: BranchStatus) -> None:
    await server.store.run("set_branch_status", ref=row["ref"], status=status)


def _pair(server: Server, row: Row) -> tuple[Environment, Environment]:
    if row["is_default"]:
        raise ApiError(422, "The default branch is the project itself.")
    return server.environment(row["ref"]), server.environment(row["parent_ref"])
