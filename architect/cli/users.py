"""``architect users``: who may sign in to this control plane and follow its builds."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from architect.cli.sessions import JsonOption
from architect.errors import InputError
from architect.settings import connections

app = typer.Typer(no_args_is_help=True, help="Who may sign in, start builds and follow them.")
ROLE_HELP = "owner, admin or member (the default): may start builds. viewer: may only follow them."
EmailArgument = Annotated[str, typer.Argument(help="The address to sign in with.")]


def register(root: typer.Typer) -> None:
    """Mount ``architect users`` on the command."""
    root.add_typer(app, name="users")


@app.callback()
def users() -> None:
    """Who may sign in, start builds and follow them."""


@app.command(
    epilog="Examples:  architect users add ada@example.com\n\n"
    "architect users add ada@example.com --role viewer\n\n"
    "pass show architect | architect users add ada@example.com --password-stdin"
)
def add(
    email: EmailArgument,
    role: Annotated[str | None, typer.Option(help=ROLE_HELP)] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an account and print its password, once. For who is there: change the role or the password."""
    from architect import members  # Auth's client costs import time that other commands need not pay

    if role is not None and role not in members.ROLES:
        raise InputError(f"There is no role {role!r}", hint=f"Choose one of: {', '.join(members.ROLES)}.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None

    async def make() -> members.Member:
        async with members.Members.open(connections()) as tenant:
            return await tenant.add(email, cast("members.Role | None", role), password)

    made = asyncio.run(make())
    if as_json:
        typer.echo(json.dumps(_json(made, created=made.created, password=made.password), indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    done = "added" if made.created else "was there"
    console.print(f"[green]✓[/] {escape(made.email or email)} {done}, role {made.role}")
    # The one place where a password is shown, because nobody can look it up later.
    if made.password is not None:
        console.print("[bold]password[/]  ", end="")
        console.print(made.password, markup=False, end="  ")
        console.print("[dim]shown only now[/]")


@app.command("list", epilog="Example:  architect users list --json")
def list_(as_json: JsonOption = False) -> None:
    """List who is there."""
    from architect import members

    async def read() -> list[members.Member]:
        async with members.Members.open(connections()) as tenant:
            return await tenant.everybody()

    found = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([_json(member) for member in found], indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print("Nobody yet. Add somebody with: architect users add EMAIL")
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("email", "role", "since", "last sign-in"):
        table.add_column(heading, no_wrap=heading != "email")
    for member in found:
        last = f"{member.last_sign_in.astimezone():%Y-%m-%d %H:%M}" if member.last_sign_in else "never"
        since = f"{member.since.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(escape(member.email or member.id), member.role, since, last)
    console.print(table)


@app.command(epilog="Example:  architect users remove ada@example.com")
def remove(email: EmailArgument, as_json: JsonOption = False) -> None:
    """End a membership, and the account when it belongs nowhere else. Sessions it started stay."""
    from architect import members

    async def take() -> bool:
        async with members.Members.open(connections()) as tenant:
            return await tenant.remove(email)

    deleted = asyncio.run(take())
    if as_json:
        typer.echo(json.dumps({"email": email, "accountDeleted": deleted}))
    else:
        kept = "" if deleted else "; the account stays, it is in another tenant"
        Console(highlight=False).print(f"[green]✓[/] {escape(email)} removed{kept}")


def _json(member: Any, **more: Any) -> dict[str, Any]:
    last = member.last_sign_in
    return {
        "id": member.id,
        "email": member.email,
        "role": member.role,
        "since": member.since.isoformat(),
        "lastSignIn": last and last.isoformat(),
        **more,
    }
