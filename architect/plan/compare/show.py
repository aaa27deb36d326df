"""Differences for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from architect.plan.compare.difference import Difference

_MARKS = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "changed": ("~", "yellow"),
    "wider": ("WIDER", "bold red"),
    "narrower": ("NARROWER", "bold blue"),
}


def difference_lines(found: Iterable[Difference]) -> Iterable[RenderableType]:
    """One line for each difference; what opens or closes access stands out."""
    for one in found:
        mark, style = _MARKS[one.change]
        grid = Grid.grid(padding=(0, 1))
        grid.add_column(width=8, justify="right")
        grid.add_column()
        grid.add_row(Text(mark, style), Text(one.words))
        yield grid
