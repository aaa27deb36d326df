"""Whatever the platform does to a build, it succeeds, or fails with its cause named and nothing left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import ALWAYS, Faults, switch
from tests.fixtures.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("no_upkeep")]

SPEC = """# Notes

Each user keeps notes. Every note has a title and a body. Only the owner can read and edit a note.
"""
#: One for each kind of call that a build makes, and among them one of each kind of fault that passes.
PASSING: list[tuple[str, str, str, dict[str, Any]]] = [
    ("GET", "^/v1/projects/[a-z]+/branches$", "429", {"retry_after": 1}),
    ("POST", "^/v1/projects/[a-z]+/branches$", "500_after", {}),
    ("GET", "^/v1/branches/[a-z]+$", "truncated", {}),
    ("GET", "/api-keys$", "drop", {}),
    ("POST", "/database/query$", "ready_before_usable", {"times": 3}),
    ("GET", "/database/migrations$", "500", {}),
    ("POST", "/database/migrations$", "drop_after", {"skip": 1}),
    ("GET", "^/v1/projects/[a-z]+/functions$", "429", {}),
    ("POST", "/functions/deploy$", "500_after", {}),
    ("GET", "/advisors/security$", "truncated", {}),
    ("*", "^/p/[a-z]+/rest/", "drop", {"times": 2}),
    ("*", "^/p/[a-z]+/functions/", "500", {}),
    ("*", "^/p/[a-z]+/rest/", "slow", {"skip": 5}),
]


@pytest.fixture
def faults(stack: Stack) -> Iterator[Faults]:
    url = f"http://127.0.0.1:{stack.state.platform_port}"
    with switch(url, stack.state.management_token, stack.state.workspace_ref) as armed:
        yield armed


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "notes.md"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def build(stack: Stack, spec: str, *options: str) -> dict[str, Any]:
    """The session a build ended with, well or not."""
    done = stack.architect("build", spec, "--template", "blank", "--no-analytics", "--json", *options)
    session: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) == (session["status"] == "succeeded"), done.stdout + done.stderr
    return session


def retry(stack: Stack, session: dict[str, Any]) -> dict[str, Any]:
    done = stack.architect("retry", session["id"], "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    again: dict[str, Any] = json.loads(done.stdout)
    return again


def types(stack: Stack, session: dict[str, Any]) -> list[str]:
    return [event["type"] for event in stack.events(session["id"])]


def test_a_build_outlasts_every_fault_that_passes(stack: Stack, faults: Faults, spec: str) -> None:
    before, databases = faults.names(), stack.environments()
    for method, path, kind, more in PASSING:
        faults.arm(method, path, kind, **more)
    session = build(stack, spec)
    assert session["status"] == "succeeded", session
    assert all(faults.fired().values()), "each fault struck: these calls are what a build makes"
    made = session["environment"]
    assert faults.names() == sorted([*before, made["name"]]), "and none of them made a second branch"
    assert stack.environments() - databases == {f"env_{made['ref']}"}
    left = stack.rows("select count(*) as n from auth.users", database=f"env_{made['ref']}")
    assert left == [{"n": 0}], "the proof's users are gone, also those of a try that was cut off"
    assert stack.rows("select count(*) as n from notes", database=f"env_{made['ref']}") == [{"n": 0}]


@pytest.mark.long
def test_what_cannot_be_removed_is_said_and_removed_later(stack: Stack, faults: Faults, spec: str) -> None:
    before, databases = faults.names(), stack.environments()
    faults.arm("POST", "/functions/deploy$", "500", times=ALWAYS)
    faults.arm("DELETE", "^/v1/branches/", "500", times=ALWAYS)
    session = build(stack, spec)
    assert session["status"] == "failed"
    error = session["error"]
    assert error["message"].startswith("deploy_edge_function: ")
    assert "fault that was armed" in error["message"], "what the platform said"
    assert "retry" in error["hint"]
    assert error["details"]["environment_removed"] is False
    left = error["details"]["left_behind"]
    assert [e["name"] for e in left["details"]["left"]] == [f"build-{session['id']}-1"]
    assert f"architect delete {session['id']}" in left["hint"]
    assert f"build-{session['id']}-1" in faults.names()
    assert types(stack, session)[-1] == "build_failed"

    faults.disarm()
    upkeep = "import asyncio; from flows.upkeep import upkeep; print(asyncio.run(upkeep())['cleaned_up'])"
    assert session["id"] in stack.python(upkeep)
    assert faults.names() == before
    assert stack.environments() == databases
    assert types(stack, session)[-1] == "environment_removed"

    again = retry(stack, session)
    assert again["status"] == "succeeded"
    assert again["environment"]["name"] == f"build-{session['id']}-2", "a fresh environment"
    assert len(stack.environments() - databases) == 1


@pytest.mark.parametrize(
    ("method", "path", "kind", "said"),
    [
        pytest.param(
            "POST",
            "^/v1/projects/[a-z]+/branches$",
            "migrations_failed",
            "MIGRATIONS_FAILED",
            marks=pytest.mark.long,
        ),
        ("POST", "/database/migrations$", "500", "apply_migration: "),
    ],
)
def test_a_build_that_fails_leaves_nothing(
    stack: Stack, faults: Faults, spec: str, method: str, path: str, kind: str, said: str
) -> None:
    before, databases = faults.names(), stack.environments()
    faults.arm(method, path, kind, times=ALWAYS)
    session = build(stack, spec)
    assert session["status"] == "failed"
    assert said in session["error"]["message"]
    assert session["error"]["hint"]
    assert session["error"]["details"]["environment_removed"] is True
    assert session["environment"] is None
    assert (faults.names(), stack.environments()) == (before, databases)
    assert types(stack, session)[-2:] == ["environment_removed", "build_failed"]
    gone = "select count(*) as n from environment_resources where session_id = %(id)s and removed_at is null"
    assert stack.rows(gone, {"id": session["id"]}) == [{"n": 0}]


@pytest.mark.long
def test_what_is_kept_for_a_look_is_what_a_retry_resumes_in(stack: Stack, faults: Faults, spec: str) -> None:
    databases = stack.environments()
    faults.arm("POST", "/functions/deploy$", "500", times=ALWAYS)
    session = build(stack, spec, "--keep")
    assert session["status"] == "failed"
    assert "environment_removed" not in session["error"]["details"]
    assert session["environment"]["name"] in faults.names()
    faults.disarm()
    again = retry(stack, session)
    assert again["environment"] == session["environment"]
    assert len(stack.environments() - databases) == 1
    applied = stack.rows(
        "select count(*) as n from build_tool_calls where session_id = %(id)s and tool = 'apply_migration'",
        {"id": session["id"]},
    )
    assert applied == [{"n": 5}], "what the first run has applied was not applied again"
