"""``architect keys``: hand out keys for what was built, list them, take them back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from architect.cli.sessions import JsonOption, SessionArgument, resolve
from architect.errors import InputError
from architect.handoff import keys as handoff
from architect.provision.management import ManagementClient
from architect.provision.platform import Platform
from architect.sessions import ControlPlane, Session
from architect.settings import connections


class _SessionFirst(TyperGroup):
    """``keys SESSION`` lists, and ``keys SESSION issue`` is taken for ``keys issue SESSION``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            verb = next((word for word in args[1:2] if word in self.commands), None)
            args = [verb, args[0], *args[2:]] if verb else ["list", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_SessionFirst,
    no_args_is_help=True,
    help="Keys for a frontend or an agent: scoped, expiring, revocable. Never service_role.",
)
STYLE = {"active": "green", "expired": "yellow", "revoked": "red", "unfinished": "dim"}


@dataclass(frozen=True)
class _Open:
    cp: ControlPlane
    management: ManagementClient
    session: Session


def register(root: typer.Typer) -> None:
    """Mount ``architect keys`` on the command."""
    root.add_typer(app, name="keys")


@app.callback()
def keys() -> None:
    """Keys for a frontend or an agent: scoped, expiring, revocable. Never service_role."""


@app.command("list", epilog="Example:  architect keys list last")
def list_(session: SessionArgument = "last", as_json: JsonOption = False) -> None:
    """List a session's keys by their beginnings; no key is ever shown again."""

    async def read() -> list[Any]:
        async with _opened(session) as opened:
            return await opened.cp.keys(opened.session.id)

    found = asyncio.run(read())
    if as_json:
        typer.echo(json.dumps([key.api_dict() for key in found], indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print("No key was issued. Issue one with: architect keys issue SESSION --for frontend")
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("id", "for", "name", "acts as", "may", "key", "expires", "status"):
        table.add_column(heading, no_wrap=heading in ("id", "status"))
    for key in found:
        acts = key.role if key.subject is None else f"user {str(key.subject)[:8]}…"
        may = ", ".join(key.services or ["all services"]) + (", read only" if key.read_only else "")
        ends = "never" if key.expires_at is None else f"{key.expires_at.astimezone():%m-%d %H:%M}"
        status = f"[{STYLE[key.status]}]{key.status}[/]"
        table.add_row(key.id[:8], key.purpose, key.name, acts, may, f"{key.prefix or ''}…", ends, status)
    console.print(table)


@app.command(
    epilog="Examples:  architect keys issue last --for frontend\n\n"
    "architect keys issue last --for agent --role authenticated --user 6f1c… --services rest --read-only "
    "--expires 1h\n\nexport SUPABASE_KEY=$(architect keys issue last --for agent --raw)"
)
def issue(
    session: SessionArgument = "last",
    purpose: Annotated[
        str, typer.Option("--for", help="frontend: a publishable key. agent: a secret one.")
    ] = "",
    role: Annotated[
        str | None, typer.Option(help="anon or authenticated; agents only. Default: what --user asks for.")
    ] = None,
    user: Annotated[UUID | None, typer.Option(help="The user an agent acts as, under RLS.")] = None,
    expires: Annotated[
        str | None, typer.Option(help="90s, 15m, 12h, 7d or never. Default: agents 24h, frontends never.")
    ] = None,
    services: Annotated[
        str | None, typer.Option(help="rest,auth,storage,functions,realtime; agents, embedded platform only.")
    ] = None,
    read_only: Annotated[
        bool,
        typer.Option(
            "--read-only", help="Reads rows and files, calls nothing; agents, embedded platform only."
        ),
    ] = False,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print nothing but the key.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Issue a key and print it, once."""
    scope = handoff.Scope(
        purpose=_purpose(purpose),
        role=role or ("authenticated" if user else "anon"),
        subject=user,
        services=None if services is None else tuple(s.strip() for s in services.split(",") if s.strip()),
        read_only=read_only,
    )

    async def make() -> tuple[handoff.Issued, str]:
        async with _opened(session) as opened:
            made = await handoff.issue(
                opened.cp, opened.management, opened.session, scope, expires=expires, name=name
            )
            return made, str((opened.session.environment or {})["url"])

    made, url = asyncio.run(make())
    # The one place where a key is shown, because this is what the command is for.
    if raw:
        typer.echo(made.value)
    elif as_json:
        typer.echo(json.dumps({**made.record.api_dict(), "url": url, "key": made.value}, indent=2))
    else:
        _show(made, url)


@app.command(epilog="Examples:  architect keys revoke last 3f2a9c10  |  architect keys revoke last all")
def revoke(
    session: SessionArgument,
    key: Annotated[str, typer.Argument(help="Id (or its beginning) as `keys list` shows it, or all.")],
    as_json: JsonOption = False,
) -> None:
    """Revoke a key, or all of a session's: refused from the next request on. Repeatable."""

    async def take() -> list[Any]:
        async with _opened(session) as opened:
            return await handoff.revoke(opened.cp, opened.management, opened.session, key)

    taken = asyncio.run(take())
    if as_json:
        typer.echo(json.dumps([record.id for record in taken]))
    else:
        typer.echo(
            f"Revoked {len(taken)} of the session's keys." if taken else "Revoked before; nothing to do."
        )


@asynccontextmanager
async def _opened(session: str) -> AsyncIterator[_Open]:
    target = connections()
    async with (
        ControlPlane.open(target.database_url) as cp,
        ManagementClient(Platform.from_connections(target)) as management,
    ):
        yield _Open(cp, management, await cp.session(await resolve(cp, session)))


def _purpose(given: str) -> Literal["frontend", "agent"]:
    if given == "frontend":
        return "frontend"
    if given == "agent":
        return "agent"
    raise InputError("Say whom the key is for", hint="--for frontend, or --for agent.")


def _show(made: handoff.Issued, url: str) -> None:
    record, console = made.record, Console(highlight=False, soft_wrap=True)
    ends = "until it is revoked"
    if record.expires_at is not None:
        left = record.expires_at - datetime.now(UTC)
        ends = f"until {record.expires_at.astimezone():%Y-%m-%d %H:%M:%S} ({round(left.total_seconds())} s)"
    console.print(f"[bold]url[/]  {url}\n[bold]key[/]  ", end="")
    console.print(made.value, markup=False)
    console.print(
        f"[dim]{record.id[:8]}: {record.purpose}, acts as {record.role}, {ends}. Shown only now.[/]"
    )
