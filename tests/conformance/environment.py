"""An environment for the client libraries: tables with policies, and two functions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.platform import Platform

HERE = Path(__file__).parent


@pytest.fixture
def environment(platform: Platform) -> Iterator[str]:
    """The ref of a fresh branch with ``schema.sql``, the function ``guarded`` and, without JWT, ``open``."""
    with platform.client() as api:
        name = f"clients-{time.time_ns()}"
        made = api.post(f"/projects/{platform.workspace_ref}/branches", json={"branch_name": name})
        assert made.status_code == 201, made.text
        ref = made.json()["project_ref"]
        try:
            platform.sql(ref, (HERE / "schema.sql").read_text())
            source = {"index.ts": (HERE / "functions.ts").read_text()}
            for slug, verify in (("guarded", True), ("open", False)):
                assert platform.deploy(ref, slug, source, verify_jwt=verify).status_code == 201
            yield ref
        finally:
            api.delete(f"/branches/{ref}")
