"""Builds that wait for approval on the whole stack: begun, decided on and stopped in every way there is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.member import runs, signed_in, states, until
from tests.fixtures.stack import REPOSITORY, Stack

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("no_upkeep")]

SPEC = "# Library\n\nEach book has a title and an author. Anyone can browse books.\n"
ASKED = {
    "vibeText": SPEC,
    "template": "blank",
    "options": {"enableAnalytics": False, "requireApproval": True},
}
UPKEEP = "import asyncio, json; from flows.upkeep import upkeep; print(json.dumps(asyncio.run(upkeep())))"


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    with signed_in(stack, "hedy@example.test") as client:
        yield client


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "library.md"
    path.write_text(SPEC, encoding="utf-8")
    return path


def waits(client: httpx.Client, session_id: str) -> dict[str, Any]:
    """The session, as soon as its plan waits."""
    return until(  # type: ignore[no-any-return]
        "the plan waits",
        lambda: (
            (s := client.get(f"/sessions/{session_id}").json()).get("approval", {}).get("state") == "waiting"
            and s
        ),
    )


def ended(client: httpx.Client, session_id: str) -> dict[str, Any]:
    """The session, as soon as it is over."""
    over = ("succeeded", "failed", "canceled")
    look = lambda: (s := client.get(f"/sessions/{session_id}").json())["status"] in over and s  # noqa: E731
    return until("the build ends", look)  # type: ignore[no-any-return]


def resume(stack: Stack, session_id: str, **form: Any) -> None:
    """Send the form of the Prefect UI."""
    run = until(
        "the run is suspended", lambda: (r := runs(stack, session_id)[-1])["state_type"] == "PAUSED" and r
    )
    url = f"http://127.0.0.1:{stack.state.prefect_port}/api/flow_runs/{run['id']}/resume"
    answer = httpx.post(url, json={"run_input": form}, timeout=30).json()
    assert answer["status"] == "ACCEPT", answer


def lose_form(stack: Stack, session_id: str) -> None:
    """What a kill leaves that comes after the engine was told of the wait and before it was sent the form."""
    run = runs(stack, session_id)[-1]
    if run["state_type"] == "PAUSED":
        key = run["state"]["state_details"]["run_input_keyset"]["schema"]
        url = f"http://127.0.0.1:{stack.state.prefect_port}/api/flow_runs/{run['id']}/input/{key}"
        assert httpx.delete(url, timeout=30).status_code in (204, 404)  # 404: the kill came in between


def test_a_build_begun_over_http_is_rejected_and_then_approved_in_the_engine(
    stack: Stack, client: httpx.Client
) -> None:
    before = stack.environments()
    session_id = client.post("/sessions", json=ASKED).json()["sessionId"]
    of = f"/sessions/{session_id}"
    session = waits(client, session_id)
    assert (session["status"], session["environment"]) == ("running", None)
    resume(stack, session_id, note="not yet")  # without a word on approval
    api = f"http://127.0.0.1:{stack.state.prefect_port}/api"
    wanted = {"artifacts": {"key": {"any_": [f"plan-{session_id}"]}}}
    artifact = httpx.post(f"{api}/artifacts/filter", json=wanted, timeout=30).json()[0]
    assert "**books**\n- anyone may read" in artifact["data"]

    session = ended(client, session_id)
    assert (session["status"], session["error"]["code"]) == ("canceled", "plan_rejected")
    decided = session["approval"]
    assert (decided["state"], decided["via"], decided["note"]) == ("rejected", "prefect", "not yet")
    assert stack.environments() == before

    assert client.post(f"{of}/retry").json()["status"] == "queued"
    waits(client, session_id)
    resume(stack, session_id, approve=True)
    session = ended(client, session_id)
    assert session["status"] == "succeeded", session.get("error")
    assert (session["approval"]["state"], session["approval"]["operator"]) == ("approved", "Prefect UI")
    until("both runs end", lambda: states(stack, session_id) == ["FAILED", "COMPLETED"])
    told = [event["type"] for event in client.get(f"{of}/events").json()]
    kept = ("plan_created", "approval_requested", "plan_rejected", "plan_approved", "environment_created")
    assert [type for type in told if type in kept] == [
        "plan_created", "approval_requested", "plan_rejected", "approval_requested", "plan_approved",
        "environment_created",
    ]  # fmt: skip


def test_a_build_without_a_terminal_ends_well_and_is_approved_over_http(
    stack: Stack, client: httpx.Client, spec: Path
) -> None:
    begun = stack.architect("build", str(spec), "--no-analytics", "--require-approval", "--json")
    assert begun.returncode == 0, begun.stdout + begun.stderr
    session = json.loads(begun.stdout)
    assert (session["status"], session["approval"]["state"]) == ("running", "waiting")
    assert f"architect approve {session['id']}" in begun.stderr
    of = f"/sessions/{session['id']}"
    assert states(stack, session["id"]) == ["PAUSED"]
    refused = client.post(f"{of}/approve", json={"planHash": "0" * 64})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "plan_changed")
    agreed = client.post(f"{of}/approve", json={"planHash": session["approval"]["planHash"]})
    assert (agreed.status_code, agreed.json()["approval"]["via"]) == (202, "api"), agreed.text
    until("the run is woken", lambda: states(stack, session["id"]) != ["PAUSED"])
    assert client.post(f"{of}/cancel").json()["status"] == "canceled"


def test_killed_at_the_gate_a_build_still_waits_and_goes_on(
    stack: Stack, client: httpx.Client, spec: Path
) -> None:
    known = {row["id"] for row in stack.rows("select id::text from build_sessions")}
    command = stack.command("build", str(spec), "--no-analytics", "--require-approval", "--json")
    process = subprocess.Popen(
        command, env=stack.env, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    asked = (
        "select session_id::text as id from build_events where type = 'approval_requested'"
        " and session_id::text <> all(%(known)s)"
    )
    found = until("the plan is asked about", lambda: stack.rows(asked, {"known": list(known)}))
    os.killpg(process.pid, signal.SIGKILL)  # before the engine knows that the run waits, or just after
    process.wait()
    session_id = found[0]["id"]
    assert waits(client, session_id)["status"] == "running"
    lose_form(stack, session_id)
    done = stack.architect("approve", session_id, "--yes", "--json")
    assert json.loads(done.stdout)["approval"]["via"] == "cli", done.stdout + done.stderr
    # Nobody was there to be woken: upkeep starts another run.
    stack.rows(
        "update build_sessions set approval = approval ||"
        " jsonb_build_object('decidedAt', now() - '2 min'::interval) where id = %(id)s returning id",
        {"id": session_id},
    )
    swept = json.loads(stack.python(UPKEEP).splitlines()[-1])
    assert session_id in swept["decided"]
    assert session_id not in swept["closed"]
    assert len(states(stack, session_id)) == 2
    until("the build goes on", lambda: client.get(f"/sessions/{session_id}").json()["environment"])
    assert client.post(f"/sessions/{session_id}/cancel").json()["status"] == "canceled"
