"""Shared by the two nodes that apply migrations: look, apply, announce."""

from __future__ import annotations

from architect.provision import migrate
from architect.render import Created, Migration, render
from architect.workbench import Workbench

#: What is announced, and how; helpers, indexes and comments go without an event of their own.
ANNOUNCED = {
    "table": ("table_created", "Table {name} created, locked", "table"),
    "rls": ("rls_enabled", "Row-level security is on for {name}", "table"),
    "policy": ("policy_created", "Policy {name} on {table}", "policy"),
}


async def apply_concerns(bench: Workbench, concerns: tuple[str, ...]) -> dict[str, str]:
    """Apply the plan's migrations of these concerns; ``{migration name: ledger version}``."""
    environment = await bench.environment()
    mcp = await bench.mcp()
    versions: dict[str, str] = {}
    for migration in render(await bench.plan()):
        if migration.concern in concerns:
            await bench.emit(
                "migration_started",
                f"Migration {migration.name}",
                {"migration": migration.name, "concern": migration.concern},
                key=migration.name,
            )
            versions[migration.name] = await migrate.apply(mcp, environment.ref, migration)
            await announce(bench, migration, versions[migration.name])
    return versions


async def announce(bench: Workbench, migration: Migration, version: str) -> None:
    """One event for each thing that people look for."""
    for created in announced(migration):
        await _tell(bench, created, {"version": version})


async def _tell(bench: Workbench, created: Created, more: dict[str, str]) -> None:
    type, message, focus = ANNOUNCED[created.kind]
    table = created.table or created.name
    payload = {"table": table, "name": created.name, "focus": {"type": focus, "name": created.name}, **more}
    await bench.emit(
        type, message.format(name=created.name, table=table), payload, key=f"{table}.{created.name}"
    )


def announced(migration: Migration) -> list[Created]:
    """Tables are announced with their migration, policies with theirs."""
    kind = {"tables": "table", "policies": "policy"}.get(migration.concern)
    return [created for created in migration.creates if created.kind == kind]


async def announce_rls(bench: Workbench) -> None:
    """``rls_enabled`` for every table, when its policies are there."""
    for migration in render(await bench.plan()):
        if migration.concern == "tables":
            for created in migration.creates:
                if created.kind == "rls":
                    await _tell(bench, created, {})
