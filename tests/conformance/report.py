"""Counts the operations real clients drove and prints them at the end of the run.

A test takes the fixture ``drive``, names the client once and wraps each operation with its checks in a block.
An operation counts as passed when its block ended without an exception, and only if it really ran.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PROPERTY = "conformance"


class Client:
    """One client in one test; :meth:`__call__` is a block around one operation."""

    def __init__(self, node: pytest.Item, name: str, version: str) -> None:
        self._node = node
        self.name = name
        self.version = version

    @contextmanager
    def __call__(self, operation: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.record(operation, passed=False)
            raise
        self.record(operation, passed=True)

    def record(self, operation: str, *, passed: bool) -> None:
        """Count an operation whose outcome the client itself reported."""
        entry = {"client": self.name, "version": self.version, "operation": operation, "passed": passed}
        # Travels with the test's report, also from a worker of pytest-xdist.
        self._node.user_properties.append((PROPERTY, entry))


Drive = Callable[[str, str], Client]


@pytest.fixture
def drive(request: pytest.FixtureRequest) -> Drive:
    """``drive(client, version)`` is the counter of one real client."""
    return lambda name, version: Client(request.node, name, version)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table: client, version, operations driven, passed; and each operation that did not pass."""
    clients: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    for report in reports:
        for name, entry in getattr(report, "user_properties", []):
            if name == PROPERTY and report.when == "call":
                clients[entry["client"], entry["version"]].append((entry["operation"], entry["passed"]))
    if not clients:
        return
    terminalreporter.section("conformance: operations driven by real clients")
    terminalreporter.write_line(f"{'client':<24}{'version':<12}{'driven':>8}{'passed':>8}")
    for (client, version), operations in sorted(clients.items()):
        passed = sum(ok for _, ok in operations)
        terminalreporter.write_line(f"{client:<24}{version:<12}{len(operations):>8}{passed:>8}")
    for (client, _), operations in sorted(clients.items()):
        for operation, ok in operations:
            if not ok:
                terminalreporter.write_line(f"not passed: {client}: {operation}", red=True)
