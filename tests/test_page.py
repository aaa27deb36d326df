"""The page in a real browser on the whole stack: a build is started, followed, cut off, caught up with."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import TIMEOUT_MS, Window
from tests.fixtures.examples import TEMPLATES, Examples
from tests.fixtures.stack import EXAMPLES, Stack
from tests.reading import read

PASSWORD = "correct horse battery staple"
ACCESSIBILITY = (Path(__file__).parent / "page" / "accessibility.js").read_text(encoding="utf-8")
LAYOUT = (Path(__file__).parent / "page" / "layout.js").read_text(encoding="utf-8")
#: What a careless page would run.
HOSTILE = 'Second Wind <img src=x onerror="window.harmed=1"><script>window.harmed=1</script>\'"${harm}'
#: What a picture is called, colour scheme, width.
LOOKS: tuple[tuple[str, Literal["light", "dark"], int], ...] = (
    ("light", "light", 1360),
    ("dark", "dark", 1360),
    ("phone", "light", 360),
)
#: Every event as the page lists it, and every cell of its matrix with the letters in it.
EVENTS = "all => all.map((e) => [Number(e.dataset.seq), e.querySelector('.type').textContent,"
EVENTS += " e.querySelector('.message').textContent])"
CELLS = """all => all.map((e) => [e.dataset.table, e.dataset.identity, Object.fromEntries(
  [...e.querySelectorAll('.letter')].map((l) => [l.dataset.letter, l.dataset.reach]))])"""
LOCKED = '[data-table][data-state="locked"]'
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="module")
def people(stack: Stack) -> dict[str, str]:
    """A member and a viewer of the local tenant."""
    addresses = {role: f"page-{role}@example.org" for role in ("member", "viewer")}
    for role, email in addresses.items():
        done = stack.architect(
            "users", "add", email, "--role", role, "--password-stdin", input=f"{PASSWORD}\n"
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return addresses


def address(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.state.api_port}/"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something the page cannot see."""
    deadline = time.monotonic() + 90
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


def session(stack: Stack, session_id: str) -> dict[str, Any]:
    query = "select status, last_seq, plan, outputs, error from build_sessions where id = %(id)s"
    row: dict[str, Any] = stack.rows(query, {"id": session_id})[0]
    return row


def last_seq(page: Page) -> int:
    """The newest event that the page shows. Its list of every event must be open."""
    shown = page.locator(".timeline [data-seq]").evaluate_all("all => all.map((e) => Number(e.dataset.seq))")
    return max(shown, default=0)


def pictures(page: Page, folder: Path, name: str) -> list[str]:
    """Screenshots in light, dark and on a phone; what is wrong with any of them."""
    wrong: list[str] = []
    for kind, scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{name}-{kind}.png", full_page=True)
        wrong += [f"{name}, {kind}: {found}" for found in page.evaluate(ACCESSIBILITY)]
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{name}, {kind}: {too_wide} px too wide"] if too_wide > 0 else []
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": 1360, "height": 900})
    return wrong


def start_hostile_build(page: Page) -> str:
    """Fill the form with an example whose title is hostile and send it; the session's id."""
    page.get_by_role("link", name="New build").click()
    expect(page.get_by_role("heading", name="New build", level=1)).to_be_focused()
    page.get_by_role("button", name="Second Wind").click()
    spec = page.get_by_label("What should it do?")
    text = (EXAMPLES / "marketplace.md").read_text(encoding="utf-8")
    expect(spec).to_have_value(text)
    expect(page.get_by_label("Marketplace")).to_be_checked()
    hostile = text.replace("Second Wind", HOSTILE)
    spec.fill(hostile)
    expect(page.locator("#spec-count")).to_have_text(f"{len(hostile.encode()):,} of 1,200,000 bytes")
    page.get_by_role("button", name="Build it").click()
    page.wait_for_url(re.compile(r"#/sessions/[0-9a-f-]{36}$"))
    return page.url.rsplit("/", 1)[1]


