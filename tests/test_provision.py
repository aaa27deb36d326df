"""An environment is made once, found again after any crash, and taken down completely."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from architect.errors import NotReady, ProvisionError, ToolCallFailed
from architect.provision import environment as environments
from architect.provision.cost import confirmation_id
from architect.provision.environment import Environment, Mode, name_for
from architect.provision.platform import Platform as Target
from architect.provision.recorder import MemoryRecorder
from architect.redaction import redact_text
from architect.settings import Connections
from tests.fixtures.platform import Platform
from tests.provisioning import Fault, Tools, proxied, target, tools


def fresh_name() -> str:
    return name_for(str(uuid.uuid4()))


async def make(t: Tools, name: str, mode: Mode = "branch", **options: Any) -> Environment:
    return await environments.provision(t.mcp, t.management, t.platform, mode=mode, name=name, **options)


async def remove(t: Tools, environment: Environment) -> bool:
    return await environments.teardown(t.mcp, t.management, environment)


def branches_named(platform: Platform, name: str) -> list[dict[str, Any]]:
    with platform.client() as client:
        rows = client.get(f"/projects/{platform.workspace_ref}/branches").json()
    return [row for row in rows if row["name"] == name]


async def test_a_branch_is_made_once_and_found_the_second_time(platform: Platform) -> None:
    name = fresh_name()
    async with tools(platform) as t:
        first = await make(t, name)
        second = await make(t, name)
        assert second == first
        assert t.called.count("create_branch") == 1
        assert first.mode == "branch"
        assert first.parent_ref == platform.workspace_ref
        assert first.url == platform.env_url(first.ref)
        assert len(branches_named(platform, name)) == 1
        await remove(t, first)


async def test_a_project_is_made_once_and_found_the_second_time(platform: Platform) -> None:
    name = fresh_name()
    async with tools(platform) as t:
        first = await make(t, name, "project")
        assert await make(t, name, "project") == first
        assert t.called.count("create_project") == 1
        assert first.branch_id is None
        assert await t.management.project(first.ref) is not None
        assert await remove(t, first)
        assert await t.management.project(first.ref) is None


async def test_an_environment_can_be_used_at_once_and_shows_no_secret(platform: Platform) -> None:
    async with tools(platform) as t:
        made = await make(t, fresh_name())
        rows = await t.mcp.call("execute_sql", {"project_id": made.ref, "query": "select 41 + 1 as n"})
        assert rows == [{"n": 42}]
        shown = json.dumps(made.to_json())
        keys = platform.keys(made.ref)
        assert keys["publishable"] in shown
        assert not any(keys[name] in shown for name in ("secret", "service_role"))
        assert platform.token not in shown
        assert Environment.model_validate(json.loads(shown)) == made
        await remove(t, made)


async def test_teardown_leaves_nothing_and_can_be_repeated(platform: Platform) -> None:
    async with tools(platform) as t:
        made = await make(t, fresh_name())
        assert await remove(t, made) is True
        assert await remove(t, made) is False
        assert branches_named(platform, made.name) == []
        project = await make(t, fresh_name(), "project")
        assert await remove(t, project) is True
        assert await remove(t, project) is False


async def test_the_base_project_is_never_deleted(platform: Platform) -> None:
    async with tools(platform) as t:
        made = await make(t, fresh_name())
        for mode in ("project", "branch"):
            disguised = made.model_copy(update={"ref": platform.workspace_ref, "mode": mode})
            with pytest.raises(ProvisionError, match="never deleted"):
                await remove(t, disguised)
        await remove(t, made)
        assert await t.management.project(platform.workspace_ref) is not None


class DiesAfter(MemoryRecorder):
    """A build that ends right after ``tool`` was done and before anybody noted it."""

    def __init__(self, tool: str) -> None:
        super().__init__()
        self.tool: str | None = tool

    async def finish(self, n: int, *outcome: Any, **more: Any) -> None:
        if self.calls[n - 1]["tool"] == self.tool:
            self.tool = None
            raise ConnectionResetError("the process was killed here")
        await super().finish(n, *outcome, **more)


@pytest.mark.parametrize(("mode", "tool"), [("branch", "create_branch"), ("project", "create_project")])
async def test_what_a_crash_left_unrecorded_is_found_by_its_name(
    platform: Platform, mode: Mode, tool: str
) -> None:
    name = fresh_name()
    async with tools(platform, recorder=DiesAfter(tool)) as t:
        with pytest.raises(ConnectionResetError):
            await make(t, name, mode)
        left = await environments.find(t.mcp, t.platform, mode=mode, name=name)
        assert left is not None
        made = await make(t, name, mode)
        assert made.ref == left["project_ref" if mode == "branch" else "ref"]
        assert t.called.count(tool) == 1
        await remove(t, made)


async def test_an_error_after_the_branch_was_made_does_not_make_a_second(platform: Platform) -> None:
    name = fresh_name()
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("POST", "/branches$", status=500, after=True, times=1))
        async with tools(platform, api_url=proxy.url) as t:
            made = await make(t, name)
            assert proxy.count("POST", "/branches$") == 1
            assert [call["ok"] for call in t.recorder.calls if call["tool"] == "create_branch"] == [False]
            assert len(branches_named(platform, name)) == 1
            await remove(t, made)


async def test_a_refused_creation_is_an_error_and_makes_nothing(platform: Platform) -> None:
    name = fresh_name()
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("POST", "/branches$", status=402))
        async with tools(platform, api_url=proxy.url) as t:
            with pytest.raises(ToolCallFailed, match="planted failure") as raised:
                await make(t, name)
            assert raised.value.details["reason"] == "refused"
    assert branches_named(platform, name) == []


def with_status(status: str, name: str) -> Any:
    def rewrite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "status": status} if row["name"] == name else row for row in rows]

    return rewrite


async def test_a_branch_that_failed_is_named_with_its_status(platform: Platform) -> None:
    name = fresh_name()
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("GET", "/branches$", rewrite=with_status("MIGRATIONS_FAILED", name)))
        async with tools(platform, api_url=proxy.url) as t:
            with pytest.raises(ProvisionError, match="MIGRATIONS_FAILED") as raised:
                await make(t, name)
            assert raised.value.details["status"] == "MIGRATIONS_FAILED"
            proxy.faults.clear()
            await remove(t, await make(t, name))


async def test_a_branch_that_never_comes_up_ends_at_the_deadline_and_resumes_later(
    platform: Platform,
) -> None:
    name = fresh_name()
    with proxied(platform) as proxy:
        proxy.faults.append(Fault("GET", "/branches$", rewrite=with_status("CREATING_PROJECT", name)))
        async with tools(platform, api_url=proxy.url) as t:
            with pytest.raises(NotReady, match="CREATING_PROJECT"):
                await make(t, name, deadline_s=0.5)
            proxy.faults.clear()
            made = await make(t, name)
            assert proxy.count("POST", "/branches$") == 1
            await remove(t, made)


async def test_a_branch_still_coming_up_is_waited_for(platform: Platform) -> None:
    name = fresh_name()
    with proxied(platform) as proxy:
        proxy.faults.append(
            Fault("GET", "/v1/branches/", rewrite=lambda row: {**row, "status": "COMING_UP"}, times=2)
        )
        async with tools(platform, api_url=proxy.url) as t:
            made = await make(t, name)
            assert proxy.count("GET", "/v1/branches/") == 3
            await remove(t, made)


async def test_two_projects_of_one_name_are_not_guessed_between(platform: Platform) -> None:
    name = fresh_name()
    body = {
        "name": name,
        "organization_slug": platform.organization_id,
        "region": "us-east-1",
        "db_pass": "x" * 16,
    }
    with platform.client() as client:
        refs = [client.post("/projects", json=body).json()["ref"] for _ in range(2)]
    async with tools(platform) as t:
        with pytest.raises(ProvisionError, match="2 environments"):
            await make(t, name, "project")
        for ref in refs:
            assert await t.management.delete_project(ref)


async def test_the_cost_is_agreed_to_before_anything_is_made(platform: Platform) -> None:
    async with tools(platform) as t:
        made = await make(t, fresh_name())
        assert t.called.index("get_cost") < t.called.index("confirm_cost") < t.called.index("create_branch")
        await remove(t, made)


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (("branch", "hourly", 0.01344), "ZZ/hou+EG3bByRxTfQyJEoQL3Pja9M25DXZPJPKdfGs="),
        (("project", "monthly", 0), "CqqjoMASBvB/J90Ru6jXd/GEsuS03aSoWsm4/oAGmD4="),
        (("project", "monthly", 10), "BGoZHqqJd2JYMt+cWSDFH7qDeNkZZAwbTytJrHy7r+E="),
    ],
)
async def test_a_confirmation_can_be_computed_where_the_tool_is_missing(
    platform: Platform, cost: tuple[str, str, float], expected: str
) -> None:
    agreed = dict(zip(("type", "recurrence", "amount"), cost, strict=True))
    assert confirmation_id(agreed) == expected
    async with tools(platform) as t:
        assert (await t.mcp.call("confirm_cost", agreed))["confirmation_id"] == expected


def test_names_are_fixed_by_session_and_generation() -> None:
    session = "0f7d1e5c-6f0a-4d8b-9b1e-0123456789ab"
    assert name_for(session, 1) == name_for(session, 1)
    assert len({name_for(session, 1), name_for(session, 2), name_for(str(uuid.uuid4()), 1)}) == 3


def test_the_settings_of_a_started_platform_lead_to_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_URL", "ACCESS_TOKEN", "ORGANIZATION_ID", "PROJECT_REF", "ENVIRONMENT_URL"):
        monkeypatch.delenv(f"ARCHITECT_{name}", raising=False)
    assert Target.from_connections() == target(platform)


def test_a_hosted_platform_differs_in_nothing_but_values() -> None:
    token = "sbp_" + "5" * 40
    hosted = Target.from_connections(
        Connections(
            database_url="postgresql://control.example.com/postgres",
            api_url="https://api.supabase.com/",
            access_token=token,
            organization_id="acme",
            project_ref="abcdefghijklmnopqrst",
            environment_url_template="https://{ref}.supabase.co",
            prefect_api_url="http://127.0.0.1:4200/api",
            home=Path("unused"),
        )
    )
    assert hosted.environment_url("zyxwvutsrqponmlkjihg") == "https://zyxwvutsrqponmlkjihg.supabase.co"
    assert hosted.api_host == "api.supabase.com:443"
    assert not hosted.is_local
    assert token not in repr(hosted)
    assert token not in redact_text(f"Authorization: Bearer {token}")
