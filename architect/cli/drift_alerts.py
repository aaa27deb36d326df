"""``architect drift alerts``, ``show`` and ``watch``: what the sentinel found in sessions' environments."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from architect.cli.drift_show import counts_line, list_alerts, plain, severity_badge, show_alert, told, where
from architect.cli.sessions import JsonOption, SessionArgument, print_json, resolve
from architect.drift.model import Severity
from architect.drift.report import Report
from architect.errors import InputError, NotFound
from architect.plan.show.words import counted
from architect.sessions import ControlPlane
from architect.settings import Connections, connections

if TYPE_CHECKING:
    from architect.sentinel.rows import Expectation, GuardState, StoredAlert

AlertArgument = Annotated[
    str, typer.Argument(metavar="[ALERT]", help="Alert, or the beginning of its id; default: the worst one.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``architect drift``."""
    app.command("alerts", epilog="Example:  architect drift alerts last")(alerts)
    app.command(
        "show",
        epilog="Examples:  architect drift show last 3f2a9c10\n\narchitect drift show drift.json 3f2a9c10",
    )(show)
    app.command("watch", epilog="Example:  architect drift watch")(watch)


def check_session(session: str, *, prove: bool, probe: bool, progress: Callable[[str], None]) -> Report:
    """Check a session's environment in full; alerts are stored and told as a sweep does it."""
    from architect.sentinel import guard

    target = connections()

    async def run() -> Report:
        async with ControlPlane.open(target.database_url) as cp:
            session_id = await resolve(cp, session)
        checked = await guard.check(session_id, target, prove=prove, probe=probe, progress=progress)
        return checked.report

    return asyncio.run(run())


def alerts(
    session: SessionArgument = "last",
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are resolved or accepted, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what is not as it was built, or accepted since, the worst first."""
    target = connections()

    async def read() -> tuple[str, list[StoredAlert], GuardState | None, Expectation | None]:
        async with ControlPlane.open(target.database_url) as cp:
            session_id = await resolve(cp, session)
            await cp.session(session_id)
            found = sorted(await cp.alerts(session_id, open_only=not everything), key=lambda a: not a.open)
            return session_id, found, await cp.guard_state(session_id), await cp.expectation(session_id)

    session_id, found, state, expectation = asyncio.run(read())
    if as_json:
        print_json([alert.api_dict() for alert in found])
        return
    console = Console(highlight=False)
    counts = {level: sum(a.severity == level and a.open for a in found) for level in Severity}
    open_counts = {level: number for level, number in counts.items() if number}
    console.print(_guard_line(state, expectation, open_counts), soft_wrap=True)
    if found:
        console.print()
        list_alerts(console, [told(a.api_dict()) for a in found], ids=True, status=everything)
        first = told(found[0].api_dict())["id"][:8]
        told_how = Text.assemble(("\nlook  ", "dim"), f"architect drift show {session_id} {first}")
        console.print(told_how, soft_wrap=True)


def _guard_line(
    state: GuardState | None, expectation: Expectation | None, counts: dict[Severity, int]
) -> Text:
    if expectation is None:
        return Text("Nothing is recorded to compare with; architect drift accept SESSION --all records it.")
    if state is None or state.looked_at is None:
        line = Text("not looked at yet", "yellow")
    elif state.state == "blind":
        line = Text("BLIND", "bold red")
        why = (state.error or {}).get("message") or "; ".join(f"{b['what']}: {b['why']}" for b in state.blind)
        line.append(f"  {plain(why)}", "")
    else:
        line = Text("DRIFT  ", "bold red") if counts else Text("✓ no drift", "bold green")
        line.append_text(counts_line(counts))
    since = f"{expectation.reason} {expectation.recorded_at.astimezone():%Y-%m-%d %H:%M}"
    looked = f"{state.looked_at.astimezone():%H:%M:%S}, " if state and state.looked_at else ""
    return line.append(f"  last look {looked}" if looked else "  ", "dim").append(
        f"{counted(expectation.facts, 'fact')} as {since}", "dim"
    )


def show(session: SessionArgument = "last", alert: AlertArgument = "", as_json: JsonOption = False) -> None:
    """Show one alert in full: what changed, why it matters, whom it touches, what undoes it.

    In place of a session, a file that `drift check --json` wrote.
    """
    file = Path(session)
    if session != "last" and file.is_file():
        shown = _from_file(file, alert)
        plainly = shown
    else:
        stored = asyncio.run(_one(connections(), session, alert))
        shown, plainly = stored.api_dict(), told(stored.api_dict())
    if as_json:
        print_json(shown)
    else:
        show_alert(Console(highlight=False), plainly)


def _from_file(file: Path, prefix: str) -> dict[str, Any]:
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))["alerts"]
        found = [alert for alert in listed if alert["id"].startswith(prefix)]
    except (OSError, ValueError, KeyError, TypeError):
        hint = f"Write one: architect drift check --baseline FILE --json > {file}"
        raise InputError(f"{file} is no report of a check", hint=hint) from None
    if not found:
        raise NotFound(f"The report has no alert {prefix!r}", hint=f"It has {counted(len(listed), 'alert')}.")
    return dict(found[0])


async def _one(target: Connections, session: str, prefix: str) -> StoredAlert:
    async with ControlPlane.open(target.database_url) as cp:
        session_id = await resolve(cp, session)
        if prefix:
            return await cp.alert(session_id, prefix)
        found = await cp.alerts(session_id)
    if not found:
        raise NotFound(
            "The session has no open alert", hint=f"architect drift check {session_id} looks anew."
        )
    return found[0]


def watch(
    session: Annotated[str, typer.Argument(help="Session id, or 'last'; default: all of them.")] = "",
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks at the log.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print what is open, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Follow what the sweeps find, as it is found and as it goes away."""
    asyncio.run(_watch(connections(), session, every=every, once=once, as_json=as_json))


async def _watch(target: Connections, session: str, *, every: float, once: bool, as_json: bool) -> None:
    tell = _tell_json if as_json else _Teller(Console(highlight=False, soft_wrap=True))
    known: dict[str, StoredAlert] = {}
    async with ControlPlane.open(target.database_url) as cp:
        only = await resolve(cp, session) if session else None
        while True:
            listed = await (cp.open_alerts() if only is None else cp.alerts(only))
            found = {alert.id: alert for alert in sorted(listed, key=lambda alert: alert.first_seen_at)}
            for alert in (alert for id_, alert in found.items() if id_ not in known):
                tell("opened", alert)
            for alert in (alert for id_, alert in known.items() if id_ not in found):
                tell("closed", await cp.alert(alert.session_id, alert.id))
            known = found
            if once:
                return
            await asyncio.sleep(every)


def _tell_json(what: str, alert: StoredAlert) -> None:
    line = {"what": what, "sessionId": alert.session_id, "alert": alert.api_dict()}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


class _Teller:
    """Says in a line or two what has opened or closed."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, what: str, alert: StoredAlert) -> None:
        shown = told(alert.api_dict())
        at = alert.first_seen_at if what == "opened" else alert.resolved_at or alert.accepted_at
        time = f"{at.astimezone():%H:%M:%S} " if at else ""
        line = Text(time, "dim")
        if what == "opened":
            line.append_text(severity_badge(alert.severity)).append(" ")
            line.append_text(where(shown["resource"])).append(f"  {plain(shown['reason'])}")
        else:
            line.append(f"✓ {alert.closed_how or alert.status} ", "green").append_text(
                where(shown["resource"])
            )
        self._console.print(line.append(f"  {alert.session_id} {shown['id'][:8]}", "dim"))
