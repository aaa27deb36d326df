"""Through REST and Auth strangers get just what the plan promises, and the proof leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from architect.catalog.rest_proof import prove, remove_users_sql
from architect.errors import AccessMismatch, ProvisionError
from architect.plan.model import Plan
from architect.plan.templates import template
from architect.render import render
from architect.sql import quote_identifier
from tests.faults import ALWAYS, switch
from tests.fixtures.platform import Platform


class Environment:
    """A branch that a plan was applied to."""

    def __init__(self, platform: Platform, ref: str, plan: Plan) -> None:
        self.platform = platform
        self.ref = ref
        self.plan = plan
        with platform.client() as client:
            for step in render(plan):
                body = {"name": step.name, "query": step.sql}
                answer = client.post(f"/projects/{ref}/database/migrations", json=body)
                assert answer.status_code < 300, answer.text

    def prove(self) -> dict[str, Any]:
        keys = self.platform.keys(self.ref)
        return prove(
            self.plan,
            url=self.platform.env_url(self.ref),
            publishable_key=keys["publishable"],
            secret_key=keys["secret"],
            remove_users=lambda users: self.platform.sql(self.ref, remove_users_sql(users)),
        )

    def leftovers(self) -> tuple[list[str], int]:
        """Tables that hold rows, and the number of users."""
        names = [t.name for t in self.plan.tables]
        counts = [self.count(quote_identifier("public", name)) for name in names]
        return [n for n, count in zip(names, counts, strict=True) if count], self.count("auth.users")

    def fingerprint(self) -> Any:
        return self.platform.sql(self.ref, "select public.catalog_fingerprint() as f")[0]["f"]

    def count(self, table: str) -> int:
        rows = self.platform.sql(self.ref, f"select count(*) as n from {table}")
        return int(rows[0]["n"])


@pytest.fixture
def marketplace(platform: Platform, branch: str) -> Environment:
    return Environment(platform, branch, template("marketplace"))


@pytest.mark.parametrize("name", ["marketplace", "saas"])
def test_every_promise_holds_through_rest(platform: Platform, branch: str, name: str) -> None:
    environment = Environment(platform, branch, template(name))
    before = environment.fingerprint()
    result = environment.prove()
    checks = result["checks"]
    assert environment.fingerprint() == before
    assert result["ok"] is True
    assert {c["table"] for c in checks} == {t.name for t in environment.plan.tables}
    assert {c["identity"] for c in checks} == {"anon", "owner", "other"}
    assert any(c["promised"] and c["identity"] == "owner" and c["what"].startswith("insert") for c in checks)
    assert environment.leftovers() == ([], 0)


HOLES = {
    "anon reads": (
        "grant select on public.bids to anon;"
        "create policy hole on public.bids for select to anon using (true)",
        "anon",
        "read the owner's row of",
    ),
    "another user reads": (
        "alter policy bids_select on public.bids using (true)",
        "other",
        "read the owner's row of",
    ),
    "another user deletes": (
        "alter policy listings_delete on public.listings using (true)",
        "other",
        "delete the owner's row of",
    ),
    "another user changes": (
        "alter policy listings_update on public.listings using (true) with check (true)",
        "other",
        "change the owner's row of",
    ),
    "another user forges": (
        "alter policy bids_insert on public.bids with check (true)",
        "other",
        "insert a row in the owner's name into",
    ),
    "the owner is locked out": ("drop policy bids_insert on public.bids", "owner", "insert her row into"),
}


#: The others go the same way through other verbs.
SHORT = ("anon reads", "another user forges", "the owner is locked out")


@pytest.mark.parametrize(
    "hole", [hole if hole in SHORT else pytest.param(hole, marks=pytest.mark.long) for hole in HOLES]
)
def test_a_planted_hole_is_named_and_nothing_stays(marketplace: Environment, hole: str) -> None:
    sql, identity, what = HOLES[hole]
    marketplace.platform.sql(marketplace.ref, sql)
    with pytest.raises(AccessMismatch) as caught:
        marketplace.prove()
    found = {(c["identity"], c["what"]) for c in caught.value.details["failed"]}
    assert (identity, what) in found
    assert marketplace.leftovers() == ([], 0)


def test_without_the_secret_key_nothing_is_written(marketplace: Environment) -> None:
    key = marketplace.platform.keys(marketplace.ref)["publishable"]
    result = prove(marketplace.plan, url=marketplace.platform.env_url(marketplace.ref), publishable_key=key)
    assert result["users"] == 0
    assert {c["identity"] for c in result["checks"]} == {"anon"}
    assert marketplace.leftovers() == ([], 0)


def test_an_environment_that_does_not_answer_is_no_proof() -> None:
    with pytest.raises(ProvisionError):
        prove(template("marketplace"), url="http://127.0.0.1:1", publishable_key="sb_publishable_x")


def test_a_gateway_that_is_broken_denies_nothing_and_proves_nothing(marketplace: Environment) -> None:
    platform = marketplace.platform
    with switch(platform.api_url, platform.token, platform.workspace_ref) as faults:
        faults.arm("GET", f"^/p/{marketplace.ref}/rest/", "500", times=ALWAYS)
        with pytest.raises(ProvisionError, match="REST did not answer"):
            marketplace.prove()
        faults.disarm()
        # The answer to a sign-up is lost: somebody was signed up, and nobody was told her id.
        faults.arm("POST", f"^/p/{marketplace.ref}/auth/v1/signup", "500_after")
        with pytest.raises(ProvisionError, match="signed up"):
            marketplace.prove()
        assert list(faults.fired().values()) == [1]
    assert marketplace.leftovers() == ([], 0)
