"""The fault switch itself: each kind is what it says, and it is only there for tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fixtures.platform import Platform

FAULTS = "/platform/fixtures/faults"


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=platform.api_url,
        headers={"authorization": f"Bearer {platform.token}"},
        timeout=30,
        trust_env=False,
    ) as client:
        client.delete(FAULTS)
        yield client
        client.delete(FAULTS)


def arm(api: httpx.Client, kind: str, **more: Any) -> None:
    answer = api.post(FAULTS, json={"kind": kind, "path": "^/v1/organizations$", **more})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("kind", "more", "status", "retry_after"),
    [
        ("429", {"retry_after": 2}, 429, "2"),
        ("429", {}, 429, None),
        ("500", {}, 500, None),
        ("500_after", {}, 500, None),
        ("ready_before_usable", {}, 503, None),
    ],
)
def test_a_refusal_strikes_as_often_as_it_is_told(
    api: httpx.Client, kind: str, more: dict[str, Any], status: int, retry_after: str | None
) -> None:
    arm(api, kind, times=2, skip=1, method="get", **more)
    answers = [api.get("/v1/organizations") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, status, status, 200]
    assert answers[1].json()["message"]
    assert answers[1].headers.get("retry-after") == retry_after
    assert api.get("/v1/projects").status_code == 200
    assert [f["fired"] for f in api.delete(FAULTS).json()] == [2]
    assert api.get(FAULTS).json() == []


def test_an_answer_is_cut_short(api: httpx.Client) -> None:
    whole = api.get("/v1/organizations").text
    arm(api, "truncated")
    cut = api.get("/v1/organizations").text
    assert whole.startswith(cut)
    assert len(cut) < len(whole)


def test_an_answer_trickles(api: httpx.Client) -> None:
    whole = api.get("/v1/organizations").content
    arm(api, "slow", delay_ms=400)
    with api.stream("GET", "/v1/organizations") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == whole
    assert len(pieces) > 1


def test_a_change_is_made_and_its_answer_lost(api: httpx.Client, platform: Platform) -> None:
    path = f"/v1/projects/{platform.workspace_ref}/branches"
    for kind, name in (("500_after", "made-500"), ("drop_after", "made-dropped")):
        arm(api, kind, path="/branches$", method="POST")
        if kind == "drop_after":
            with pytest.raises(httpx.RemoteProtocolError):
                api.post(path, json={"branch_name": name})
        else:
            assert api.post(path, json={"branch_name": name}).status_code == 500
        made = next(b for b in api.get(path).json() if b["name"] == name)
        assert api.delete(f"/v1/branches/{made['id']}").status_code == 200


def test_a_branch_ends_in_failed_migrations(api: httpx.Client, platform: Platform) -> None:
    path = f"/v1/projects/{platform.workspace_ref}/branches"
    arm(api, "migrations_failed", path="/branches$", method="POST")
    made = api.post(path, json={"branch_name": "failed-migrations"}).json()
    assert made["status"] == "MIGRATIONS_FAILED"
    assert [b["status"] for b in api.get(path).json() if b["id"] == made["id"]] == ["MIGRATIONS_FAILED"]
    api.delete(f"/v1/branches/{made['id']}")


@pytest.mark.parametrize(
    "body",
    [{"kind": "meteor"}, {"kind": "500", "path": "("}, {"kind": "500", "times": 0}, {"kind": "500", "x": 1}],
)
def test_a_fault_that_makes_no_sense_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    assert api.post(FAULTS, json=body).status_code == 400
    assert api.get(FAULTS).json() == []


def test_nobody_without_the_token_arms_anything(api: httpx.Client) -> None:
    refused = api.post(FAULTS, json={"kind": "500"}, headers={"authorization": "Bearer nope"})
    assert refused.status_code == 401
