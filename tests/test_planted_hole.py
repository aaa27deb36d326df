"""A policy that lets too much through fails the build, and the leaking cell is named."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.stack import EXAMPLES, Stack

pytestmark = pytest.mark.stack


def test_a_planted_hole_fails_the_build(stack: Stack) -> None:
    before = stack.environments()
    spec = str(EXAMPLES / "marketplace.md")
    out = stack.python(
        f"import asyncio; from tests import leaky_build; asyncio.run(leaky_build.main({spec!r}))"
    )
    found = json.loads(out)
    assert found["session"]["status"] == "failed"
    assert found["error"]["error"]["code"] == "access_mismatch"
    cells = found["error"]["error"]["details"]["cells"]
    assert cells, "the cells are listed"
    assert "orders" in {cell["table"] for cell in cells}
    assert {cell["direction"] for cell in cells} == {"wider"}
    last = found["events"][-1]
    assert last["type"] == "build_failed"
    assert "WIDER" in last["message"]
    assert "orders" in last["message"] or "payments" in last["message"]
    assert stack.environments() == before, "a leaking environment is not left behind"
