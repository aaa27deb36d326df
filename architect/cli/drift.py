"""``architect drift``: what is no longer as it was built or recorded, and what puts it right.

Exit code of a check 0: nothing above info, 1: drift, 2: something was not seen, or an error.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect.cli import drift_alerts, drift_decide
from architect.cli.drift_report import Checked, show_report
from architect.cli.drift_script import write_script
from architect.cli.drift_source import VARIABLE, WAYS, database_url
from architect.cli.sessions import JsonOption, print_json
from architect.cli.working import working
from architect.drift.report import Report, as_known, blinded
from architect.errors import InputError
from architect.plan.show.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from architect.catalog.facts.snapshot import Snapshot

app = typer.Typer(
    no_args_is_help=True,
    help="Find what is no longer as it was built or recorded, see why it matters, and put it right.",
)
URL = typer.Option(
    "--database-url",
    metavar="URL",
    help=f"postgresql://…, @FILE that holds it, or - for standard input. Default: {VARIABLE}.",
)
UrlOption = Annotated[str | None, URL]
ProjectOption = Annotated[
    str | None,
    typer.Option(
        "--project",
        metavar="REF",
        help="A Supabase project, read with ARCHITECT_ACCESS_TOKEN over MCP instead.",
    ),
]
#: What a command exits with that could not do what it was asked for.
FAILED = 2


def register(root: typer.Typer) -> None:
    """Mount ``architect drift`` on the command."""
    drift_alerts.register(app)
    drift_decide.register(app)
    root.add_typer(app, name="drift")


@app.command(
    epilog=f"Example:  {VARIABLE}=postgresql://… architect drift baseline -o baseline.json\n\n"
    "architect drift baseline --database-url @database.url > baseline.json\n\n"
    "ARCHITECT_ACCESS_TOKEN=sbp_… architect drift baseline --project abcdefghijklmnopqrst -o baseline.json"
)
def baseline(
    url: UrlOption = None,
    project: ProjectOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; default: standard output."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Record what is true of a database now: its objects, policies, grants, roles and settings. No rows.

    It only reads, in one transaction. Later checks compare the database with the file.
    """
    from architect.catalog.facts import baseline as baselines

    with exits(FAILED), working() as tell:
        tell("reading the catalog")
        snapshot = _read(url, project)
        if output is None:
            made = baselines.to_json(baselines.Baseline.of(snapshot))
            sys.stdout.write(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
            return
        recorded = baselines.save(output, snapshot)
    if as_json:
        told = {"file": str(output.absolute()), "facts": len(snapshot.facts), "sha256": recorded.sha256}
        blind = [{"what": spot.what, "why": spot.why} for spot in snapshot.blind]
        print_json({**told, "recorded_at": recorded.recorded_at, "blind": blind})
        return
    console = Console(highlight=False, soft_wrap=True)
    kinds = len({key.kind for key in snapshot.facts})
    console.print(f"[green]✓[/] {len(snapshot.facts):,} facts of {kinds} kinds are in ", end="")
    console.print(Text(str(output)))
    for spot in snapshot.blind:
        console.print(Text.assemble(("not seen  ", "yellow"), f"{spot.what}: {spot.why}"))
    command = f"architect drift check --baseline {output}{_place(url, project)}"
    console.print(Text.assemble(("check  ", "dim"), command))


@app.command(
    epilog=f"Examples:  architect drift check last\n\n"
    f"{VARIABLE}=postgresql://… architect drift check --baseline baseline.json\n\n"
    "architect drift check --database-url @database.url --baseline baseline.json --json > drift.json\n\n"
    "Exit code 0: nothing above info, 1: drift, 2: something was not seen, or an error."
)
def check(
    session: Annotated[
        str | None, typer.Argument(help="Session id, or 'last'; without --baseline.", show_default=False)
    ] = None,
    url: UrlOption = None,
    project: ProjectOption = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="What `drift baseline` recorded.")
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Compare behaviour where nothing differs, too; sessions only.")
    ] = False,
    no_prove: Annotated[
        bool, typer.Option("--no-prove", help="Do not try fixes and behaviour on a clone; faster.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Show every alert in full.")] = False,
    script: Annotated[
        Path | None, typer.Option("--fix", metavar="FILE", help="Write the proven fixes as one SQL script.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a session's environment, or any database, with what it should be.

    It only reads. What differs is ranked by what an attacker or a user would notice, and explained; the SQL
    that undoes it is tried on a throw-away clone first.
    """
    of_session = baseline is None and url is None and project is None
    session = session or ("last" if of_session else None)
    written = 0
    try:
        if session is not None and of_session:
            report = _check_session(session, prove=not no_prove, probe=probe)
        else:
            report = _check_database(session, url, project, baseline, prove=not no_prove)
        written = write_script(script, report) if script is not None else 0
    except Exception as error:
        report = blinded(error)
    if as_json:
        print_json(report.to_dict())
    else:
        checked = Checked(session, str(baseline or "FILE"), _place(url, project))
        console = Console(highlight=False)
        show_report(console, report, checked, full=full)
        if script is not None and report.error is None:
            told = counted(written, "proven fix", "proven fixes")
            console.print(Text(f"\n{told} in {script}"), soft_wrap=True)
    raise typer.Exit(int(report.outcome))


def _check_database(
    session: str | None, url: str | None, project: str | None, file: Path | None, *, prove: bool
) -> Report:
    from architect.catalog.facts import baseline as baselines
    from architect.drift.check import judge

    if session is not None:
        hint = "Leave out the session, or --database-url, --project and --baseline."
        raise InputError("A session has its own baseline and environment", hint=hint)
    if file is None:
        hint = "Record one while the database is as it should be: architect drift baseline -o FILE"
        raise InputError("Say which baseline: --baseline FILE", hint=hint)
    started = time.monotonic()
    expected = baselines.load(file)
    with working() as tell:
        tell("reading the catalog")
        found = _read(url, project, against=expected.snapshot)
        return judge(expected, found, prove=prove, progress=tell, started=started)


def _read(url: str | None, project: str | None, *, against: Snapshot | None = None) -> Snapshot:
    """What is true of the database or project now. Raises :class:`InputError` unless one is named."""
    if project is not None and url is not None:
        raise InputError("A project and a database are two things", hint="Say --project or --database-url.")
    if project is not None:
        from architect.cli.drift_project import read_project

        return read_project(project, against=against)
    from architect.catalog.facts.read import read
    from architect.catalog.facts.reader import DsnReader

    address = database_url(url)
    if address is None:
        raise InputError("Say which database", hint=WAYS)
    with DsnReader(address) as reader:
        return read(reader, against=against)


def _check_session(session: str, *, prove: bool, probe: bool) -> Report:
    from architect.cli.drift_alerts import check_session

    with working() as tell:
        return check_session(session, prove=prove, probe=probe, progress=tell)


def _place(url: str | None, project: str | None) -> str:
    """The options that name the same database again; a URL itself may hold a password and is left out."""
    if project is not None:
        return f" --project {project}"
    return f" --database-url {url}" if url is not None and url.startswith("@") else ""


@contextmanager
def exits(code: int) -> Iterator[None]:
    """Errors end the command with this exit code, told as all errors are."""
    from architect.cli.main import show_error

    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        show_error(as_known(error))
        raise typer.Exit(code) from None
