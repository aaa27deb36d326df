from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.fixtures.cluster",
    "tests.fixtures.control",
    "tests.fixtures.api",
    "tests.fixtures.browser",
    "tests.fixtures.platform",
    "tests.fixtures.stack",
    "tests.fixtures.examples",
    "tests.fixtures.supabase_cli",
    "tests.conformance.environment",
    "tests.conformance.report",
]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tell the operations of one schemathesis test apart.

    Pytest 9.2 gives them one id, and pytest-xdist runs what has one id only once.
    """
    operation = getattr(item, "operation_label", None)
    if operation is not None:
        item._id = item.id.with_params(operation)
