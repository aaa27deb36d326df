"""A throw-away stack to measure: its own home, npm parts and binaries shared with the real one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from architect.embedded import runtime
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState


class Stack:
    """Runs ``architect`` commands in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARCHITECT_", "PREFECT_"))}
        self.env = {**kept, "ARCHITECT_HOME": str(home), "ARCHITECT_RUNTIME_DIR": str(runtime.runtime_dir())}

    def architect(self, *arguments: str) -> tuple[float, str]:
        """Wall seconds and standard output. Raises when the command fails."""
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "architect.cli.main", *arguments],
            env=self.env,
            text=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise RuntimeError(f"architect {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return seconds, done.stdout

    def build(self, spec: Path, template: str) -> tuple[float, dict[str, Any]]:
        """Wall seconds of the whole command, and the session."""
        seconds, out = self.architect("build", str(spec), "--template", template, "--json")
        return seconds, json.loads(out)

    def node_seconds(self, session_id: str) -> dict[str, float]:
        """Seconds of a build by node, from the node ledger."""
        query = (
            "select node, extract(epoch from finished_at - started_at)::float8 from build_nodes"
            " where session_id = %s order by started_at"
        )
        return dict(self._rows(query, session_id))

    def build_seconds(self, session_id: str) -> float:
        """From claim to success, by the session row."""
        query = (
            "select extract(epoch from finished_at - started_at)::float8 from build_sessions where id = %s"
        )
        ((seconds,),) = self._rows(query, session_id)
        return float(seconds)

    def _rows(self, query: LiteralString, session_id: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.cluster.dsn("control_plane", "supabase_admin")) as connection:
            return connection.execute(query, (session_id,)).fetchall()

    @property
    def state(self) -> PlatformState:
        state = PlatformState.load(self.home)
        assert state is not None
        return state

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.home, self.state)


@contextmanager
def throwaway() -> Iterator[Stack]:
    """A stack that is not up yet; down and gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="va-bench-"))
    home.chmod(0o711)
    stack = Stack(home)
    try:
        yield stack
    finally:
        stack.architect("down")
        shutil.rmtree(home, ignore_errors=True)
