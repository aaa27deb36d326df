"""What guarding costs: a check of 1,000 tables against the bare query, pg_dump and other tools.

``python -m benchmarks.drift`` runs this part alone.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from architect.catalog.facts import sections
from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import DsnReader
from architect.catalog.facts.token import token
from architect.drift.check import check, with_fixes
from architect.drift.clone.scratch import Scratch
from architect.drift.compare import drift
from architect.drift.prove import prove
from architect.embedded import runtime

TABLES = 1000
#: Tables of the database that is probed, and how many of them are opened.
PROBED, OPENED = 100, 20
ENVIRONMENTS = 100
ROUNDS = 15
BATCH = 100
_QUERIES = re.split(r"^-- name: (\w+)\s*$", Path(__file__).with_suffix(".sql").read_text("utf-8"), flags=re.M)
QUERIES = dict(zip(_QUERIES[1::2], _QUERIES[2::2], strict=True))
#: Other tools that compare two databases, given two connection URLs, where they are installed.
PEERS = {
    "migra": ["migra", "--unsafe", "--with-privileges"],
    "pg-delta": ["pgdelta", "plan", "--source", "{}", "--target", "{}"],
}


@contextlib.contextmanager
def guarded_server() -> Iterator[Scratch]:
    """A server of its own in a folder of its own, where proofs find room too."""
    folder = tempfile.mkdtemp(prefix="va-bench-drift-")
    os.chmod(folder, 0o711)
    saved = {name: os.environ.get(name) for name in ("ARCHITECT_HOME", "ARCHITECT_RUNTIME_DIR")}
    os.environ |= {"ARCHITECT_RUNTIME_DIR": str(runtime.runtime_dir()), "ARCHITECT_HOME": folder}
    try:
        with Scratch(root=Path(folder) / "guarded") as server:
            yield server
    finally:
        for name, value in saved.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        shutil.rmtree(folder, ignore_errors=True)


def drift_figures() -> dict[str, Any]:
    """Everything, in one run."""
    with guarded_server() as server:
        _generate(server, "large", TABLES)
        _generate(server, "small", PROBED)
        dsn = server.dsn("large")
        with DsnReader(dsn) as reader:
            baseline = Baseline.of(read(reader))
            figures = _checks(server, reader, baseline)
        return figures | _compared(server, dsn) | _behaviour(server) | _sweep(server)


def _generate(server: Scratch, name: str, tables: int) -> None:
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute(QUERIES["frame"].encode())
        for first in range(1, tables + 1, BATCH):
            sql = QUERIES["tables"].replace("/*first*/", str(first))
            connection.execute(sql.replace("/*last*/", str(min(first + BATCH - 1, tables))).encode())
        connection.execute("vacuum analyze")


def _open(server: Scratch, name: str, tables: int) -> None:
    with server.connect(name) as connection:
        connection.execute(QUERIES["opened"].replace("/*last*/", str(tables)).encode())


def _checks(server: Scratch, reader: DsnReader, baseline: Baseline) -> dict[str, Any]:
    """The bare query, and the checks before and after something changed."""

    def found() -> int:
        return len(check(reader, baseline, prove=False).alerts)

    figures: dict[str, Any] = {"facts": len(baseline.snapshot.facts)}
    figures["policies"] = sum(1 for _ in baseline.snapshot.of("policy"))
    figures["bare"] = _times(lambda: _bare(reader))
    figures["token"] = _times(lambda: token(reader))
    figures["unchanged"], alerts = _times(found), found()
    assert alerts == 0, "nothing has changed yet"
    _open(server, "large", 1)
    figures["one"] = _times(found)
    _open(server, "large", OPENED)
    figures["many"], alerts = _times(found), found()
    assert alerts == OPENED, f"{OPENED} policies are open, and {alerts} were found"
    return figures


def _bare(reader: DsnReader) -> int:
    """All facts with their details and nothing else: the floor of every comparison."""
    with reader.moment() as run:
        states = run(sections.start())[0]["states"]
        return len(run(sections.details(sections.sections(states), edges=False)))


def _compared(server: Scratch, dsn: str) -> dict[str, Any]:
    """``pg_dump -s``, and other tools on two equal databases."""
    dump = [str(runtime.postgres_bin() / "pg_dump"), "-s", "-d", dsn]
    figures = {"pg_dump": _times(lambda: _run(dump), rounds=3)}
    server.create_database("twin", template="large")
    for name, command in PEERS.items():
        if shutil.which(command[0]):
            figures[name] = _times(lambda c=command: _run(_filled(c, dsn, server.dsn("twin"))), rounds=3)
    server.drop_database("twin")
    return figures


def _filled(command: list[str], *dsns: str) -> list[str]:
    given = iter(dsns)
    filled = [next(given) if part == "{}" else part for part in command]
    return [*filled, *given]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode not in (0, 2):  # migra says 2 where databases differ
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')[-300:]}")


def _behaviour(server: Scratch) -> dict[str, Any]:
    """Who can do what before and after, on clones, and the fixes tried: with the clone of the expectation
    to be made, and with that clone kept from the check before."""
    with DsnReader(server.dsn("small")) as reader:
        baseline = Baseline.of(read(reader))
        _open(server, "small", OPENED)
        found = read(reader, against=baseline.snapshot)
    findings = with_fixes(drift(baseline.snapshot, found), baseline.snapshot, found)
    seconds, proven, seen = [], 0, 0
    for _ in range(2):
        started = time.perf_counter()
        told = prove(baseline, found, findings)
        seconds.append(time.perf_counter() - started)
        proven = sum(one.alert.fix is not None and one.alert.fix.proven for one in told)
        seen = sum(one.alert.witness is not None for one in told)
    return {"proof": seconds, "proven": proven, "witnessed": seen}


def _sweep(server: Scratch) -> dict[str, Any]:
    """Asking many environments whether anything changed, each over a connection of its own."""
    names = [f"environment_{n}" for n in range(ENVIRONMENTS)]
    for name in names:
        server.create_database(name, template="small")
    started = time.perf_counter()
    for name in names:
        with DsnReader(server.dsn(name)) as reader:
            token(reader)
    return {"sweep": time.perf_counter() - started}


def _times(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    work()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return seconds


def p95(seconds: list[float]) -> float:
    """The time that 95 of 100 rounds stay below (the nearest rank)."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]