def test_a_build_is_started_followed_cut_off_and_caught_up_with(
    stack: Stack, people: dict[str, str], window: Window, tmp_path: Path
) -> None:
    page = window.page
    page.goto(address(stack))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    wrong = pictures(page, tmp_path, "sign-in")
    sign_in(page, people["member"], "wrong")
    expect(page.get_by_role("alert")).to_have_text("E-mail address or password is wrong.")
    assert [c for c in window.complaints if "400" not in c] == []  # the browser notes the refusal
    window.complaints.clear()
    sign_in(page, people["member"])
    expect(page.get_by_role("heading", name="Builds", level=1)).to_be_focused()

    session_id = start_hostile_build(page)
    expect(page.locator(".connection")).to_have_attribute("data-state", "live")
    page.get_by_role("button", name="Every event").click()

    # The boxes are there as soon as the plan is, and light up one after the other.
    expect(page.locator(".diagram [data-table]").first).to_be_visible()
    tables = [table["name"] for table in session(stack, session_id)["plan"]["tables"]]
    expect(page.locator(".diagram [data-table]")).to_have_count(len(tables))
    expect(page.locator(f".diagram {LOCKED}")).to_have_count(len(tables))
    page.screenshot(path=tmp_path / "live.png")

    # Cut off: no network, no socket. The build goes on without anybody watching.
    window.context.set_offline(True)
    page.evaluate("watched.sockets.forEach((socket) => socket.close())")
    expect(page.locator(".connection")).to_have_attribute("data-state", "offline")
    before = last_seq(page)
    until(lambda: session(stack, session_id)["status"] in ("succeeded", "failed"), "the build does not end")
    row = session(stack, session_id)
    assert row["status"] == "succeeded", row["error"]
    assert last_seq(page) == before < row["last_seq"]
    assert page.locator(".matrix").count() == 0
    page.screenshot(path=tmp_path / "offline.png")

    # Back: the gap is filled, every event once, and the result is there.
    window.context.set_offline(False)
    expect(page.locator("[data-status]").first).to_have_attribute("data-status", "succeeded")
    expect(page.locator(".connection")).to_have_attribute("data-state", "live")
    until(lambda: last_seq(page) == session(stack, session_id)["last_seq"], "the gap is not filled")
    events = stack.events(session_id)
    shown = page.locator(".timeline [data-seq]").evaluate_all(EVENTS)
    assert shown == [[e["seq"], e["type"], e["message"]] for e in events]

    # Each table went from an outline to created to locked before one's eyes, the architect's cursor on it.
    watched = page.evaluate("watched")
    for table in tables:
        assert watched["states"][table] == ["created", "locked"], table
    assert watched["architect"]
    assert set(tables) & set(watched["ghost"])
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_role("link", name="Prefect run")).to_have_attribute(
        "href", re.compile(rf"^http://127\.0\.0\.1:{stack.state.prefect_port}/runs/flow-run/")
    )
    page.get_by_role("button", name="Every event").click()

    expect(page.locator(".matrix")).to_be_visible()
    assert_matrix(page, row["outputs"]["accessMatrix"], tables)
    assert_results(page, row)
    assert_inert(page)
    wrong += pictures(page, tmp_path, "session")
    assert wrong == []
    assert window.violations() == []
    offline = re.compile("ERR_INTERNET_DISCONNECTED|WebSocket connection to|Failed to fetch")
    assert [c for c in window.complaints if not offline.search(c)] == []


def assert_matrix(page: Page, matrix: dict[str, Any], tables: list[str]) -> None:
    """The page shows the matrix that the build stored: the letters of every cell, and how far they reach."""
    shown = page.locator(".matrix td").evaluate_all(CELLS)
    assert list(dict.fromkeys(table for table, _, _ in shown)) == tables
    for table, identity, letters in shown:
        word = {operation: by.get(identity, "none") for operation, by in matrix["tables"][table].items()}
        nothing = ("deny", "none")
        insert = word["insert_own"] if word["insert_spoofed"] in nothing else word["insert_spoofed"]
        if insert == "allow" and word["insert_spoofed"] in nothing:
            insert = "own"
        change = word["blind_update"] if word["update"] in nothing else word["update"]
        promised = {"S": word["select"], "I": insert, "U": change, "D": word["delete"]}
        assert letters == {k: "none" if v in nothing else v for k, v in promised.items()}, (table, identity)
    hidden = set(matrix["identities"]) - {identity for _, identity, _ in shown}
    twins = {"no_subject": "anon", "member": "nonmember"}
    for identity in hidden:
        for table in tables:
            for operation, by in matrix["tables"][table].items():
                if operation != "update_spoofed":
                    assert by[identity] == by[twins[identity]], (table, operation)


def assert_results(page: Page, row: dict[str, Any]) -> None:
    outputs, plan = row["outputs"], row["plan"]
    result = page.locator(".result-card")
    expect(result).to_contain_text(outputs["url"])
    expect(result).to_contain_text(outputs["fingerprint"])
    for question in plan["open_questions"]:
        expect(page.locator(".questions")).to_contain_text(question["question"])
    provenance = outputs["analytics"]["provenance"]
    expect(page.locator(".provenance")).to_contain_text(provenance["snapshot_id"])
    expect(page.locator(".provenance")).to_contain_text(provenance["result_hash"])
    # Another question is answered by the API, under the caller's own right to the session.
    page.get_by_label("Question", exact=True).select_option("delays_by_carrier")
    page.get_by_label("Month", exact=True).select_option("2")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".analytics-result th").first).to_have_text("carrier")
    expect(page.locator(".provenance")).to_contain_text("1 of 12 files")


