"""``architect approve``: agree to the plan that a build waits with, or reject it."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect import gate
from architect.api.runs import open_runs
from architect.cli.asking import at_terminal, operator
from architect.cli.sessions import JsonOption, SessionArgument, resolve
from architect.cli.summary import show_plan
from architect.cli.timeline import Timeline
from architect.errors import ArchitectError, Conflict, InputError
from architect.plan.model import Plan
from architect.sessions import ControlPlane, Session
from architect.sessions.approval import Verdict
from architect.settings import Connections, connections

POLL_S = 0.3


def register(app: typer.Typer) -> None:
    app.command(
        "approve",
        epilog='Examples:  architect approve last  |  architect approve last --reject --note "no invoices"',
    )(approve)


def approve(
    session: SessionArgument = "last",
    reject: Annotated[bool, typer.Option("--reject", help="Reject the plan; nothing is built.")] = False,
    note: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not show the plan and do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Decide on the plan of a build that waits for approval, and let the build go on.

    At a terminal the plan is shown and you are asked; elsewhere say --yes.
    """
    target = connections()
    console = Console(stderr=as_json, highlight=False)
    waiting = asyncio.run(_waiting(target, session))
    if not yes:
        if not at_terminal():
            raise InputError("Nobody is here to be asked about the plan", hint="Say --yes to decide unasked.")
        show_plan(console, waiting)
        typer.confirm("Reject this plan?" if reject else "Build this plan?", abort=True)
    decided = asyncio.run(decide(target, waiting, "rejected" if reject else "approved", note))
    if as_json:
        sys.stdout.write(json.dumps(decided.api_dict(), indent=2, ensure_ascii=False) + "\n")
    elif reject:
        _tell_rejected(console, decided)
    else:
        console.print("[green]✓[/] the plan is approved, the build goes on")
        console.print(f"[dim]follow[/]  architect events {decided.id} --follow", soft_wrap=True)


async def _waiting(target: Connections, session: str) -> Session:
    """The session with a plan to decide on. Raises :class:`Conflict` when nothing waits."""
    async with ControlPlane.open(target.database_url) as cp:
        found = await cp.session(await resolve(cp, session))
    if not found.waiting:
        raise Conflict(
            f"Session {found.id} is {found.status} and waits for no decision.",
            hint="A build asks for one when it is begun with --require-approval.",
        )
    return found


def ask(console: Console, target: Connections, session: Session) -> Session:
    """Show the plan, ask, and act on the answer; the session as it is once the build has ended."""
    show_plan(console, session)
    if typer.confirm("Build this plan?", default=False):
        asyncio.run(decide(target, session, "approved", ""))
        return asyncio.run(_follow(console, target, session))
    note = typer.prompt("Why not? (Enter for nothing)", default="", show_default=False)
    decided = asyncio.run(decide(target, session, "rejected", note))
    _tell_rejected(console, decided)
    return decided


def _tell_rejected(console: Console, session: Session) -> None:
    told = f"[yellow]✗[/] the plan is rejected, session {session.id} is canceled; nothing was built"
    console.print(told, soft_wrap=True)


async def decide(target: Connections, session: Session, verdict: Verdict, note: str) -> Session:
    """Record the decision on the plan as it was shown, and wake or stop the run that waits.

    Raises ``PlanChanged`` or ``Conflict``.
    """
    plan_hash = Plan.model_validate(session.plan).digest()
    async with ControlPlane.open(target.database_url) as cp:
        decided = await cp.decide_plan(
            session.id, verdict, plan_hash, via="cli", operator=operator(), note=note
        )
    try:
        async with open_runs(target.prefect_api_url) as runs:
            await gate.follow(decided, runs)
    except ArchitectError as error:
        told = Text(f"The engine cannot be told now and will be later: {error.message}", "yellow")
        Console(stderr=True, highlight=False).print(told)
    return decided


async def _follow(console: Console, target: Connections, session: Session) -> Session:
    """Print the events of the build, which goes on in the runner, until it has ended."""
    seen = session.last_seq
    async with ControlPlane.open(target.database_url) as cp:
        with Timeline(console) as timeline:
            while True:
                current = await cp.session(session.id)
                events = await cp.events(session.id, after=seen)
                timeline.show(events)
                seen = events[-1].seq if events else seen
                if current.finished and not events:
                    return current
                await asyncio.sleep(POLL_S)
