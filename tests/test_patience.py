"""What is tried again and what is not: reads when the platform is ill, writes only when nothing was done."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from architect.provision import environment as environments
from architect.provision import patience
from tests.faults import switch
from tests.fixtures.platform import Platform
from tests.provisioning import tools

REFUSED: dict[str, Any] = {"reason": "refused", "sqlstate": None}
STARTING: dict[str, Any] = {"reason": "refused", "sqlstate": "57P03"}
SYNTAX: dict[str, Any] = {"reason": "refused", "sqlstate": "42601"}


@pytest.mark.parametrize(
    ("failure", "said", "read", "write"),
    [
        (REFUSED, "Internal Server Error", True, False),
        (REFUSED, "fetch failed", True, False),
        (REFUSED, "Unexpected end of JSON input", True, False),
        (REFUSED, "ThrottlerException: Too Many Requests", True, True),
        (STARTING, "57P03: the database system is starting up", True, True),
        (SYNTAX, "syntax error at or near", False, False),
        (SYNTAX, "rate limit", False, False),
        (REFUSED, "Unauthorized. Please provide a valid access token", False, False),
        (REFUSED, "Function not found", False, False),
        ({"reason": "lost"}, "the MCP server died during the call", True, False),
        ({"reason": "timeout"}, "no answer within 60 s", False, False),
        ({"reason": "malformed"}, "the answer is not JSON", False, False),
    ],
)
def test_a_call_is_made_again_only_where_that_can_help_and_not_harm(
    failure: dict[str, Any], said: str, read: bool, write: bool
) -> None:
    for safe, again in ((True, read), (False, write)):
        waits = patience.before_calling_again(failure, said, 0, safe=safe)
        assert (waits is not None) is again
        assert patience.before_calling_again(failure, said, patience.TRIES - 1, safe=safe) is None
    assert patience.hint(said)


async def test_provisioning_outlasts_each_fault_of_each_of_its_calls(platform: Platform) -> None:
    base, one_branch = f"/projects/{platform.workspace_ref}/branches$", "^/v1/branches/[a-z]+$"
    struck = [
        ("GET", base, "500"), ("GET", base, "truncated"), ("GET", base, "drop_after"),
        ("POST", base, "500_after"), ("POST", base, "truncated"), ("POST", base, "drop_after"),
        ("GET", one_branch, "500"), ("GET", one_branch, "drop"), ("GET", one_branch, "slow"),
        ("GET", "/api-keys$", "500"), ("GET", "/api-keys$", "truncated"),
    ]  # fmt: skip
    with switch(platform.api_url, platform.token, platform.workspace_ref) as faults:
        before = faults.names()
        async with tools(platform) as t:
            for method, path, kind in struck:
                faults.arm(method, path, kind)
                name = environments.name_for(str(uuid.uuid4()))
                made = await environments.provision(t.mcp, t.management, t.platform, mode="branch", name=name)
                assert list(faults.fired().values()) == [1], (method, path, kind)
                faults.disarm()
                assert faults.names() == sorted([*before, name]), (method, path, kind)
                await environments.teardown(t.mcp, t.management, made)
        assert faults.names() == before
