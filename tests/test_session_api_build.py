"""Builds begun over HTTP by somebody who signed in: run by the engine, stopped midway, taken up again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from architect.api.runs import ENDED, open_runs
from tests.fixtures.member import signed_in, states, until
from tests.fixtures.stack import EXAMPLES, Stack

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("no_upkeep")]

ASKED = {
    "vibeText": (EXAMPLES / "saas.md").read_text(encoding="utf-8"),
    "template": "saas",
    "options": {"enableAnalytics": False},
}


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    """The API, asked by a member who signed in at the control plane's project."""
    with signed_in(stack, "grace@example.test") as client:
        assert [tenant["role"] for tenant in client.get("/me").json()["tenants"]] == ["member"]
        yield client


def end_canceled(stack: Stack, after: timedelta) -> list[str]:
    """What upkeep does about canceled runs that the engine lost sight of."""

    async def swept() -> list[str]:
        async with open_runs(f"http://127.0.0.1:{stack.state.prefect_port}/api") as runs:
            return await runs.end_canceled(after)

    return asyncio.run(swept())


def ended(stack: Stack, session_id: str) -> list[str]:
    """The states of the session's runs; Prefect's runner misses a cancellation now and then."""
    end_canceled(stack, timedelta(seconds=15))
    return states(stack, session_id)


def test_a_build_is_canceled_in_the_middle_and_goes_on_when_retried(
    stack: Stack, client: httpx.Client
) -> None:
    status = json.loads(stack.architect("status", "--json").stdout)["services"]["api"]
    assert status["running"]
    assert status["url"] == str(client.base_url).rstrip("/")
    before = stack.environments()
    of = f"/sessions/{client.post('/sessions', json=ASKED).json()['sessionId']}"
    session_id = of.rpartition("/")[2]

    def begun(node: str) -> bool:
        events = client.get(f"{of}/events").json()
        return any(e["type"] == "node_started" and e["payload"]["node"] == node for e in events)

    until("the build reaches its environment", lambda: begun("apply_migrations"))
    canceled = client.post(f"{of}/cancel")
    assert (canceled.status_code, canceled.json()["status"]) == (202, "canceled")
    environment = canceled.json()["environment"]
    again = client.post(f"{of}/retry")  # at once: the canceled run has hardly noticed
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    session = until(
        "the retry ends", lambda: (s := client.get(of).json())["status"] in ("succeeded", "failed") and s
    )
    assert session["status"] == "succeeded", session.get("error")
    assert session["environment"] == environment
    assert len(stack.environments() - before) == 1, "no second environment was made"

    events = client.get(f"{of}/events").json()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = Counter(event["type"] for event in events)
    assert (told["build_failed"], told["build_succeeded"]) == (1, 1)
    tables = [event["payload"]["name"] for event in events if event["type"] == "table_created"]
    assert len(tables) == len(set(tables)) == len(client.get(f"{of}/plan").json()["tables"])
    assert set(client.get(f"{of}/access-matrix").json()["tables"]) == set(tables)
    assert client.get(f"{of}/tool-calls").json()["toolCalls"]
    # The first is stopped, or finds out by itself that it has been superseded, whichever comes first.
    until("both runs end", lambda: set(ended(stack, session_id)) <= ENDED)
    first, second = states(stack, session_id)
    assert first in ("CANCELLED", "FAILED")
    assert second == "COMPLETED"
    run = client.get(f"{of}/run").json()
    assert run["name"] == f"build-{session_id}"
    assert run["url"].startswith(client.get("/config.json").json()["prefectUiUrl"])


def test_upkeep_starts_what_could_not_be_started_and_nothing_else(stack: Stack, client: httpx.Client) -> None:
    """Sessions as they are left when the engine was away; one just asked for; one that a command runs."""
    insert = (
        "insert into build_sessions (tenant_id, owner_id, kind, status, template, vibe_text, run_wanted_at)"
        " select tenant_id, user_id, 'build', 'queued', 'blank', 'Shop.', now() - %(ago)s::interval"
        " from tenant_members m join auth.users u on u.id = m.user_id where u.email = 'grace@example.test'"
        " returning id::text"
    )
    waiting, fresh, in_process, lost = (
        stack.rows(insert, {"ago": ago})[0]["id"] for ago in ("1 minute", "-1 minute", None, "2 minutes")
    )
    api = f"http://127.0.0.1:{stack.state.prefect_port}/api"
    deployment = httpx.get(f"{api}/deployments/name/build/build", timeout=30).json()["id"]
    ended_run = {
        "name": f"build-{lost}", "parameters": {"session_id": lost}, "idempotency_key": f"{lost}:1",
        "state": {"type": "CANCELLED"},
    }  # fmt: skip
    missed = {**ended_run, "name": "build-missed", "idempotency_key": "", "state": {"type": "CANCELLING"}}
    for run in (ended_run, missed):
        answer = httpx.post(f"{api}/deployments/{deployment}/create_flow_run", json=run, timeout=30)
        answer.raise_for_status()
    code = "import asyncio, json; from flows.upkeep import upkeep; print(json.dumps(asyncio.run(upkeep())))"
    found = json.loads(stack.python(code).splitlines()[-1])
    assert found["started"] == [waiting]
    assert "build-missed" not in found["canceled"]  # asked a moment ago: its runner may be about to
    assert "build-missed" in end_canceled(stack, timedelta(0))
    assert states(stack, "missed") == ["CANCELLED"]
    assert len(states(stack, waiting)) == 1
    for session_id in (fresh, in_process):
        assert states(stack, session_id) == []
        assert client.get(f"/sessions/{session_id}").json()["status"] == "queued"
        assert client.get(f"/sessions/{session_id}/run").status_code == 404
        assert client.post(f"/sessions/{session_id}/cancel").json()["status"] == "canceled"
    assert client.get(f"/sessions/{lost}").json()["status"] == "failed"
    # Canceled before or while it runs: either way its run ends, and nothing brings it back.
    assert client.post(f"/sessions/{waiting}/cancel").json()["status"] == "canceled"
    until("the run ends", lambda: ended(stack, waiting)[0] in ("CANCELLED", "FAILED", "CRASHED"))
    assert client.get(f"/sessions/{waiting}").json()["status"] == "canceled"
