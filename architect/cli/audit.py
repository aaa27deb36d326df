"""``architect audit``: seal a session's log, check a bundle, show the key."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from architect.audit import bundle, keys
from architect.audit import verify as checks
from architect.cli.sessions import JsonOption
from architect.embedded.home import home_dir
from architect.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Signed records of what was done to an environment.")
#: Exit code when all of a bundle holds together under another key.
FOREIGN = 3


def register(root: typer.Typer) -> None:
    """Mount ``architect audit`` on the command."""
    root.add_typer(app, name="audit")


@app.command(epilog="Example:  architect audit export last log.json")
def export(
    session: Annotated[str, typer.Argument(help="Session id, or 'last'.")],
    file: Annotated[Path, typer.Argument(help="The bundle to write; must not be there yet.")],
) -> None:
    """Seal a session's logged tool calls in a bundle, without running them again."""
    from architect.audit import record
    from architect.cli.sessions import resolve
    from architect.sessions import ControlPlane
    from architect.settings import connections

    target = connections()
    bundle.refuse_existing(file)

    async def read() -> dict[str, object]:
        async with ControlPlane.open(target.database_url) as cp:
            found = await cp.session(await resolve(cp, session))
            parts = record.of_log(found, await cp.tool_calls(found.id))
        return bundle.seal(*parts, keys.signing_key(target.home))

    bundle.write(file, asyncio.run(read()))
    Console(highlight=False).print(f"sealed in {file}", markup=False, soft_wrap=True)


@app.command(
    epilog="Examples:  architect audit verify replay.json\n\narchitect audit verify replay.json --key key.pub"
)
def verify(
    file: Annotated[Path, typer.Argument(help="The bundle.")],
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Public key it must be sealed with; default: the key of the state folder."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a bundle offline and name the first entry that is not as it was sealed.

    Exit code 0: as it was sealed, 1: changed, 2: no bundle or no key, 3: whole, but sealed with another key.
    """
    value = checks.read(file)
    verdict = checks.verify(value, _anchor(key))
    if as_json:
        shown = {
            "valid": verdict.valid,
            "problem": verdict.problem,
            "position": verdict.position,
            "message": verdict.message,
            "entries": verdict.entries,
            "key": verdict.key,
            "header": verdict.header,
        }
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    else:
        _show(Console(highlight=False, soft_wrap=True), verdict)
    raise typer.Exit(0 if verdict.valid else FOREIGN if verdict.problem is checks.Problem.FOREIGN else 1)


@app.command("key", epilog="Example:  architect audit key > key.pub")
def show_key(as_json: JsonOption = False) -> None:
    """Print the public key that seals this machine's bundles; it is made when there is none yet."""
    public = keys.raw(keys.signing_key(home_dir()))
    if as_json:
        shown = {"public_key": keys.shown(public), "fingerprint": keys.fingerprint(public)}
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
        return
    sys.stdout.write(keys.shown(public) + "\n")
    Console(stderr=True, highlight=False).print(f"fingerprint {keys.fingerprint(public)}", soft_wrap=True)


def _anchor(key: Path | None) -> bytes:
    if key is not None:
        return keys.read_public(key)
    public = keys.public_key(home_dir())
    if public is None:
        raise InputError(
            f"The state folder {home_dir()} has no key to check against.",
            hint="Name the public key of whoever sealed the bundle: --key FILE.",
        )
    return public


def _show(console: Console, verdict: checks.Verdict) -> None:
    word, style = ("VALID", "bold green") if verdict.valid else ("REFUSED", "bold red")
    console.print(Text.assemble((word, style), f"  {verdict.message}"))
    header = verdict.header
    session = header.get("session")
    rows = [("entries", str(verdict.entries)), ("sealed with", verdict.key)]
    if verdict.valid and isinstance(session, dict):
        replay = header.get("replay")
        same = replay.get("same") if isinstance(replay, dict) else None
        rows += [("session", str(session.get("id"))), ("sealed at", str(header.get("sealed_at")))]
        rows += [] if same is None else [("replay", "the same" if same else "not the same")]
    for label, text in rows:
        console.print(Text.assemble((f"  {label:<12} ", "dim"), text))
