"""A build that fails leaves nothing behind, what is deleted is gone, and doing it twice does no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.stack import Stack

pytestmark = pytest.mark.stack

SPEC = """# Notes

Each user keeps notes. Every note has a title and a body. Only the owner can read and edit a note.
"""


def api(stack: Stack) -> httpx.Client:
    headers = {"authorization": f"Bearer {stack.state.management_token}"}
    base = f"http://127.0.0.1:{stack.state.platform_port}"
    return httpx.Client(base_url=base, headers=headers, timeout=30, trust_env=False)


def fail_next(stack: Stack, method: str, path: str, **fault: Any) -> None:
    with api(stack) as client:
        armed = client.post("/platform/fixtures/faults", json={"method": method, "path": path, **fault})
        assert armed.is_success, armed.text


def names(stack: Stack) -> set[str]:
    with api(stack) as client:
        answer = client.get(f"/v1/projects/{stack.state.workspace_ref}/branches")
        listed = answer.json() if answer.is_success else []
        projects = client.get("/v1/projects").json()
    return {b["name"] for b in listed} | {p["name"] for p in projects}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.mark.parametrize("mode", ["branch", pytest.param("project", marks=pytest.mark.long)])
def test_what_was_built_can_be_deleted_and_deleted_again(stack: Stack, spec: Path, mode: str) -> None:
    session = stack.build(spec, "blank", "--no-analytics", "--mode", mode)
    environment = session["environment"]
    assert environment["name"] in names(stack)
    issued = stack.architect("keys", "issue", session["id"], "--for", "frontend")
    assert issued.returncode == 0, issued.stderr

    refused = stack.architect("delete", session["id"], input="")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert environment["name"] in names(stack)

    done = stack.architect("delete", session["id"], "--yes")
    assert done.returncode == 0, done.stderr
    assert environment["ref"] in done.stdout
    assert environment["name"] not in names(stack)
    assert f"env_{environment['ref']}" not in stack.environments()
    gone = httpx.get(f"{environment['url']}/rest/v1/", timeout=10, trust_env=False)
    assert gone.status_code == 404

    again = stack.architect("delete", session["id"], "--yes")
    assert again.returncode == 0, again.stderr
    assert "Nothing is left" in again.stdout
    assert [e["type"] for e in stack.events(session["id"])][-1] == "environment_removed"
    shown = json.loads(stack.architect("show", session["id"], "--json").stdout)
    assert shown["environment"] is None
    [key] = json.loads(stack.architect("keys", "list", session["id"], "--json").stdout)
    assert key["status"] == "revoked"