def drift_table(found: dict[str, Any]) -> Table:
    """The figures beside what they aim at."""
    bare = statistics.median(found["bare"])
    title = f"drift: {TABLES:,} tables, {found['policies']:,} policies, {found['facts']:,} facts"
    table = Table("what", "median", "p95", "to the bare query", "aim", title=title)

    def row(what: str, seconds: list[float], aim: str = "") -> None:
        median = statistics.median(seconds)
        table.add_row(what, f"{median:.3f} s", f"{p95(seconds):.3f} s", f"{median / bare:.2f}", aim)

    row("bare query, all facts", found["bare"])
    row("change token", found["token"], "0.1 s")
    row("full check, nothing changed", found["unchanged"], "0.8 s p95, 2x")
    row("full check, 1 policy opened", found["one"], "0.8 s p95, 2x")
    row(f"full check, {OPENED} policies opened", found["many"], "0.8 s p95, 2x")
    for name in ("pg_dump", *PEERS):
        row("pg_dump -s" if name == "pg_dump" else name, found[name]) if name in found else table.add_row(
            name, "not installed", "", "", ""
        )
    first, second = found["proof"]
    proof = f"{OPENED} of {PROBED} tables probed, {found['proven']} fixes proven, {found['witnessed']} seen"
    table.add_row(f"{proof}, clone to be made", f"{first:.2f} s", "", "", "")
    table.add_row(f"{proof}, clone kept", f"{second:.2f} s", "", "", "5 s")
    table.add_row(f"token of {ENVIRONMENTS} environments", f"{found['sweep']:.2f} s", "", "", "10 s")
    return table


if __name__ == "__main__":
    Console(width=130).print(drift_table(drift_figures()))
