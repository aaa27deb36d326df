"""A build in a project of its own: agreed in price, waited for service by service, gone when it fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from architect.errors import CostRefused, NotReady
from architect.provision import environment as environments
from architect.provision import health
from architect.provision.cost import Cost, Limits
from tests.faults import ALWAYS, Faults, switch
from tests.fixtures.platform import Platform
from tests.fixtures.stack import REPOSITORY, Stack
from tests.provisioning import Fault, proxied, tools
from tests.test_secrets_never_travel import dump

SPEC = """# Notes

Each user keeps notes. Every note has a title and a body. Only the owner can read and edit a note.
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "notes.md"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


@pytest.fixture
def faults(stack: Stack) -> Iterator[Faults]:
    url = f"http://127.0.0.1:{stack.state.platform_port}"
    with switch(url, stack.state.management_token, stack.state.workspace_ref) as armed:
        yield armed


def configured(stack: Stack, api_url: str) -> dict[str, str]:
    """The environment of a command that is told where to find a platform, as a hosted one is."""
    state, server = stack.state, f"127.0.0.1:{stack.state.postgres_port}"
    return {
        **stack.env,
        "ARCHITECT_API_URL": api_url,
        "ARCHITECT_ACCESS_TOKEN": state.management_token,
        "ARCHITECT_ORGANIZATION_ID": state.organization_id,
        "ARCHITECT_PROJECT_REF": state.workspace_ref,
        "ARCHITECT_ENVIRONMENT_URL": f"http://127.0.0.1:{state.platform_port}/p/{{ref}}",
        "ARCHITECT_DATABASE_URL": (
            f"postgresql://control_plane:{state.passwords['control_plane']}@{server}/control_plane"
        ),
        "PREFECT_API_URL": f"http://127.0.0.1:{state.prefect_port}/api",
    }


