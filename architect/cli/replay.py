"""``architect replay``: a session's tool calls, run again and compared."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from architect.audit import bundle, keys
from architect.cli.sessions import JsonOption, SessionArgument, resolve
from architect.provision.platform import Platform
from architect.sessions import ControlPlane
from architect.settings import Connections, connections

if TYPE_CHECKING:
    from architect.provision.replay import Outcome, Report

STYLE = {"same": "green", "differs": "bold red", "not comparable": "yellow"}
#: Characters of what a call did, and how many differing objects are named.
WHAT, NAMED = 30, 10


def register(app: typer.Typer) -> None:
    app.command(
        "replay",
        epilog="Examples:  architect replay last\n\n"
        "architect replay 7f9c0c5e-… --onto staging --out replay.json",
    )(command)


def command(
    session: SessionArgument = "last",
    onto: Annotated[
        str | None,
        typer.Option(metavar="BRANCH", help="Name or ref of a branch to write to, instead of a new one."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the new branch for a look.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --onto: also when the branch is not as the base project is.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where the signed audit bundle goes; default: the audit folder of the state folder."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a session's tool calls again in a fresh branch, compare, and seal the outcome in an audit bundle.

    Secrets that stood in the calls are taken from variables ARCHITECT_SECRET_NAME. Exit code 0: every result
    that can be compared and the catalog are the same, 1: they are not.
    """
    from architect.audit import record  # with the tool server's client, which costs import time

    target = connections()
    console = Console(highlight=False, quiet=as_json)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if out is not None:
        bundle.refuse_existing(out)
    report = asyncio.run(_replay(console, target, session, onto=onto, keep=keep, force=force))
    header, entries = record.of_replay(report)
    path = out or keys.folder(target.home) / f"replay-{report.session.id}-{stamp}.json"
    bundle.write(path, bundle.seal(header, entries, keys.signing_key(target.home)))
    if as_json:
        shown = {**header["replay"], "session": report.session.id, "bundle": str(path), "calls": entries}
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    else:
        _summary(console, report, path, kept=keep and report.target.made)
    raise typer.Exit(0 if report.same else 1)


async def _replay(console: Console, target: Connections, session: str, **options: Any) -> Report:
    from architect.provision.replay import replay

    platform = Platform.from_connections(target)
    async with ControlPlane.open(target.database_url) as cp:
        found = await cp.session(await resolve(cp, session))
        console.print(f"[bold]Replay[/] of session {found.id}")
        return await replay(
            cp,
            platform,
            found,
            log=target.home / "logs" / "mcp.log",
            tell=lambda outcome: console.print(_line(outcome), soft_wrap=True),
            **options,
        )


def _line(outcome: Outcome) -> Text:
    call = outcome.step.call
    ms = "" if outcome.ms is None else f"{outcome.ms:.0f} ms"
    line = Text(f"{call.n:>4} {call.tool:<21} {what(call.arguments):<{WHAT}} {ms:>7}  ")
    line.append(outcome.status, STYLE.get(outcome.status, "dim"))
    return line.append(f"  {outcome.why}", "dim") if outcome.why else line


def what(arguments: dict[str, Any]) -> str:
    """In a few words, what a call is about."""
    named = arguments.get("name") or arguments.get("function_slug") or arguments.get("type")
    text = named or arguments.get("query") or ", ".join(arguments.get("schemas") or ())
    words = " ".join((text if isinstance(text, str) else json.dumps(text)).split())
    return words if len(words) <= WHAT else words[: WHAT - 1] + "…"


def _summary(console: Console, report: Report, path: Path, *, kept: bool) -> None:
    prints = report.prints
    now = "gone" if prints.original is None else prints.original["fingerprint"]
    rows = [
        ("recorded", prints.recorded or "none: the build did not come to its end"),
        ("original now", now),
        ("base", prints.base["fingerprint"]),
        ("before", prints.before["fingerprint"]),
        ("replay", prints.after["fingerprint"]),
    ]
    if prints.after_by_own_rule is not None:
        rows.append(("replay, by the rule of its time", prints.after_by_own_rule["fingerprint"]))
    console.print("\n[bold]Catalog fingerprint[/]")
    for label, value in rows:
        console.print(Text.assemble((f"  {label:<13} ", "dim"), value), soft_wrap=True)
    for difference in report.differences[:NAMED]:
        console.print(Text(f"  - {difference}", "red"), soft_wrap=True)
    if len(report.differences) > NAMED:
        console.print(f"  - and {len(report.differences) - NAMED} more, see the bundle", style="red")
    if kept:
        console.print(Text.assemble(("\nbranch   ", "dim"), f"{report.target.name} ({report.target.ref})"))
    console.print(Text.assemble(("\nbundle   ", "dim"), str(path)), soft_wrap=True)
    console.print(Text.assemble(("check    ", "dim"), f"architect audit verify {path}"), soft_wrap=True)
    console.print(_verdict(report))


def _verdict(report: Report) -> Text:
    compared = [o for o in report.outcomes if o.status in ("same", "differs")]
    wrong = sum(o.status == "differs" for o in compared)
    blind = sum(o.status == "not comparable" for o in report.outcomes)
    results = f"{len(compared) - wrong} of {len(compared)} results are the same"
    results += f" ({blind} more cannot be compared)" if blind else ""
    if report.prints.equal is None:
        return Text(f"NOT KNOWN  {results}; there is no original to compare the catalog with", "bold yellow")
    catalog = "the catalog is the same" if report.prints.equal else "the catalog DIFFERS"
    if report.same:
        return Text(f"SAME     {results}, {catalog}", "bold green")
    return Text(f"DIFFERS  {results}, {catalog}", "bold red")
