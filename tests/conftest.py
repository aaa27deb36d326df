from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.fixtures.cluster",
    "tests.fixtures.control",
    "tests.fixtures.platform",
    "tests.fixtures.stack",
    "tests.fixtures.examples",
    "tests.fixtures.supabase_cli",
    "tests.conformance.environment",
    "tests.conformance.report",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One whole stack is enough: the tests that need it run in one of the workers, one after another."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))
