"""``architect drift restore`` and ``accept``: the two things that can be done about drift."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect.cli.asking import at_terminal, operator
from architect.cli.drift_show import plain, show_alert, told
from architect.cli.sessions import JsonOption, SessionArgument, print_json, resolve
from architect.cli.working import working
from architect.errors import InputError, NotFound
from architect.plan.show.words import counted
from architect.sessions import ControlPlane
from architect.settings import Connections, connections

if TYPE_CHECKING:
    from architect.sentinel.rows import DriftRequest, StoredAlert, Verb

AlertsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ALERT]...", help="Alerts, or the beginnings of their ids.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not show it first and do not ask.")]
NoteOption = Annotated[str, typer.Option(help="Kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``architect drift``."""
    examples = "Examples:  architect drift restore last 3f2a9c10  |  architect drift restore last --yes"
    app.command("restore", epilog=examples)(restore)
    examples = (
        'Examples:  architect drift accept last 3f2a9c10  |  architect drift accept last --all --note "v7"'
    )
    app.command("accept", epilog=examples)(accept)


def restore(
    session: SessionArgument = "last",
    alerts: AlertsArgument = None,
    note: NoteOption = "",
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put back what was built or accepted: run the proven fixes of these alerts, or of all that have one.

    Each is shown first and you are asked; elsewhere than at a terminal say --yes. Nothing is run when the
    environment has changed since the proof. A fix that loses data, or cannot bring it back, is run only when
    its alert is named.
    """
    target = connections()
    chosen = asyncio.run(_chosen(target, session, alerts or []))
    fixable = [alert for alert in chosen if alert.restorable or (alerts and alert.proven)]
    if not fixable:
        why = "has no fix that was proven" + ("" if alerts else " and loses nothing")
        subject = f"Alert {chosen[0].id[:8]}" if len(chosen) == 1 else "None of the open alerts"
        hint = "architect drift show SESSION ALERT shows what there is. One that loses data runs when named."
        raise InputError(f"{subject} {why}", hint=hint)
    _confirm(
        fixable, f"Run {'this fix' if len(fixable) == 1 else f'these {len(fixable)} fixes'}?", yes, as_json
    )
    _decide(target, fixable[0].session_id, "restore", [alert.id for alert in fixable], note, as_json)


def accept(
    session: SessionArgument = "last",
    alerts: AlertsArgument = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything as it is now, whether it was noticed or not.")
    ] = False,
    note: NoteOption = "",
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Agree to what is there now: from here on these things are to be as they are, and are watched so."""
    target = connections()
    if bool(alerts) == everything:
        raise InputError("Say what to accept", hint="Name alerts, or say --all for everything as it is now.")
    if everything:
        session_id = asyncio.run(_resolved(target, session))
        _sure(f"Is everything in the environment of {session_id} as it should be?", yes, as_json)
        _decide(target, session_id, "accept", None, note, as_json)
        return
    chosen = asyncio.run(_chosen(target, session, alerts or []))
    _confirm(chosen, "Are these to be as they are now?" if len(chosen) > 1 else "Is this to be as it is now?",
             yes, as_json)  # fmt: skip
    _decide(target, chosen[0].session_id, "accept", [alert.id for alert in chosen], note, as_json)


async def _resolved(target: Connections, session: str) -> str:
    async with ControlPlane.open(target.database_url) as cp:
        return await resolve(cp, session)


async def _chosen(target: Connections, session: str, prefixes: Sequence[str]) -> list[StoredAlert]:
    """The named open alerts, all of them without a name. Raises :class:`NotFound` where there is none."""
    async with ControlPlane.open(target.database_url) as cp:
        session_id = await resolve(cp, session)
        found = [await cp.alert(session_id, prefix) for prefix in prefixes]
        found = found or await cp.alerts(session_id)
    if not found:
        raise NotFound(
            "The session has no open alert", hint=f"architect drift check {session_id} looks anew."
        )
    for alert in found:
        if not alert.open:
            raise InputError(
                f"Alert {alert.id[:8]} is {alert.status} already", hint="There is nothing to do."
            )
    return found


def _confirm(chosen: Sequence[StoredAlert], question: str, yes: bool, as_json: bool) -> None:
    """Show what is about to be decided, and ask."""
    if not yes:
        console = Console(stderr=as_json, highlight=False)
        for alert in chosen:
            show_alert(console, told(alert.api_dict()))
            console.print()
    _sure(question, yes, as_json)


def _sure(question: str, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if not at_terminal():
        raise InputError("Nobody is here to be asked", hint="Say --yes to decide unasked.")
    typer.confirm(question, abort=True, err=as_json)


def _decide(
    target: Connections, session_id: str, verb: Verb, alerts: list[str] | None, note: str, as_json: bool
) -> None:
    """Record the decision and carry it out; exit code 1 when something of it is left."""
    from architect.sentinel.decisions import carry_out

    async def run(tell: Callable[[str], None]) -> DriftRequest:
        async with ControlPlane.open(target.database_url) as cp:
            request = await cp.request_drift(
                session_id, verb, alerts=alerts, note=note or None, via="cli", operator=operator()
            )
        return await carry_out(request.id, target, progress=tell)

    with working() as tell:
        done = asyncio.run(run(tell))
    if as_json:
        print_json(done.api_dict())
    else:
        _show_done(Console(highlight=False), done)
    left = (done.result or {}).get("left")
    raise typer.Exit(1 if done.state != "done" or left else 0)


def _show_done(console: Console, done: DriftRequest) -> None:
    result, error = done.result or {}, done.error
    if error:
        console.print(Text.assemble(("✗ ", "red"), plain(error.get("message", ""))), soft_wrap=True)
        if error.get("hint"):
            console.print(Text.assemble(("try  ", "dim"), plain(error["hint"])), soft_wrap=True)
        return
    for verb in ("restored", "accepted"):
        if result.get(verb):
            words = counted(len(result[verb]), "alert")
            console.print(Text.assemble(("✓ ", "green"), f"{verb} {words}, and checked again"))
    if result.get("expectation"):
        console.print(
            Text.assemble(("✓ ", "green"), "what is there now is what it is compared with from here on")
        )
    for one in result.get("left", []):
        console.print(Text.assemble(("✗ ", "red"), f"{one['alert'][:8]} is left: {plain(one['why'])}"))
    if (number := result.get("open")) is not None:
        console.print(Text(f"{counted(number, 'alert')} open" if number else "nothing is open", "dim"))
