"""A plan asked for over HTTP, answers to its questions, and what is told of secrets; nothing is kept."""

from __future__ import annotations

import time

import pytest

from architect.api import plans
from architect.plan.model import OpenQuestion, Plan, PlannerRecord, Quote
from architect.plan.planner import make_plan
from tests.fixtures.api import Api, User, begin, error

SPEC = "# Library\n\nEach book has a title.\n\nTwo books must not overlap.\n"
ASKED = {"vibeText": SPEC, "template": "blank"}
SAID = {"question": "Who may read books?", "answer": "Anyone can read books."}
SECRET = "sb_secret_Canary0123456789abcdef"


async def test_a_plan_is_shown_with_its_questions_and_nothing_is_kept(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        response = await client.post("/plans", json=ASKED)
        assert response.status_code == 200, response.text
        found = response.json()
        options = {"enableAnalytics": False}
        smaller = (await client.post("/plans", json={**ASKED, "options": options})).json()
    plan = Plan.model_validate(found["plan"])
    assert [table.name for table in plan.tables] == ["books"]
    assert found["planHash"] == plan.digest()
    assert [q["question"] for q in found["questions"]] == [q.question for q in plan.open_questions]
    assert found["questions"][0]["quotes"] == ["Two books must not overlap."]
    assert found["notices"] == []
    assert (len(plan.analytics), smaller["plan"]["analytics"]) == (1, [])
    assert api.sql("select count(*) from build_sessions") == [(0,)]


async def test_answers_are_part_of_the_spec_here_and_in_a_session(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        before = (await client.post("/plans", json=ASKED)).json()["plan"]
        after = (await client.post("/plans", json={**ASKED, "answers": [SAID]})).json()
        assert "public_read" not in str(before)
        assert [p["kind"] for p in after["plan"]["tables"][0]["policies"]] == ["public_read"]
        session = await begin(client, **ASKED, answers=[SAID])
        stored = (await client.get(f"/sessions/{session}")).json()["vibeText"]
        assert "## Answers to open questions\n\n> Who may read books?\n\nAnyone can read books.\n" in stored
        assert make_plan(stored, kind="reader").tables == Plan.model_validate(after["plan"]).tables
        key = {"idempotency-key": "once"}
        first = await client.post("/sessions", json={**ASKED, "answers": [SAID]}, headers=key)
        assert first.json()["notices"] == []
        other = await client.post("/sessions", json=ASKED, headers=key)
        assert error(other, 409)["code"] == "idempotency_conflict", "other answers are another request"


async def test_a_secret_is_told_of_by_kind_and_place_and_never_shown(api: Api, ada: User) -> None:
    asked = {**ASKED, "vibeText": f"{SPEC}\nThe key is {SECRET}.\n"}
    async with api.client(ada) as client:
        shown = await client.post("/plans", json=asked)
        begun = await client.post("/sessions", json=asked)
    for response in (shown, begun):
        (notice,) = response.json()["notices"]
        assert (notice["kind"], notice["line"]) == ("secret-key", 7)
        assert SECRET not in response.text
    assert notice["message"] not in [q["question"] for q in shown.json()["questions"]], (
        "no question to answer"
    )


async def test_who_may_build_nothing_plans_nothing(api: Api, ada: User) -> None:
    vic, eve = api.user("vic"), api.user("eve")
    api.tenant("Lookers", viewer=vic)
    async with api.client() as nobody, api.client(vic) as viewer, api.client(eve) as stranger:
        assert error(await nobody.post("/plans", json=ASKED), 401)["code"] == "unauthorized"
        for client in (viewer, stranger):
            assert error(await client.post("/plans", json=ASKED), 403)["code"] == "forbidden"


#: What is wrong -> the field that the error names.
WRONG: list[tuple[dict[str, object], str]] = [
    ({"vibeText": " "}, "vibeText"),
    ({"vibeText": "a" * 20_001}, "vibeText"),
    ({"template": "shop"}, "template"),
    ({"tenantId": "00000000-0000-4000-8000-000000000001"}, "tenantId"),
    ({"answers": [{**SAID, "answer": ""}]}, "answers.0.answer"),
    ({"answers": [{**SAID, "answer": "x" * 2001}]}, "answers.0.answer"),
    ({"answers": [{**SAID, "question": "a\u0000"}]}, "answers.0.question"),
    ({"answers": [SAID] * 201}, "answers"),
    ({"options": {"requireApproval": "yes"}}, "options.requireApproval"),
]


async def test_what_is_wrong_is_named(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        for wrong, field in WRONG:
            told = error(await client.post("/plans", json={**ASKED, **wrong}), 422)
            assert field in f"{told['message']} {told['details']}", wrong


async def test_a_plan_that_takes_too_long_is_given_up(
    api: Api, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "make_plan", lambda *_, **__: time.sleep(0.3))
    slow = api.another(plan_timeout_s=0.05)
    async with slow.router.lifespan_context(slow), api.client(ada, slow) as client:
        response = await client.post("/plans", json=ASKED)
    assert error(response, 503)["code"] == "planning_too_long"
    assert response.headers["retry-after"]


def test_a_question_that_two_places_raise_is_asked_once() -> None:
    one = OpenQuestion(question="Who?", because=[Quote(chunk_index=0, quote="a")], choices=["A can."])
    two = OpenQuestion(
        question="Who?", because=[Quote(chunk_index=1, quote="b")], choices=["A can.", "B can."]
    )
    plan = Plan(template="blank", planner=PlannerRecord(kind="reader"), open_questions=[one, two])
    assert plans.questions(plan.open_questions) == [
        {"question": "Who?", "quotes": ["a", "b"], "choices": ["A can.", "B can."]}
    ]
