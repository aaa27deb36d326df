"""What an operator fills in in the Prefect UI is what a run uses, and its secrets stay masked."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.stack import Stack

pytestmark = pytest.mark.stack

SCRIPT = """
import asyncio, json
from blocks import ControlPlane, Embedder, PlannerModel, SupabasePlatform
from blocks.resolve import connections, settings

async def main():
    before = await connections()
    platform = SupabasePlatform(
        api_url="http://127.0.0.1:1", access_token="sbp_canary_token_0123456789", organization_id="acme",
        project_ref="abcdefghijklmnopqrst", environment_url="http://127.0.0.1:1/{ref}",
    )
    planner = PlannerModel(
        model="openai:gpt-test", api_key="sk-canary-0123456789abcdef", tokens=9000, input_price=1.5
    )
    await platform.save("default", overwrite=True)
    await planner.save("default", overwrite=True)
    try:
        found, chosen = await connections(), await settings()
    finally:
        await SupabasePlatform.adelete("default")
        await PlannerModel.adelete("default")
    after = await connections()
    print(json.dumps({
        "ref": found.project_ref, "token": found.access_token, "model": chosen.planner_model,
        "budget": [chosen.planner_tokens, chosen.planner_input_price, chosen.planner_attempts],
        "shown": repr(found) + repr(platform) + repr(planner) + repr(chosen),
        "again": after == before, "embedder": chosen.embedder_url,
    }))

asyncio.run(main())
"""


def test_a_block_named_default_is_used_and_masked(stack: Stack) -> None:
    found = json.loads(stack.python(SCRIPT).splitlines()[-1])
    assert found["ref"] == "abcdefghijklmnopqrst"
    assert found["token"] == "sbp_canary_token_0123456789"
    assert found["model"] == "openai:gpt-test"
    assert found["budget"] == [9000, 1.5, 3], "what the block leaves open stays as it is"
    assert found["embedder"] is None
    assert "canary" not in found["shown"]
    assert found["again"], "without blocks the embedded platform is used"