def assert_inert(page: Page) -> None:
    """What the spec holds is shown as it was written, wherever it is shown, and nothing of it runs."""
    expect(page.get_by_role("heading", level=1)).to_contain_text('<img src=x onerror="window.harmed=1">')
    page.locator(".spec summary").click()
    expect(page.locator(".spec-text")).to_contain_text("<script>window.harmed=1</script>")
    assert page.evaluate("window.harmed") is None
    assert page.locator("main img, main script").count() == 0
    # From the keyboard: arrows move, Enter opens a table, Escape closes it and gives the focus back.
    page.locator('.diagram [data-table="profiles"]').focus()
    page.keyboard.press("ArrowRight")
    opened = page.evaluate("document.activeElement.dataset.table")
    assert opened not in (None, "profiles")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name=f"Table {opened}")
    expect(panel.get_by_role("heading", level=3)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.table") == opened


@contextmanager
def drift(stack: Stack, session_id: str) -> Iterator[None]:
    """The session has an alert for as long as this lasts."""
    insert = """
        insert into drift_alerts (session_id, tenant_id, severity, type, resource, recommendation, fix_sql)
        select id, tenant_id, 'critical', 'rls_disabled', 'public.bids', '<b>Switch it on</b> again.',
               'alter table public.bids enable row level security;'
          from build_sessions where id = %(id)s returning id"""
    assert len(stack.rows(insert, {"id": session_id})) == 1
    try:
        yield
    finally:
        stack.rows("delete from drift_alerts where session_id = %(id)s returning id", {"id": session_id})


def test_a_viewer_looks_but_starts_nothing(
    stack: Stack, people: dict[str, str], examples: Examples, window: Window, tmp_path: Path
) -> None:
    built = examples("marketplace")
    page = window.page
    page.goto(f"{address(stack)}#/sessions/{built['id']}")  # the way goes on there after the sign-in
    with drift(stack, built["id"]):
        sign_in(page, people["viewer"])
        alert = page.locator(".alert.severity-critical")
        expect(alert).to_contain_text("public.bids")
        expect(alert).to_contain_text("<b>Switch it on</b>")
        expect(page.locator(".drift-card [data-action]")).to_have_count(0)
        page.screenshot(path=tmp_path / "drift.png", full_page=True)
        wrong = page.evaluate(ACCESSIBILITY)
    expect(page.locator(".diagram [data-table]")).to_have_count(len(built["outputs"]["tables"]))
    expect(page.locator(f".diagram {LOCKED}")).to_have_count(len(built["outputs"]["tables"]))

    page.get_by_role("link", name="Builds", exact=True).click()
    expect(page.locator("[data-session]").first).to_be_visible()
    row = page.locator(f'[data-session="{built["id"]}"]')
    while not row.count():
        shown = page.locator("[data-session]").count()
        page.get_by_role("button", name="Show older builds").click()
        expect(page.locator("[data-session]").nth(shown)).to_be_visible()
    expect(row.locator("[data-status]")).to_have_attribute("data-status", "succeeded")
    wrong += pictures(page, tmp_path, "list")

    page.get_by_role("link", name="New build").click()
    expect(page.get_by_role("alert")).to_contain_text("your role is viewer")
    expect(page.get_by_role("button", name="Build it")).to_be_disabled()
    expect(page.get_by_role("button", name="Check the plan")).to_be_disabled()
    wrong += pictures(page, tmp_path, "form")
    assert wrong == []

    # One stop after the other: the skip link comes first and leads to the content.
    page.reload()
    expect(page.get_by_role("heading", name="New build", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert window.complaints == []

    page.goto(f"{address(stack)}#/sessions/00000000-0000-4000-8000-00000000dead")
    expect(page.get_by_role("alert")).to_contain_text("There is no such build")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert window.violations() == []


def entangled() -> dict[str, Any]:
    """A plan that no layer order fits: a circle, a table that references itself, two keys to one table."""

    def table(name: str, *targets: str) -> dict[str, Any]:
        keys = [
            {"columns": [f"k{i}"], "table": target, "references": ["id"]} for i, target in enumerate(targets)
        ]
        columns = [{"name": name, "type": "uuid", "nullable": False} for name in ("id", "k0", "k1", "k2")]
        return {"id": name, "name": name, "columns": columns, "primary_key": ["id"], "foreign_keys": keys}

    tables = [table("a", "c", "a"), table("b", "a", "a"), table("c", "b"), table("d", "nowhere"), table("e")]
    return {"title": "entangled", "tables": [*tables, *(table(f"t{i}", "a") for i in range(20))]}


def test_no_diagram_has_boxes_on_top_of_each_other(stack: Stack, window: Window) -> None:
    plans = [read(path.read_text(encoding="utf-8"), TEMPLATES[path.stem]) for path in EXAMPLES.glob("*.md")]
    shapes = [plan.model_dump(mode="json") for plan in plans]
    assert len(shapes) == len(TEMPLATES)
    shapes += [entangled(), {"title": "empty", "tables": []}]
    given = {"plans": shapes, "widths": [300, 500, 900, 1400]}
    window.page.goto(address(stack))
    assert window.page.evaluate(LAYOUT, given) == []


def hold_rereads(page: Page, session_id: str) -> list[Route]:
    """The row is read once; asked for again, as the log has it, the answer waits for who continues these."""
    held: list[Route] = []
    seen: list[Route] = []

    def route(route: Route) -> None:
        seen.append(route)
        held.append(route) if len(seen) > 1 else route.continue_()

    page.route(re.compile(rf"/sessions/{session_id}$"), route)
    return held


def test_a_plan_is_checked_answered_rejected_and_canceled_on_the_page(
    stack: Stack, people: dict[str, str], window: Window, tmp_path: Path
) -> None:
    page = window.page
    page.goto(address(stack))
    sign_in(page, people["member"])
    page.get_by_role("link", name="New build").first.click()
    page.get_by_label("What should it do?").fill(
        "# Notes <b>bold</b>\n\nEach note has a title. Users see only their own notes.\n\n"
        "Two notes must not overlap.\n\nThe key is sb_secret_Canary0123456789abcdef.\n"
    )
    page.get_by_label("Blank").check()
    page.get_by_label("Ask before building").check()
    page.get_by_role("button", name="Check the plan").click()
    expect(page.get_by_role("heading", name="The plan", exact=True)).to_be_focused()
    planned = page.locator('[data-planned="notes"]')
    expect(planned).to_contain_text("the user in")
    expect(planned).not_to_contain_text("colour")
    expect(page.get_by_role("alert")).to_contain_text("a Supabase secret key in line 7")
    question = page.locator(".question").filter(has_text="Two notes must not overlap.")
    question.get_by_role("textbox").fill("Each note has a colour.")
    expect(question.get_by_role("radio", name="In your own words:")).to_be_checked()
    expect(page.get_by_text("The form has changed since this plan was made")).to_be_visible()
    page.get_by_role("button", name="Check the plan").click()
    expect(planned).to_contain_text("colour")
    wrong = pictures(page, tmp_path, "checked")

    page.get_by_role("button", name="Build it").click()
    page.wait_for_url(re.compile(r"#/sessions/[0-9a-f-]{36}$"))
    session_id = page.url.rsplit("/", 1)[1]
    reject = page.get_by_role("button", name="Reject")
    expect(reject).to_be_visible()
    badge = page.locator("[data-status]").first
    expect(badge).to_have_attribute("data-status", "waiting")
    expect(page.locator('.approval-card [data-planned="notes"]')).to_contain_text("colour")
    wrong += pictures(page, tmp_path, "approval")
    page.get_by_role("link", name="Builds", exact=True).click()
    expect(page.locator(f'[data-session="{session_id}"] [data-status]')).to_have_attribute(
        "data-status", "waiting"
    )
    held = hold_rereads(page, session_id)
    page.go_back()
    note = page.get_by_label("Note (kept with the decision)")
    note.fill("<i>no</i> colours")
    with page.expect_response(re.compile(rf"/sessions/{session_id}$")):
        for route in held:
            route.continue_()
        page.unroute_all()
    expect(note).to_be_focused()
    reject.click()
    expect(page.get_by_role("alert")).to_contain_text("The plan was rejected")
    expect(page.locator(".decision")).to_contain_text("<i>no</i> colours")
    expect(badge).to_have_attribute("data-status", "canceled")
    query = "select status, environment, vibe_text, approval from build_sessions where id = %(id)s"
    assert stack.rows(query, {"id": session_id})[0]["approval"]["note"] == "<i>no</i> colours"

    page.get_by_role("button", name="Try again").click()
    expect(note).to_have_value("")  # the same plan, and a new question
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Really cancel?").click()
    expect(badge).to_have_attribute("data-status", "canceled")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    row = stack.rows(query, {"id": session_id})[0]
    assert (row["status"], row["environment"]) == ("canceled", None)
    assert "\n\nEach note has a colour.\n" in row["vibe_text"]
    assert wrong == []
    assert window.complaints == []
    assert window.violations() == []
