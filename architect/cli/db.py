"""``architect db``: the schema of the control plane's own database."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from architect import migrations
from architect.errors import InputError
from architect.provision import ledger
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import MemoryRecorder
from architect.settings import connections

app = typer.Typer(no_args_is_help=True, help="The control plane's own database.")


def register(root: typer.Typer) -> None:
    """Mount ``architect db`` on the command."""
    root.add_typer(app, name="db")


@app.callback()
def db() -> None:
    """The control plane's own database."""


@app.command()
def push(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be applied.")] = False,
    seed: Annotated[bool, typer.Option("--seed/--no-seed", help="Also run the seeds.")] = True,
    database_url_env: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Environment variable that holds the connection string; by default ARCHITECT_DATABASE_URL, "
            "else the embedded database.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder with migrations/ and seeds/; by default this repository's supabase."),
    ] = None,
) -> None:
    """Apply the migrations that are missing, each whole or not at all, then the seeds."""
    # Results go to stdout, one file a line, so that a script can read them.
    out, notes = Console(highlight=False), Console(stderr=True, highlight=False)
    dsn = _database_url(database_url_env)
    if dry_run:
        paths = migrations.pending(dsn, folder, seed=seed).paths()
    else:
        paths = migrations.push(dsn, folder, seed=seed)
    for path in paths:
        out.print(path)
    verb = "to apply" if dry_run else "applied"
    notes.print(f"{len(paths)} {verb}." if paths else "Up to date.")


@app.command()
def parity(
    ref: Annotated[str | None, typer.Argument(help="Project or branch; by default the base project.")] = None,
) -> None:
    """Tell whether a project is what its migration ledger makes; changes nothing there."""
    target = connections()
    ref = ref or target.project_ref

    async def compare() -> ledger.Parity:
        platform = Platform.from_connections(target)
        async with McpServer.start(platform, MemoryRecorder()) as mcp:
            return await ledger.check(mcp, ref, target.home, hosted=not platform.is_local)

    found = asyncio.run(compare())
    out = Console(highlight=False)
    if found.skipped:
        out.print(f"Not compared: {found.skipped}.", markup=False)
        raise typer.Exit(3)
    out.print(f"{ref} is what its {found.migrations} migrations make ({found.facts} catalog facts).")


def _database_url(name: str | None) -> str:
    """The connection string, from the environment or the embedded state: never from the command line."""
    if name is None:
        return connections().database_url
    if "://" in name:
        raise InputError(
            "--database-url-env takes the name of a variable, not the connection string.",
            hint="A connection string on the command line is seen by every process of the machine.",
        )
    value = os.environ.get(name)
    if not value:
        raise InputError(f"The environment variable {name} is not set.")
    return value