@pytest.mark.stack
def test_the_password_of_the_database_stays_between_the_tool_server_and_the_platform(
    stack: Stack, faults: Faults, spec: str
) -> None:
    options = ("--template", "blank", "--no-analytics", "--mode", "project", "--json")
    with proxied(f"http://127.0.0.1:{stack.state.platform_port}") as proxy:
        done = subprocess.run(
            stack.command("build", spec, *options),
            env=configured(stack, proxy.url), cwd=REPOSITORY, text=True, capture_output=True, timeout=170,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    session = json.loads(done.stdout)
    assert session["environment"]["mode"] == "project"
    assert session["environment"]["name"] in faults.names()

    created = [json.loads(b) for (m, p), b in zip(proxy.seen, proxy.bodies, strict=True)
               if (m, p) == ("POST", "/v1/projects")]  # fmt: skip
    assert len(created) == 1
    password = created[0]["db_pass"]
    assert len(password) >= 16
    traces = {database: dump(stack, database) for database in ("control_plane", "platform", "prefect")}
    traces[session["environment"]["ref"]] = dump(stack, f"env_{session['environment']['ref']}")
    traces |= {"stdout": done.stdout, "stderr": done.stderr}
    for folder in ("logs", "prefect"):
        for path in (stack.home / folder).rglob("*"):
            if path.is_file():
                traces[str(path)] = path.read_bytes().decode("utf-8", "replace")
    assert session["id"] in traces["control_plane"], "these are the traces of this build"
    assert [where for where, text in traces.items() if password in text] == []

    events = stack.events(session["id"])
    agreed = next(event for event in events if event["type"] == "cost_confirmed")
    price = {key: agreed["payload"][key] for key in ("type", "amount", "recurrence", "currency", "charged")}
    assert price == {
        "type": "project", "amount": 0, "recurrence": "monthly", "currency": "USD", "charged": False,
    }  # fmt: skip
    assert agreed["seq"] < next(event["seq"] for event in events if event["type"] == "environment_created")
    assert proxy.count("GET", f"/projects/{session['environment']['ref']}/health") >= 1


@pytest.mark.stack
@pytest.mark.long
def test_a_project_whose_build_fails_later_is_removed(stack: Stack, faults: Faults, spec: str) -> None:
    before, databases = faults.names(), stack.environments()
    faults.arm("POST", "/functions/deploy$", "500", times=ALWAYS)
    options = ("--template", "blank", "--no-analytics", "--mode", "project", "--json")
    done = stack.architect("build", spec, *options)
    assert done.returncode == 1, done.stdout + done.stderr
    session = json.loads(done.stdout)
    assert session["error"]["message"].startswith("deploy_edge_function: ")
    assert session["error"]["details"]["environment_removed"] is True
    assert session["environment"] is None
    assert (faults.names(), stack.environments()) == (before, databases)


@pytest.mark.parametrize(
    ("cost", "limits", "setting"),
    [
        (Cost("project", 10, "monthly"), Limits(), "ARCHITECT_MAX_MONTHLY_COST=10"),
        (Cost("project", 10, "monthly"), Limits(monthly=9.99), "ARCHITECT_MAX_MONTHLY_COST=10"),
        (Cost("branch", 0.02, "hourly"), Limits(monthly=100), "ARCHITECT_MAX_HOURLY_COST=0.02"),
        (Cost("project", 0, "yearly"), Limits(), None),
        (Cost("project", -1, "monthly"), Limits(), None),
        (Cost("project", float("nan"), "monthly"), Limits(), None),
    ],
)
def test_a_price_above_the_limit_is_refused_and_the_way_out_named(
    cost: Cost, limits: Limits, setting: str | None
) -> None:
    with pytest.raises(CostRefused, match="nothing was made") as raised:
        limits.hold(cost)
    assert setting is None or setting in (raised.value.hint or "")


@pytest.mark.parametrize("cost", [Cost("project", 0, "monthly"), Cost("branch", 0.01344, "hourly")])
def test_what_costs_no_more_than_a_branch_is_allowed(cost: Cost) -> None:
    Limits().hold(cost)


async def test_a_project_that_costs_too_much_is_not_made(platform: Platform) -> None:
    headers = {"authorization": f"Bearer {platform.token}"}
    told: list[Cost] = []

    async def hear(cost: Cost) -> None:
        told.append(cost)

    with httpx.Client(base_url=platform.api_url, headers=headers, timeout=60, trust_env=False) as client:
        body: dict[str, Any] = {"name": "paying", "plan": "pro"}
        paying = client.post("/platform/fixtures/organizations", json=body).json()["id"]
        body = {"name": "first", "organization_id": paying}
        first = client.post("/platform/fixtures/projects", json=body).json()["ref"]
        async with tools(platform) as t:
            target = replace(t.platform, organization_id=paying)

            async def make(limits: Limits) -> environments.Environment:
                return await environments.provision(
                    t.mcp, t.management, target, mode="project", name="second", limits=limits, told=hear
                )

            with pytest.raises(CostRefused, match="costs 10 USD monthly, and the limit is 0 USD"):
                await make(Limits())
            assert [p["name"] for p in client.get("/v1/projects").json()].count("second") == 0
            assert told == []
            made = await make(Limits(monthly=10))
            assert told == [Cost("project", 10, "monthly")]
            for ref in (made.ref, first):
                assert await t.management.delete_project(ref)


def ailing(**causes: str) -> Callable[[Any], Any]:
    """Makes the health route report these services as not healthy."""

    def rewrite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**row, "status": "COMING_UP", "error": causes[row["name"]]} if row["name"] in causes else row
            for row in rows
        ]

    return rewrite


async def test_every_service_is_waited_for(platform: Platform, branch: str) -> None:
    with proxied(platform) as proxy:
        async with tools(platform, api_url=proxy.url) as t:
            proxy.faults.append(Fault("GET", "/health", rewrite=ailing(rest="starting"), times=2))
            ready = await health.services(t.management, branch)
            assert proxy.count("GET", "/health") == 3
            assert set(ready) == {"db", "rest", "auth", "storage"}
            assert ready["rest"] > ready["db"]

            proxy.faults.append(Fault("GET", "/health", rewrite=ailing(auth="no key", storage="no disk")))
            with pytest.raises(NotReady, match="auth: no key; storage: no disk") as raised:
                await health.services(t.management, branch, deadline_s=0.1)
            assert raised.value.details["services"] == {"auth": "no key", "storage": "no disk"}
            assert raised.value.hint


async def test_up_is_not_yet_usable(platform: Platform, branch: str) -> None:
    with switch(platform.api_url, platform.token, platform.workspace_ref) as faults:
        async with tools(platform) as t:
            faults.arm("POST", f"/{branch}/database/query$", "ready_before_usable", times=5)
            await health.usable(t.mcp, branch)
            assert list(faults.fired().values()) == [5]
            faults.arm("POST", f"/{branch}/database/query$", "ready_before_usable", times=ALWAYS)
            with pytest.raises(NotReady, match="the database system is starting up") as raised:
                await health.usable(t.mcp, branch, deadline_s=0.1)
            assert raised.value.details["proof"] == "query"
