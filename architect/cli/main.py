"""The ``architect`` command."""

from __future__ import annotations

import importlib
import json
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from typer.core import TyperGroup

from architect import __version__
from architect.errors import ArchitectError

if TYPE_CHECKING:
    from typer._click import Command, Context

#: Which module of ``architect.cli`` holds a command, in the order of ``--help``. Only the module of the
#: command that is called is imported: all of them take twice as long.
COMMANDS = {
    "build": "build", "retry": "build", "approve": "approve",
    "sessions": "sessions", "show": "sessions", "events": "sessions", "query": "sessions",
    "plan": "plan", "export": "export", "replay": "replay", "delete": "delete", "drift": "drift",
    "up": "platform", "setup": "platform", "down": "platform", "status": "platform", "doctor": "platform",
    "audit": "audit", "keys": "keys", "users": "users", "db": "db",
}  # fmt: skip


class Commands(TyperGroup):
    """The commands by name, each from its own module."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in COMMANDS:
            return None
        part = typer.Typer()
        importlib.import_module(f"architect.cli.{COMMANDS[cmd_name]}").register(part)
        return typer.main.get_group(part).commands[cmd_name]

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        if args[0] not in COMMANDS and (near := get_close_matches(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {' or '.join(near)}?")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="architect",
    cls=Commands,
    help="Turn a written product spec into a running, locked-down and proven Supabase backend.",
    epilog="Start here: architect build examples/marketplace.md --template marketplace",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"architect {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Options that every command shares."""


def show_error(error: ArchitectError) -> None:
    """One error for people on stderr; for programs (``--json``) the one JSON shape on stdout."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(error.to_dict(), ensure_ascii=False) + "\n")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error[/] [dim]{error.code}[/]  ", end="")
    console.print(error.message, markup=False)
    for violation in error.details.get("violations", [])[:20]:
        console.print(f"  - {violation}", markup=False)
    if error.hint:
        console.print("[bold]try[/]    ", end="")
        console.print(error.hint, markup=False)


def main() -> None:
    """Run the command; an :class:`ArchitectError` becomes a message and its exit code."""
    try:
        app(prog_name="architect")
    except ArchitectError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
