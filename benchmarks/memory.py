"""Peak memory of a family of processes, sampled."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import psutil

SAMPLE_S = 0.1
MIB = 1024 * 1024


class MemoryWatch(threading.Thread):
    """Sums the proportional set size of every process that belongs to ``home`` or descends from this one.

    PSS counts a shared page once, divided among its users: the sum is what the machine really gives.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        self.home = str(home)
        self.peak = 0.0
        self.by_name: dict[str, float] = {}
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.wait(SAMPLE_S):
            self._sample()

    def finish(self) -> float:
        """Stop sampling; the peak in MiB."""
        self._stop_asked.set()
        self.join()
        return self.peak

    def _sample(self) -> None:
        found: dict[str, float] = {}
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                size = process.memory_full_info().pss / MIB
                found[_kind(process)] = found.get(_kind(process), 0.0) + size
        if sum(found.values()) > self.peak:
            self.peak, self.by_name = sum(found.values()), found

    def _family(self) -> set[psutil.Process]:
        members = set(psutil.Process().children(recursive=True))
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if self.home in process.environ().get("ARCHITECT_HOME", "") or self.home in " ".join(
                    process.cmdline()
                ):
                    members.add(process)
                    members.update(process.children(recursive=True))
        return members


def _kind(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    for mark, name in (
        ("mcp-server-supabase", "MCP server"),
        ("lite.ts", "Supabase Lite"),
        ("function.ts", "edge functions"),
        ("postgres", "Postgres"),
        ("embedded.platform", "platform"),
        ("architect.api", "session API"),
        ("deployments.serve", "runner"),
        ("prefect", "Prefect server"),
        ("uvicorn", "Prefect server"),
        ("architect", "architect build"),
    ):
        if mark in command:
            return name
    return process.name()
