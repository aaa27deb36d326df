"""Drift on the page and by the command, on a whole stack: seen, explained, restored, accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from architect.cli.main import app
from architect.embedded.postgres import Cluster
from architect.errors import InputError, NotFound
from tests.fixtures.browser import TIMEOUT_MS, Window
from tests.fixtures.stack import Stack
from tests.test_page import PASSWORD, address, pictures, sign_in

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
#: The engine starts a process for what is asked for on the page, and that tries the fix on a clone.
ENGINE_MS = 2 * TIMEOUT_MS
Drift = Callable[..., str]
EMAIL = "drift-member@example.org"
SPEC = (
    "# Notes\n\nEach note has a title and a text. Only the owner of a note can read, change or delete it.\n"
)


@pytest.fixture(scope="module")
def notes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A build of its own, since it is broken on purpose; and a member who looks after it."""
    spec: Path = tmp_path_factory.mktemp("drift") / "notes.md"
    spec.write_text(SPEC, encoding="utf-8")
    done = stack.architect(
        "users", "add", EMAIL, "--role", "member", "--password-stdin", input=f"{PASSWORD}\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return stack.build(spec, "blank", "--no-analytics")


def change(stack: Stack, session: dict[str, Any], statement: LiteralString) -> None:
    """What somebody does in a dashboard."""
    ref = session["environment"]["ref"]
    (name,) = (name for name in stack.environments() if ref in name)
    dsn = Cluster(stack.home, stack.state).dsn(name, "supabase_admin")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def drift(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Drift:
    """What ``architect drift ...`` prints, run in this process; its exit code has to be ``code``."""
    monkeypatch.setenv("ARCHITECT_HOME", str(stack.home))
    monkeypatch.setenv("ARCHITECT_RUNTIME_DIR", str(stack.runtime))

    invoke = partial(CliRunner().invoke, app, catch_exceptions=False)

    def run(*arguments: str, code: int = 0) -> str:
        # The browser's driver has a loop of its own in this thread.
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(invoke, ["drift", *arguments]).result()
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def test_drift_is_seen_explained_and_restored_on_the_page(
    stack: Stack, notes: dict[str, Any], window: Window, tmp_path: Path
) -> None:
    page = window.page
    page.goto(f"{address(stack)}#/sessions/{notes['id']}")
    sign_in(page, EMAIL)
    guard = page.locator(".drift-card [data-guard]")
    expect(guard).to_have_text("As it was built")
    expect(page.locator(".drift-card")).to_contain_text("Nothing differs from what was built")

    change(stack, notes, "alter table public.notes disable row level security")
    page.get_by_role("button", name="Check now").click()
    alert = page.locator('.alert[data-type="rls_disabled"]')
    expect(alert).to_be_visible(timeout=ENGINE_MS)
    expect(guard).to_have_text("1 critical")
    expect(alert).to_contain_text("table public.notes")
    expect(alert.locator(".witness")).to_contain_text("can now read")
    expect(alert.locator("blockquote")).to_contain_text("Only the owner of a note can read")
    expect(alert.locator(".text-old")).to_contain_text("enable row level security")
    expect(alert.locator(".text-new")).to_contain_text("disable row level security")
    expect(alert.locator(".fix .badge")).to_have_text("Proven")
    alert.locator(".fix summary").click()
    expect(alert.locator(".fix pre")).to_contain_text("enable row level security;")
    expect(page.get_by_text("A check is under way")).to_have_count(0)
    wrong = pictures(page, tmp_path, "drift")

    restore = alert.get_by_role("button", name="Restore")
    restore.click()
    alert.get_by_role("button", name="Really restore?").click()
    expect(guard).to_have_text("As it was built", timeout=ENGINE_MS)
    expect(alert).to_be_hidden()
    page.get_by_text("1 alert of before").click()
    expect(page.locator('.alert[data-status="resolved"]')).to_contain_text("table public.notes")
    types = [event["type"] for event in stack.events(notes["id"])]
    assert [name for name in types if name in ("drift_detected", "drift_resolved")] == [
        "drift_detected",
        "drift_resolved",
    ]
    wrong += pictures(page, tmp_path, "restored")
    assert wrong == []
    assert window.violations() == []
    assert window.complaints == []


def test_drift_is_listed_shown_accepted_and_restored_by_the_command(
    stack: Stack, notes: dict[str, Any], drift: Drift
) -> None:
    of = notes["id"]
    change(stack, notes, "create table public.extra (id int primary key)")
    assert "table public.extra" in drift("check", of, "--no-prove", code=1)
    (listed,) = json.loads(drift("alerts", of, "--json"))
    assert (listed["type"], listed["resource"]["name"]) == ("table_extra", "extra")
    assert listed["fingerprint"][:8] in drift("alerts", of)
    assert " ".join(listed["reason"].split()[:4]) in drift("show", of, listed["fingerprint"][:8])
    watched = [json.loads(line) for line in drift("watch", of, "--once", "--json").splitlines()]
    assert [line["alert"] for line in watched] == [listed]

    with pytest.raises(InputError, match="Nobody is here to be asked"):
        drift("accept", of, listed["id"][:8])
    with pytest.raises(InputError, match="has no fix that was proven"):
        drift("restore", of, listed["id"][:8], "--yes")
    accepted = json.loads(drift("accept", of, listed["id"][:8], "--yes", "--note", "ours", "--json"))
    assert accepted["result"]["accepted"] == [listed["id"]]

    change(stack, notes, "grant select on public.notes to anon")
    (opened,) = json.loads(drift("check", of, "--json", code=1))["alerts"]
    assert (opened["severity"], opened["fix"]["proven"]) == ("critical", True)
    assert "✓ restored 1 alert" in drift("restore", of, opened["id"][:8], "--yes")
    assert drift("check", of).startswith("✓ no drift")
    with pytest.raises(NotFound, match="no open alert"):
        drift("restore", of, "--yes")

    change(stack, notes, "drop table public.notes cascade")
    (gone,) = json.loads(drift("check", of, "--json", code=1))["alerts"]
    assert "DATA_NOT_RESTORED" in gone["fix"]["hazards"]
    with pytest.raises(InputError, match="loses nothing"):
        drift("restore", of, "--yes")
    assert "✓ restored 1 alert" in drift("restore", of, gone["id"][:8], "--yes")
