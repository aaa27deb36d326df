"""The live timeline of a build: one line for each finished step, one moving line for what happens now."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from architect.events import Event

NODES = {
    "ingest_vibe": "Read the spec",
    "generate_plan": "Plan",
    "provision_environment": "Environment",
    "apply_migrations": "Migrations",
    "configure_rls": "Row-level security",
    "deploy_edge_functions": "Edge functions",
    "configure_analytics": "Analytics",
    "finalize": "Proof",
}
#: Many of these come at once: they are gathered and shown as one line when their node is done.
GATHERED = {"table_created": "tables", "policy_created": "policies", "rls_enabled": "tables locked"}
SILENT = {"node_started", "migration_started"}
BAD = {"build_failed", "node_failed"}


class Timeline:
    """Feed it events in order; it prints as they come. Nothing moves when the output is not a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started = time.monotonic()
        self.first_ts: float | None = None
        self.done = 0
        self.node = "queued"
        self.focus = ""
        self.gathered: dict[str, list[str]] = {}
        self._live = Live(console=console, refresh_per_second=12, transient=True, get_renderable=self._now)

    def __enter__(self) -> Timeline:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def show(self, events: Iterable[Event]) -> None:
        """Print what these events mean."""
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        seconds = event.ts.timestamp()
        if self.first_ts is None:
            self.first_ts = seconds
        at = seconds - self.first_ts
        if event.type in GATHERED:
            self.gathered.setdefault(event.type, []).append(_name(event.payload))
            self.focus = _name(event.payload)
        elif event.type == "node_completed":
            self._node_done(at, event)
        elif event.type in SILENT:
            self.node = NODES.get(str(event.payload.get("node")), self.node)
            self.focus = str(event.payload.get("migration", ""))
        else:
            mark, style = ("✗", "bold red") if event.type in BAD else ("·", "cyan")
            if event.type == "build_succeeded":
                mark, style = "✓", "bold green"
            self._line(at, mark, event.message, style)

    def _node_done(self, at: float, event: Event) -> None:
        self.done += 1
        for kind, names in self.gathered.items():
            shown = ", ".join(names[:6]) + (f" … and {len(names) - 6} more" if len(names) > 6 else "")
            self._line(at, "·", f"{len(names)} {GATHERED[kind]}: {shown}", "cyan")
        self.gathered = {}
        name = NODES.get(str(event.payload.get("node")), event.message)
        self._line(at, "✓", name, "green")
        self.focus = ""

    def _line(self, at: float, mark: str, text: str, style: str) -> None:
        line = Text.assemble((f"{at:7.2f} s  ", "dim"), (f"{mark} ", style), text)
        self.console.print(line, soft_wrap=not self.console.is_terminal)

    def _now(self) -> Table:
        grid = Table.grid(padding=(0, 1))
        elapsed = f"{time.monotonic() - self.started:5.1f} s"
        bar = ProgressBar(total=len(NODES), completed=self.done, width=24)
        grid.add_row(
            Spinner("dots"), bar, Text(elapsed, "dim"), Text(self.node, "bold"), Text(self.focus, "dim")
        )
        return grid


def _name(payload: dict[str, Any]) -> str:
    return str(payload.get("name") or payload.get("table") or "")
