"""``architect plan --diff A B``: what differs between two plans, wherever they come from."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError
from rich.console import Console

from architect.errors import InputError, NotFound
from architect.plan.compare import compare, difference_lines
from architect.plan.model import Plan
from architect.plan.planner import Kind, make_plan
from architect.spec.text import read_spec

#: A plan as JSON is longer than the spec it came from.
MAX_BYTES = 20_000_000


def run(sources: Sequence[str], template: str, kind: Kind, *, as_json: bool) -> int:
    """Print the differences; 0 when there are none, else 1, as ``diff`` does."""
    if len(sources) != 2:
        raise InputError(
            "A comparison needs two plans",
            hint="architect plan --diff A B, each a spec, a plan as JSON, a session id or 'last'.",
        )
    if list(sources) == ["-", "-"]:
        raise InputError("Standard input can be read only once", hint="Give one of the two as a file.")
    before, after = (_plan(source, template, kind) for source in sources)
    found = compare(before, after)
    if as_json:
        told = {"same": not found, "differences": [one.to_dict() for one in found]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        console = Console(highlight=False)
        for line in difference_lines(found):
            console.print(line)
        if not found:
            console.print("The plans are the same.")
    return 1 if found else 0


def _plan(source: str, template: str, kind: Kind) -> Plan:
    """The plan that ``source`` names: a session's, a stored one, or the one that a spec becomes.

    Raises
    ------
    SpecError, InputError
        It can be read neither as a spec nor as a plan.
    NotFound
        There is no such session, or it has no plan yet.
    """
    path = Path(source)
    if source != "-" and not path.exists() and _is_session(source):
        return asyncio.run(_of_session(source))
    given = _bytes(source)
    if given.lstrip().startswith(b"{"):
        with suppress(ValueError, RecursionError):
            return _stored(json.loads(given), source)
    return make_plan(read_spec(given), template=template, kind=kind)


def _bytes(source: str) -> bytes:
    """All of a file or of standard input, up to what the largest plan takes."""
    try:
        if source == "-":
            return sys.stdin.buffer.read(MAX_BYTES)
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}.") from error


def _is_session(source: str) -> bool:
    try:
        return source == "last" or bool(UUID(source))
    except ValueError:
        return False


async def _of_session(session: str) -> Plan:
    from architect.cli.sessions import resolve
    from architect.sessions import ControlPlane
    from architect.settings import connections

    async with ControlPlane.open(connections().database_url) as cp:
        found = await cp.session(await resolve(cp, session))
    if found.plan is None:
        raise NotFound(
            f"Session {found.id} has no plan yet.", hint="It has one from the event plan_created on."
        )
    return _stored(found.plan, session)


def _stored(value: object, source: str) -> Plan:
    try:
        return Plan.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{source} is no plan: {place}: {first['msg']}", hint="`architect plan SPEC --json` writes one."
        ) from None
