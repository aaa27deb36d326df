"""``architect db``: the schema of the control plane's own database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from architect import migrations
from architect.errors import InputError

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


def _database_url(name: str | None) -> str:
    """The connection string, from the environment or the embedded state: never from the command line."""
    if name is None:
        from architect.settings import connections

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
