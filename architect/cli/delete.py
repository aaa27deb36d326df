"""``architect delete``: take down what a session built."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from architect.cli.sessions import JsonOption, resolve
from architect.errors import InputError
from architect.handoff.delete import Confirm
from architect.handoff.delete import delete as remove
from architect.provision.removal import Found
from architect.sessions import ControlPlane
from architect.settings import connections


def register(app: typer.Typer) -> None:
    app.command("delete", epilog="Example:  architect delete 7f9c0c5e-… --yes")(delete)


def delete(
    session: Annotated[str, typer.Argument(help="Session id, or 'last'.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a session's branch or project with its data, functions and keys; its record stays."""

    def confirm(found: Sequence[Found]) -> None:
        if not yes:
            _ask(found)

    session_id, removed = asyncio.run(_delete(session, confirm))
    if as_json:
        typer.echo(json.dumps({"session": session_id, "removed": removed}))
    elif removed:
        Console(highlight=False).print(f"[green]✓[/] removed {', '.join(removed)}")
    else:
        typer.echo(f"Nothing is left of session {session_id} on the platform.")


async def _delete(session: str, confirm: Confirm) -> tuple[str, list[str]]:
    target = connections()
    async with ControlPlane.open(target.database_url) as cp:
        session_id = await resolve(cp, session)
    return session_id, await remove(session_id, target, confirm=confirm)


def _ask(found: Sequence[Found]) -> None:
    what = " and ".join(f"the {one.mode} {one.name} ({one.ref})" for one in found)
    if not sys.stdin.isatty():
        raise InputError(
            f"This deletes {what} with all data in it", hint="Say --yes where nobody can be asked."
        )
    typer.confirm(f"Delete {what} with all data in it?", abort=True)
