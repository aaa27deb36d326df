"""The ``architect`` command."""

from __future__ import annotations

import json
import sys

import typer
from rich.console import Console

from architect import __version__
from architect.cli import audit, build, db, delete, export, keys, plan, platform, replay, sessions, users
from architect.errors import ArchitectError

app = typer.Typer(
    name="architect",
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


for module in (build, sessions, plan, export, replay, audit, keys, delete, users, platform, db):
    module.register(app)


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
        app()
    except ArchitectError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
