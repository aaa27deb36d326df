from __future__ import annotations

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
