"""What planning costs: the reader against a bare tokenisation, and its share of a build of two pages."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table

from architect.plan.planner import make_plan
from architect.spec.chunker import chunk
from architect.spec.embedder import from_settings
from benchmarks.stack import Stack

EXAMPLES = Path(__file__).parents[1] / "examples"
#: Two examples one after the other are two pages; all three, again and again, a spec of 10,000 words.
TWO_PAGES = ("clinic", "saas")
ALL = ("clinic", "saas", "marketplace")
WORDS = 10_000
BUILDS = 3
ROUNDS = 7


def planner_figures(stack: Stack) -> dict[str, Any]:
    """Builds in the running stack, then measures in this process, with warm models."""
    text = _text(TWO_PAGES)
    builds, nodes = [], []
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "two-pages.md"
        spec.write_text(text, encoding="utf-8")
        for _ in range(BUILDS):
            _, session = stack.build(spec, "blank")
            builds.append(stack.build_seconds(session["id"]))
            nodes.append(stack.node_seconds(session["id"]))
    long = _text(ALL)
    long *= WORDS // len(long.split()) + 1
    embedder = from_settings()
    pieces = [piece.content for piece in chunk(text)]
    return {
        "words": len(text.split()),
        "builds": builds,
        "planning": [n["generate_plan"] for n in nodes],
        "ingesting": [n["ingest_vibe"] for n in nodes],
        "reading": _seconds(lambda: make_plan(text, kind="reader")),
        "embedding": _seconds(lambda: embedder.embed(pieces)),
        "chunks": len(pieces),
        "long": len(long.split()),
        "long_reading": _seconds(lambda: make_plan(long, kind="reader")),
        "long_tokens": _seconds(lambda: re.findall(r"\w+|[^\w\s]", long)),
    }


def _text(names: tuple[str, ...]) -> str:
    return "\n\n".join((EXAMPLES / f"{name}.md").read_text(encoding="utf-8") for name in names)


def _seconds(work: Callable[[], object]) -> float:
    """The median of some rounds, after one that warms up."""
    work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def planner_table(found: dict[str, Any]) -> Table:
    """What a person reads."""
    table = Table(
        "planning", "measured", title=f"the reader; a spec of two pages is {found['words']:,} words"
    )
    table.add_row("plan of two pages, in process", f"{found['reading'] * 1000:.0f} ms")
    table.add_row(
        f"embeddings of its {found['chunks']} chunks, in process", f"{found['embedding'] * 1000:.0f} ms"
    )
    build = statistics.median(found["builds"])
    for name, node in (("planning", "generate_plan"), ("ingesting", "ingest_vibe (embeddings)")):
        seconds = statistics.median(found[name])
        table.add_row(
            f"{node} in its build", f"{seconds * 1000:.0f} ms, {seconds / build:.0%} of {build:.2f} s"
        )
    rate, ratio = found["long"] / found["long_reading"], found["long_reading"] / found["long_tokens"]
    table.add_row(f"words a second, {found['long']:,} words", f"{rate:,.0f}")
    table.add_row("ratio to a regex that only finds the words", f"{ratio:.0f}")
    return table
