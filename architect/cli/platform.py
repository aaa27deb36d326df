"""``architect up``, ``down``, ``status`` and ``doctor``."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from architect.embedded import doctor as doctors
from architect.embedded import lifecycle, runtime
from architect.embedded.home import home_dir

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.command("up", epilog="Example:  architect up\n\nARCHITECT_HOME=~/other architect up")(up)
    app.command("setup", epilog="Example:  architect setup")(setup)
    app.command("down", epilog="Example:  architect down")(down)
    app.command("status", epilog="Example:  architect status --json")(status)
    app.command("doctor", epilog="Example:  architect doctor")(doctor)


def up() -> None:
    """Start the embedded platform: Postgres, Supabase, Management API, Prefect, page. Does nothing twice."""
    console = Console(highlight=False)
    started = time.monotonic()
    with console.status("Starting") as shown:

        def progress(step: str) -> None:
            shown.update(f"Starting: {step}")
            if not console.is_terminal:
                console.print(f"starting: {step}")

        state = lifecycle.up(progress)
    console.print(f"[bold green]up[/] after {time.monotonic() - started:.1f} s, state in {home_dir()}")
    grid = Table.grid(padding=(0, 2))
    grid.add_row("[dim]page and session API[/]", f"http://127.0.0.1:{state.api_port}")
    grid.add_row("[dim]Management API[/]", f"http://127.0.0.1:{state.platform_port}/v1")
    grid.add_row("[dim]Prefect UI[/]", f"http://127.0.0.1:{state.prefect_port}")
    grid.add_row("[dim]to sign in there[/]", "architect users add you@example.com")
    grid.add_row("[dim]next[/]", "architect build examples/marketplace.md --template marketplace")
    grid.add_row("[dim]stop[/]", "architect down")
    console.print(grid)


def setup() -> None:
    """Fetch the npm parts that the platform runs, once; the only step that needs the network."""
    Console(highlight=False).print(f"npm parts are in {runtime.npm_dir()}", soft_wrap=True)


def down() -> None:
    """Stop the embedded platform. Environments and sessions stay; `architect up` finds them again."""
    stopped = lifecycle.down()
    console = Console(highlight=False)
    console.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def status(as_json: JsonOption = False) -> None:
    """Show what runs. Exit code 0 when all of it does, else 1."""
    found = lifecycle.status()
    complete = bool(found) and all(part["running"] for part in found.values())
    if as_json:
        sys.stdout.write(
            json.dumps({"home": str(home_dir()), "up": complete, "services": found}, indent=2) + "\n"
        )
    elif not found:
        Console(highlight=False).print("Nothing was ever started here. Start with: architect up")
    else:
        table = Table(
            "service", "state", "pid", "where", "MiB", box=None, header_style="bold", padding=(0, 2, 0, 0)
        )
        for name, part in found.items():
            word = "[green]running[/]" if part["running"] else "[yellow]stopped[/]"
            table.add_row(name, word, str(part["pid"] or ""), str(part["url"]), str(part["memory_mib"] or ""))
        Console(highlight=False).print(table)
    raise typer.Exit(0 if complete else 1)


def doctor(as_json: JsonOption = False) -> None:
    """Examine the machine and the platform, and say what to do about what is wrong. Changes nothing."""
    checks = doctors.examine()
    if as_json:
        sys.stdout.write(json.dumps([check.__dict__ for check in checks], indent=2) + "\n")
    else:
        marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]-[/]"}
        table = Table.grid(padding=(0, 2))
        for column in range(4):
            # A path that is cut short helps nobody.
            table.add_column(overflow="fold", no_wrap=column < 2)
        for check in checks:
            table.add_row(
                marks[check.ok], check.name, check.says, "" if check.ok else f"[dim]{check.hint}[/]"
            )
        Console(highlight=False, soft_wrap=True).print(table)
    raise typer.Exit(1 if any(check.ok is False for check in checks) else 0)
