"""What people can really do, tried on the live environment and held against what was measured before.

The probe seeds its own rows and takes everything back, but it locks the tables while it runs: the operator
decides whether a hosted environment is probed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from architect.catalog import access
from architect.catalog.identities import words
from architect.catalog.matrix import OPERATIONS, AccessMatrix
from architect.drift.model import Alert, Direction, Resource, Severity, Witness
from architect.drift.report import blind_alert
from architect.errors import ArchitectError
from architect.plan.model import Plan
from architect.provision.platform import Platform
from architect.sentinel.alerts import ACCESS_CHANGED
from architect.sentinel.reading import Eyes
from architect.settings import Settings

#: What a cell of the matrix may say, the narrowest first.
WORDS = ("deny", "own", "tenant", "some", "allow")
ROWS = {"own": "their own", "tenant": "those of their tenant", "some": "some of them", "allow": "all of them"}


class Cell(NamedTuple):
    """A cell that is not as it was."""

    operation: str
    identity: str
    before: str
    after: str

    @property
    def wider(self) -> bool:
        return WORDS.index(self.after) > WORDS.index(self.before)


def allowed(platform: Platform, settings: Settings) -> bool:
    """Whether live environments may be probed: embedded ones, unless the operator says otherwise."""
    return platform.is_local if settings.drift_probe_live is None else settings.drift_probe_live


async def measure(eyes: Eyes, ref: str, plan: Mapping[str, Any]) -> AccessMatrix:
    """Try every cell of the plan's access matrix. Raises :class:`AccessMismatch` when it cannot be tried."""
    script = access.probe_sql(Plan.model_validate(plan))
    given = {"project_id": ref, "query": script}
    return access.observed(await eyes.mcp.call("execute_sql", given, safe=True, logged=False))


async def alerts(eyes: Eyes, ref: str, plan: Mapping[str, Any], before: Mapping[str, Any]) -> list[Alert]:
    """One alert for each table on which somebody can do more, or less, than when it was measured."""
    now = datetime.now(UTC)
    try:
        seen = (await measure(eyes, ref, plan)).to_json()
    except ArchitectError as error:
        why = error.message
        return [blind_alert("what people can do", why, severity=Severity.HIGH, kind="blind_spot", now=now)]
    changed = {
        table: _changed(before["tables"].get(table, {}), cells) for table, cells in seen["tables"].items()
    }
    return [_alert(table, cells, now) for table, cells in changed.items() if cells]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Cell]:
    """The cells that differ, those that became wider first."""
    found = [
        Cell(operation, identity, before[operation][identity], word)
        for operation, cells in after.items()
        for identity, word in cells.items()
        if word in WORDS
        and before.get(operation, {}).get(identity) in WORDS
        and before[operation][identity] != word
    ]
    return sorted(found, key=lambda cell: not cell.wider)


def _alert(table: str, cells: list[Cell], now: datetime) -> Alert:
    stable = json.dumps([ACCESS_CHANGED, table, cells])
    first = cells[0]
    more = f", and {len(cells) - 1} more cells of the access matrix" if len(cells) > 1 else ""
    sentence = _sentence(table, first)
    direction: Direction | Literal["both"] = (
        "both" if first.wider and not cells[-1].wider else "weaker" if first.wider else "stronger"
    )
    return Alert(
        id=hashlib.sha256(stable.encode()).hexdigest()[:32],
        type=ACCESS_CHANGED,
        severity=Severity.CRITICAL if first.wider else Severity.HIGH,
        resource=Resource(kind="table", schema="public", name=table),
        direction=direction,
        before="; ".join(f"{c.identity} {c.operation}: {c.before}" for c in cells[:20]),
        after="; ".join(f"{c.identity} {c.operation}: {c.after}" for c in cells[:20]),
        reason=f"{sentence}{more}.",
        witness=Witness(
            sentence=f"{sentence}.",
            identity=first.identity,
            operation=first.operation,
            table=f"public.{table}",
            before=first.before,
            after=first.after,
        ),
        first_seen=now.isoformat(timespec="milliseconds"),
    )


def _sentence(table: str, cell: Cell) -> str:
    who, what = words(cell.identity), OPERATIONS[cell.operation][0]
    who = who[:1].upper() + who[1:]
    if cell.after == "deny":
        return f"{who} can no longer {what} {table}"
    before = "" if cell.before == "deny" else f", before {ROWS[cell.before]}"
    return f"{who} can now {what} {table} ({ROWS[cell.after]}{before})"
