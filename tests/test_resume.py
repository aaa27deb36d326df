"""Killed anywhere, a build resumes and ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from typing import Any

import pytest

from tests.fixtures.stack import EXAMPLES, REPOSITORY, Stack

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("no_upkeep")]

SPEC = EXAMPLES / "saas.md"


@pytest.fixture(scope="module")
def undisturbed(stack: Stack) -> dict[str, Any]:
    return stack.build(SPEC, "saas", "--no-analytics")


def kill_at(stack: Stack, node: str) -> str:
    """Start a build, kill it with SIGKILL as soon as ``node`` has begun; the session id."""
    known = {row["id"] for row in stack.rows("select id::text from build_sessions")}
    command = stack.command("build", str(SPEC), "--template", "saas", "--no-analytics", "--json")
    process = subprocess.Popen(
        command, env=stack.env, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    begun = (
        "select session_id::text as id from build_events where type = 'node_started'"
        " and payload ->> 'node' = %(node)s and session_id::text <> all(%(known)s)"
    )
    deadline = time.monotonic() + 60
    while not (found := stack.rows(begun, {"node": node, "known": list(known)})):
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return str(found[0]["id"])


@pytest.mark.parametrize("node", [pytest.param("apply_migrations", marks=pytest.mark.long), "finalize"])
def test_a_killed_build_resumes_where_it_stopped(
    stack: Stack, undisturbed: dict[str, Any], node: str
) -> None:
    before = stack.environments()
    session_id = kill_at(stack, node)
    resumed = stack.architect("retry", session_id, "--json")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    session = json.loads(resumed.stdout)
    assert session["status"] == "succeeded"
    assert session["outputs"]["fingerprint"] == undisturbed["outputs"]["fingerprint"]
    assert len(stack.environments() - before) == 1, "no second environment was made"

    events = stack.events(session_id)
    plain = stack.events(undisturbed["id"])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = Counter(event["type"] for event in events)
    assert told["node_retrying"] == 1
    del told["node_retrying"]
    assert told == Counter(event["type"] for event in plain), "no event is lost or doubled"
    done_before = {"ingest_vibe": 1, "generate_plan": 1}
    starts = Counter(e["payload"]["node"] for e in events if e["type"] == "node_started")
    assert done_before.items() <= starts.items()


def test_a_finished_session_is_not_built_again(stack: Stack, undisturbed: dict[str, Any]) -> None:
    again = stack.architect("retry", undisturbed["id"], "--json")
    assert again.returncode != 0
    assert json.loads(again.stdout)["error"]["code"] == "conflict"


@pytest.mark.long
def test_upkeep_closes_what_was_killed(stack: Stack) -> None:
    session_id = kill_at(stack, "provision_environment")
    stack.python("import asyncio; from flows.upkeep import upkeep; asyncio.run(upkeep())")
    assert stack.rows("select status from build_sessions where id = %(id)s", {"id": session_id}) == [
        {"status": "failed"}
    ]
    assert stack.events(session_id)[-1]["type"] == "build_failed"
    resumed = stack.architect("retry", session_id, "--json")
    assert json.loads(resumed.stdout)["status"] == "succeeded"
