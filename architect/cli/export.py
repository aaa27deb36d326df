"""``architect export``: a finished build as a Supabase CLI project."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from architect.cli.sessions import JsonOption, SessionArgument, resolve
from architect.errors import InputError
from architect.export import folder, project
from architect.provision.environment import Environment
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import MemoryRecorder
from architect.sessions import ControlPlane
from architect.settings import connections

_EPILOG = "Example:  architect export last ./my-backend  and then, in that folder, what its README.md says"


def register(app: typer.Typer) -> None:
    app.command("export", epilog=_EPILOG)(export)


def export(
    session: SessionArgument,
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty or not there yet.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export in DIR.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a build as a Supabase CLI project: config, migrations by ledger version, functions, seed."""
    folder.check(target, force=force)
    files = asyncio.run(collect(session))
    folder.write(target, files, force=force)
    if as_json:
        typer.echo(json.dumps({"folder": str(target.absolute()), "files": sorted(files)}, indent=2))
        return
    console = Console(highlight=False)
    console.print(f"[green]✓[/] {len(files)} files in {target}")
    for name in sorted(files):
        console.print(f"  {name}", markup=False)
    console.print("Push it to hosted Supabase with the three commands in its README.md.")


async def collect(session: str) -> dict[str, str]:
    """The files of a session's export. Raises :class:`InputError` when it has no environment."""
    target = connections()
    async with ControlPlane.open(target.database_url) as cp:
        found = await cp.session(await resolve(cp, session))
    if not found.environment:
        raise InputError(
            f"Session {found.id} has no environment to export (it is {found.status})",
            hint=f"Build it first: architect retry {found.id}",
        )
    environment = Environment.model_validate(found.environment)
    # Its calls only look, and are no part of the build's own log.
    async with McpServer.start(Platform.from_connections(target), MemoryRecorder()) as mcp:
        return await project.collect(mcp, found, environment)
