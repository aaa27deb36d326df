"""``make bench``: where the time and the memory of a build go, what planning and guarding cost, and what
Realtime and the API carry.

Takes about seven minutes.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from architect.embedded import runtime, services
from architect.plan.model import Plan
from architect.render import render
from benchmarks.api import api_figures, api_table
from benchmarks.drift import drift_figures, drift_table
from benchmarks.memory import MemoryWatch
from benchmarks.planner import planner_figures, planner_table
from benchmarks.platform import platform_figures, platform_table
from benchmarks.realtime import LIMITS, realtime_figures, realtime_table
from benchmarks.stack import Stack, throwaway

SPEC = Path(__file__).parents[1] / "examples" / "marketplace.md"
BUILDS = 5


def psql_seconds(stack: Stack, session_id: str) -> float:
    """The yardstick: a fresh clone of the template, and psql applying the same SQL to it."""
    with psycopg.connect(
        stack.cluster.dsn("control_plane", "supabase_admin"), row_factory=dict_row
    ) as connection:
        row = connection.execute("select plan from build_sessions where id = %s", (session_id,)).fetchone()
    assert row is not None
    sql = "\n".join(f"begin;\n{m.sql}\ncommit;" for m in render(Plan.model_validate(row["plan"])))
    psql = [str(runtime.postgres_bin() / "psql"), "-v", "ON_ERROR_STOP=1", "-q", "-h", "127.0.0.1",
            "-p", str(stack.state.postgres_port), "-U", "postgres", "bench_clone"]  # fmt: skip
    started = time.perf_counter()
    stack.cluster.create_database("bench_clone")
    subprocess.run(
        psql, input=sql, text=True, check=True, capture_output=True,
        env={"PGPASSWORD": stack.state.passwords["postgres"], "PGOPTIONS": "-c client_min_messages=warning"},
    )  # fmt: skip
    seconds = time.perf_counter() - started
    stack.cluster.drop_database("bench_clone")
    return seconds


def spread(values: list[float]) -> str:
    """Median, with minimum and maximum."""
    return f"{statistics.median(values):.2f} s  ({min(values):.2f} to {max(values):.2f})"


def measure(stack: Stack) -> dict[str, Any]:
    """Everything, in one run."""
    drift = drift_figures()
    cold, _ = stack.architect("up")
    first, _ = stack.build(SPEC, "marketplace")
    commands, builds, ratios, nodes = [], [], [], []
    for _ in range(BUILDS):
        command, session = stack.build(SPEC, "marketplace")
        commands.append(command)
        builds.append(stack.build_seconds(session["id"]))
        nodes.append(stack.node_seconds(session["id"]))
        ratios.append(builds[-1] / psql_seconds(stack, session["id"]))
    planner = planner_figures(stack)
    platform = asyncio.run(platform_figures(stack))
    stack.architect("down")
    warm, _ = stack.architect("up")
    watch = MemoryWatch(stack.home)  # last, and alone: sampling every process slows down what it watches
    watch.start()
    stack.build(SPEC, "marketplace")
    peak = watch.finish()
    realtime, api = live(stack)
    return {
        "cold": cold, "warm": warm, "first": first, "commands": commands, "builds": builds, "ratios": ratios,
        "nodes": nodes, "planner": planner, "platform": platform, "peak": peak, "by_name": watch.by_name,
        "realtime": realtime, "api": api, "drift": drift,
    }  # fmt: skip


def live(stack: Stack) -> tuple[dict[str, Any], dict[str, float]]:
    """What Realtime and the session API carry, with limits out of the way and nobody who builds."""
    stack.architect("down")
    stack.env |= LIMITS
    stack.architect("up")
    services.runner(stack.home, stack.state).stop()
    os.environ |= stack.env  # where this process looks for the platform
    return asyncio.run(realtime_figures(stack)), asyncio.run(api_figures(stack))


def report(console: Console, found: dict[str, Any]) -> None:
    """Tables a person can read."""
    table = Table(
        "what", "measured", title=f"vibe-architect, {BUILDS} warm builds of examples/marketplace.md"
    )
    table.add_row("stack, cold start (fresh home)", f"{found['cold']:.2f} s")
    table.add_row("stack, warm start (after down)", f"{found['warm']:.2f} s")
    table.add_row("first build, whole command", f"{found['first']:.2f} s")
    table.add_row("warm build, whole command", spread(found["commands"]))
    table.add_row("warm build, claim to success", spread(found["builds"]))
    ratios = found["ratios"]
    table.add_row(
        "ratio to psql on a fresh clone",
        f"{statistics.median(ratios):.1f}  ({min(ratios):.1f} to {max(ratios):.1f})",
    )
    table.add_row("peak memory, stack and one build (PSS)", f"{found['peak']:.0f} MiB")
    console.print(table)
    console.print(planner_table(found["planner"]))
    console.print(platform_table(found["platform"]))
    console.print(realtime_table(found["realtime"]))
    console.print(api_table(found["api"]))
    console.print(drift_table(found["drift"]))
    by_node = Table("node", "median", "share", title="where the build's time goes")
    medians = {node: statistics.median(n[node] for n in found["nodes"]) for node in found["nodes"][0]}
    for node, seconds in medians.items():
        by_node.add_row(node, f"{seconds * 1000:.0f} ms", f"{seconds / sum(medians.values()):.0%}")
    console.print(by_node)
    by_name = Table("process", "MiB at the peak")
    for name, size in sorted(found["by_name"].items(), key=lambda item: -item[1]):
        by_name.add_row(name, f"{size:.0f}")
    console.print(by_name)


if __name__ == "__main__":
    with throwaway() as measured:
        report(Console(width=110), measure(measured))
