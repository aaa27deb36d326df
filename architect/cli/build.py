"""``architect build`` and ``architect retry``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect.cli import approve, prefect_run
from architect.cli.asking import at_terminal
from architect.cli.summary import show_summary, show_waiting
from architect.cli.timeline import Timeline
from architect.embedded import lifecycle
from architect.errors import ArchitectError, Conflict
from architect.plan.templates import template as load_template
from architect.sessions import BuildOptions, ControlPlane, Session
from architect.settings import Connections, connections
from architect.spec.notices import message, secrets_found
from architect.spec.text import read_spec

POLL_S = 0.08


def register(app: typer.Typer) -> None:
    app.command(
        "build",
        epilog="Examples:  architect build examples/marketplace.md --template marketplace\n\n"
        "architect build SPEC.md --no-analytics --json | jq .status\n\n"
        "cat SPEC.md | architect build -",
    )(build)
    app.command("retry", epilog="Example:  architect retry 7f9c0c5e-…")(retry)


def build(
    spec: Annotated[str, typer.Argument(help="The spec, a Markdown or text file; - reads standard input.")],
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            "-t",
            help="marketplace, saas or blank. Default: as the spec's file name, else blank.",
        ),
    ] = None,
    analytics: Annotated[bool, typer.Option(help="Attach and query the Iceberg demo dataset.")] = True,
    spec_gate: Annotated[bool, typer.Option(help="Also deploy the spec_gate function.")] = False,
    mode: Annotated[
        str, typer.Option(help="branch of the base project, or a project of its own.")
    ] = "branch",
    keep: Annotated[
        bool,
        typer.Option("--keep", help="If the build fails, keep its environment; retry resumes there."),
    ] = False,
    require_approval: Annotated[
        bool,
        typer.Option("--require-approval", help="Wait for somebody to agree to the plan before building."),
    ] = False,
    drift: Annotated[bool, typer.Option(help="Watch the environment for changes nobody planned.")] = True,
    drift_every: Annotated[
        int, typer.Option("--drift-every", min=5, max=1440, help="Minutes between two looks at it.")
    ] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print only the session, as the API returns it.")
    ] = False,
) -> None:
    """Build a backend from SPEC and prove who can read and write what.

    Starts what is not running, shows the build live, ends with the summary. Exit code 0: succeeded, or
    waiting for approval where nobody can be asked; 1: the build failed; 2: the input was wrong and nothing
    was begun.
    """
    text = read_spec(sys.stdin.buffer.read() if spec == "-" else Path(spec))
    chosen = _template_for(spec) if template is None else template
    load_template(chosen)
    options = BuildOptions.read(
        {
            "enable_analytics": analytics,
            "spec_gate": spec_gate,
            "environment_mode": mode,
            "keep_on_failure": keep,
            "require_approval": require_approval,
            "enable_drift_sentinel": drift,
            "drift_every_minutes": drift_every,
        }
    )
    console = Console(stderr=as_json, highlight=False)
    target = _start(console)

    async def create() -> Session:
        async with ControlPlane.open(target.database_url) as cp:
            return await cp.create_session(spec_text=text, template=chosen, options=options)

    session = asyncio.run(create())
    console.print(f"[bold]Build[/] {session.id} [dim]({chosen}, {mode})[/]")
    if notice := message(secrets_found(text)):
        console.print(Text(notice, "bold red"))
    _run(console, target, str(session.id), as_json=as_json)


def retry(
    session: Annotated[str, typer.Argument(help="Id of a failed, canceled or interrupted session.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print only the session, as the API returns it.")
    ] = False,
) -> None:
    """Resume a build where it stopped: finished nodes are replayed, not done again."""
    console = Console(stderr=as_json, highlight=False)
    target = _start(console)
    asyncio.run(_put_in_line(target, session))
    _run(console, target, session, as_json=as_json)


async def _put_in_line(target: Connections, session_id: str) -> None:
    """What was canceled stays so until somebody says otherwise, as ``retry`` does."""
    async with ControlPlane.open(target.database_url) as cp:
        if (await cp.session(session_id)).status == "canceled":
            await cp.set_status(session_id, "queued")


def _template_for(spec: str) -> str:
    """A file named like a template is built on it."""
    stem = Path(spec).stem
    return stem if stem in ("marketplace", "saas") else "blank"


def _start(console: Console) -> Connections:
    """Whatever is configured, or the embedded platform, started when it is not running."""
    if not os.environ.get("ARCHITECT_API_URL"):
        with console.status("Starting the embedded platform") as status:
            lifecycle.up(progress=lambda step: status.update(f"Starting the embedded platform: {step}"))
    target = connections()
    prefect_run.prepare(target.prefect_api_url, target.home)
    return target


def _run(console: Console, target: Connections, session_id: str, *, as_json: bool) -> None:
    session, failure = asyncio.run(_follow(console, target, session_id))
    if isinstance(failure, Conflict):
        raise failure  # the session is another run's, or done: there is nothing of ours to show
    if session.waiting and not as_json and at_terminal():
        session = approve.ask(console, target, session)
    if as_json:
        sys.stdout.write(json.dumps(session.api_dict(), indent=2, ensure_ascii=False) + "\n")
    elif session.status == "succeeded":
        show_summary(console, session, target)
    if session.waiting:
        show_waiting(console, session)
    elif session.status != "succeeded":
        if failure is not None and not as_json:
            raise failure
        raise typer.Exit(1)


async def _follow(
    console: Console, target: Connections, session_id: str
) -> tuple[Session, ArchitectError | None]:
    """Run the build and print its events until it has ended."""
    async with ControlPlane.open(target.database_url) as cp:
        session = await cp.session(session_id)
        seen = session.last_seq
        may_wait = session.options.require_approval
        run = asyncio.create_task(prefect_run.run_build(session_id, session.attempt + 1, may_wait=may_wait))
        failure: ArchitectError | None = None
        with Timeline(console) as timeline:
            while not run.done():
                await asyncio.wait({run}, timeout=POLL_S)
                seen = await _print_new(cp, timeline, session_id, seen)
            try:
                await run
            except ArchitectError as error:
                failure = error
            await _print_new(cp, timeline, session_id, seen)
        return await cp.session(session_id), failure


async def _print_new(cp: ControlPlane, timeline: Timeline, session_id: str, seen: int) -> int:
    events = await cp.events(session_id, after=seen)
    timeline.show(events)
    return events[-1].seq if events else seen
