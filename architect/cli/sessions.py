"""``architect sessions``, ``show``, ``events`` and ``query``: what was built, how, and what it answers."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from architect.cli.summary import show_analytics, show_summary
from architect.cli.timeline import Timeline
from architect.sessions import ControlPlane, Session
from architect.settings import connections

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SessionArgument = Annotated[str, typer.Argument(help="Session id, or 'last'.")]
STYLE = {"succeeded": "green", "failed": "red", "running": "cyan", "canceled": "yellow", "queued": "dim",
         "waiting": "bold yellow"}  # fmt: skip
POLL_S = 0.3
#: Columns of a terminal from which on the environment is shown, too.
WIDE = 140
ENDED = ("succeeded", "failed", "canceled")


def register(app: typer.Typer) -> None:
    app.command("sessions", epilog="Example:  architect sessions --limit 5")(sessions)
    app.command("show", epilog="Example:  architect show last")(show)
    app.command("events", epilog="Example:  architect events last --follow")(events)
    app.command("query", epilog="Example:  architect query last --name delays_by_carrier --month 2")(query)


def sessions(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the build sessions, newest first."""

    async def read() -> list[Session]:
        async with ControlPlane.open(connections().database_url) as cp:
            return await cp.sessions(limit=limit)

    found = asyncio.run(read())
    if as_json:
        print_json([session.api_dict() for session in found])
        return
    console = Console(highlight=False)
    if not found:
        console.print("No session yet. Start one with: architect build examples/marketplace.md")
        return
    wide = console.width >= WIDE
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading, width in (("session", 36), ("when", 11), ("template", 11), ("status", 9)):
        table.add_column(heading, min_width=width, no_wrap=True)  # an id that is cut off is of no use
    if wide:
        table.add_column("environment", no_wrap=True)
    for session in found:
        state = "waiting" if session.waiting else session.status
        status = f"[{STYLE.get(state, '')}]{state}[/]"
        url = [str((session.environment or {}).get("url", ""))] if wide else []
        when = f"{session.created_at.astimezone():%m-%d %H:%M}"
        table.add_row(session.id, when, session.template, status, *url)
    console.print(table)


def show(session: SessionArgument = "last", as_json: JsonOption = False) -> None:
    """Show one session: environment, tables with their policies, access matrix, functions."""
    target = connections()

    async def read() -> Session:
        async with ControlPlane.open(target.database_url) as cp:
            return await cp.session(await resolve(cp, session))

    found = asyncio.run(read())
    if as_json:
        print_json(found.api_dict())
    else:
        show_summary(Console(highlight=False), found, target)


def events(
    session: SessionArgument = "last",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the build has ended.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Only events behind this sequence number.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Print the events of a session in order."""
    asyncio.run(_events(session, follow=follow, after=after, as_json=as_json))


async def _events(session: str, *, follow: bool, after: int, as_json: bool) -> None:
    async with ControlPlane.open(connections().database_url) as cp:
        session_id = await resolve(cp, session)
        with Timeline(Console(highlight=False)) as timeline:
            while True:
                ended = (await cp.session(session_id)).status in ENDED
                batch = await cp.events(session_id, after=after)
                if as_json:
                    for event in batch:
                        sys.stdout.write(json.dumps(event.api_dict(), ensure_ascii=False) + "\n")
                    sys.stdout.flush()
                else:
                    timeline.show(batch)
                after = batch[-1].seq if batch else after
                if not batch and (ended or not follow):
                    return
                if not batch:
                    await asyncio.sleep(POLL_S)


def query(
    session: SessionArgument = "last",
    name: Annotated[
        str, typer.Option(help="busiest_routes, delays_by_carrier or flights_per_day.")
    ] = "busiest_routes",
    month: Annotated[
        int | None, typer.Option(min=1, max=12, help="Only this month, where the query takes one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run an analytics query for a session and show the rows with their provenance."""
    from architect import analytics

    target = connections()

    async def read() -> str:
        async with ControlPlane.open(target.database_url) as cp:
            return await resolve(cp, session)

    parameters: dict[str, Any] = {} if month is None else {"month": month}
    answer = analytics.run_analytics_query(target.home, asyncio.run(read()), name, **parameters)
    if as_json:
        print_json(answer)
    else:
        show_analytics(Console(highlight=False), answer)


async def resolve(cp: ControlPlane, session: str) -> str:
    """The id of ``session``; ``last`` is the newest. Raises ``NotFound``."""
    if session != "last":
        return str((await cp.session(session)).id)
    newest = await cp.sessions(limit=1)
    return str(newest[0].id) if newest else str((await cp.session(session)).id)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
