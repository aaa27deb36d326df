"""What goes past MCP: patient with a busy platform, plain about a refusal, silent about secrets."""

from __future__ import annotations

import httpx
import pytest

from architect.errors import ProvisionError
from architect.provision.management import ManagementClient
from architect.provision.patience import BACKOFF_S, TRIES, before_asking_again
from architect.redaction import redact_text
from tests.fixtures.platform import Platform
from tests.provisioning import Fault, proxied, target


async def test_the_ref_of_a_branch_is_not_the_ref_of_a_project(platform: Platform, branch: str) -> None:
    async with ManagementClient(target(platform)) as management:
        assert await management.project(branch) is None
        assert (await management.branch(branch))["status"] == "ACTIVE_HEALTHY"
        assert (await management.project(platform.workspace_ref) or {})["ref"] == platform.workspace_ref


async def test_secrets_of_an_environment_are_hidden_as_soon_as_they_are_known(
    platform: Platform, branch: str
) -> None:
    async with ManagementClient(target(platform)) as management:
        keys = await management.api_keys(branch)
        state = await management.branch(branch)
    real = platform.keys(branch)
    assert keys.secret == real["secret"]
    assert keys.publishable == real["publishable"]
    assert real["secret"] not in redact_text(f"a log line with {real['secret']}")
    assert real["secret"] not in repr(keys)
    assert real["service_role"] not in repr(keys)
    assert "db_pass" not in state
    assert "jwt_secret" not in state


async def test_every_service_is_asked_for_its_health(platform: Platform, branch: str) -> None:
    async with ManagementClient(target(platform)) as management:
        health = await management.health(branch, "db", "rest", "auth")
    assert health == dict.fromkeys(("db", "rest", "auth"), "ACTIVE_HEALTHY")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_platform_is_asked_again(platform: Platform, branch: str, status: int) -> None:
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("GET", "/v1/branches/", status=status, times=2))
        async with ManagementClient(target(platform, proxy.url)) as management:
            assert (await management.branch(branch))["ref"] == branch
        assert proxy.count("GET", "/v1/branches/") == 3


def test_the_platform_says_how_long_to_wait() -> None:
    def busy(seconds: str) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": seconds})

    assert before_asking_again(busy("7"), attempt=0) == 7
    assert before_asking_again(busy("3600"), attempt=0) is None
    assert before_asking_again(busy("Sat, 21 Nov 2026 07:28:00 GMT"), attempt=0) == BACKOFF_S[0]
    assert before_asking_again(busy("7"), attempt=TRIES - 1) is None
    assert before_asking_again(httpx.Response(403), attempt=0) is None


async def test_a_platform_that_wants_too_much_patience_is_an_error(platform: Platform, branch: str) -> None:
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("GET", "/v1/branches/", status=429, headers={"retry-after": "3600"}))
        async with ManagementClient(target(platform, proxy.url)) as management:
            with pytest.raises(ProvisionError, match="429") as raised:
                await management.branch(branch)
        assert proxy.count("GET", "/v1/branches/") == 1
    assert raised.value.details["status"] == 429
    assert raised.value.hint is not None


async def test_patience_ends(platform: Platform, branch: str) -> None:
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("GET", "/v1/branches/", status=502))
        async with ManagementClient(target(platform, proxy.url)) as management:
            with pytest.raises(ProvisionError, match="502: planted failure"):
                await management.branch(branch)
        assert proxy.count("GET", "/v1/branches/") == 4


async def test_a_refusal_is_not_repeated_and_names_the_call(platform: Platform) -> None:
    with proxied(platform) as proxy:
        async with ManagementClient(target(platform, proxy.url)) as management:
            with pytest.raises(ProvisionError, match=r"GET /branches/a+: the Management API answered 404: "):
                await management.branch("a" * 20)
        assert proxy.count("GET", "/v1/branches/") == 1


async def test_what_is_gone_may_be_deleted_again(platform: Platform) -> None:
    with proxied(platform) as proxy:
        async with ManagementClient(target(platform, proxy.url)) as management:
            proxy.faults.append(Fault("DELETE", "/functions/", status=500, times=1))
            assert await management.delete_function(platform.workspace_ref, "x") is False
        assert proxy.count("DELETE", "/functions/") == 2


async def test_what_is_gone_already_needs_no_deleting(platform: Platform, branch: str) -> None:
    assert platform.deploy(branch, "hello", {"index.ts": "Deno.serve(() => new Response('hi'));"}).is_success
    async with ManagementClient(target(platform)) as management:
        assert await management.delete_function(branch, "hello") is True
        assert await management.delete_function(branch, "hello") is False
        assert await management.delete_branch("b" * 20) is False
        assert await management.delete_project("c" * 20) is False


async def test_a_platform_that_is_not_there_is_named(platform: Platform) -> None:
    async with ManagementClient(target(platform, "http://127.0.0.1:9")) as management:
        with pytest.raises(ProvisionError, match=r"127\.0\.0\.1:9 does not answer"):
            await management.delete_branch("a" * 20)
