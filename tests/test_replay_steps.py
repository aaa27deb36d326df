"""Of a log with retries, kills and several environments those calls count that had an effect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from architect.errors import NotReplayable
from architect.provision import replay_steps
from architect.provision.replay_steps import Evidence, Original
from architect.sessions import ToolCall

ENV, BASE, OLD = "e" * 20, "b" * 20, "o" * 20
ORIGINAL = Original("branch", "build-x-2", ENV, "id-e", BASE)
NOTHING = Evidence(frozenset(), frozenset())


def call(n: int, tool: str, ok: bool | None = True, **arguments: Any) -> ToolCall:
    replayable = arguments.pop("replayable", True)
    error = arguments.pop("error", None)
    return ToolCall(
        n=n, server="supabase", tool=tool, arguments={"project_id": ENV, **arguments}, ok=ok, ms=1.0,
        started_at=datetime.now(UTC), result_digest=None, error=error, replayable=replayable,
        result_rule=None,
    )  # fmt: skip


def actions(
    calls: list[ToolCall], *, succeeded: bool = True, evidence: Evidence | None = NOTHING
) -> list[str]:
    plan = replay_steps.steps(calls, ORIGINAL, succeeded=succeeded, evidence=evidence)
    assert all(step.why for step in plan if step.action != "replay")
    return [step.action for step in plan]


def test_what_makes_and_removes_the_environment_is_represented() -> None:
    tools = ["list_branches", "get_cost", "confirm_cost", "create_branch", "delete_branch", "create_project"]
    assert actions([call(n, tool, project_id=BASE) for n, tool in enumerate(tools, 1)]) == ["represented"] * 6


def test_other_environments_are_left_alone() -> None:
    calls = [
        call(1, "execute_sql", project_id=BASE, query="select 1"),
        call(2, "apply_migration", project_id=OLD, name="tables"),
        call(3, "merge_branch", branch_id="id-e"),
        call(4, "apply_migration", name="tables"),
        call(5, "get_advisors", type="security"),
    ]
    assert actions(calls) == ["skip", "skip", "skip", "replay", "replay"]
    assert replay_steps.steps(calls, ORIGINAL, succeeded=True, evidence=None)[0].why.endswith("never touches")


@pytest.mark.parametrize("ok", [None, False], ids=["killed", "failed"])
def test_a_call_without_a_good_end_counts_when_its_effect_stood(ok: bool | None) -> None:
    first = call(1, "apply_migration", ok, name="tables_1", query="create table a ()")
    again = call(2, "apply_migration", name="tables_1", query="create table a ()")
    assert actions([first]) == ["skip"], "the ledger does not show it"
    assert actions([first], evidence=Evidence(frozenset({"tables_1"}), frozenset())) == ["replay"]
    assert actions([first, again]) == ["skip", "replay"], "the second did it"
    assert actions([first], evidence=None) == ["replay"], "nobody did it again, and the build succeeded"
    assert actions([first], evidence=None, succeeded=False) == ["skip"]

    deploy = call(1, "deploy_edge_function", ok, name="hello", files=[])
    other = call(2, "deploy_edge_function", name="hello", files=[{"name": "index.ts"}])
    assert actions([deploy], evidence=Evidence(frozenset(), frozenset({"hello"}))) == ["replay"]
    assert actions([deploy, other]) == ["skip", "replay"]
    assert actions([call(1, "execute_sql", ok, query="insert into a default values")]) == ["skip"]


def test_what_postgres_refused_had_no_effect() -> None:
    said = "apply_migration: Failed to run sql query: ERROR:  42P01: relation does not exist"
    assert actions([call(1, "apply_migration", False, name="x", error=said)], evidence=None) == ["skip"]


def test_addresses_are_changed_and_contents_are_not() -> None:
    given = {"project_id": ENV, "query": f"select '{ENV}'", "name": "x"}
    assert replay_steps.remapped(given, ORIGINAL, "n" * 20, "id-n") == {**given, "project_id": "n" * 20}
    assert replay_steps.remapped({"branch_id": "id-e"}, ORIGINAL, "n" * 20, "id-n") == {"branch_id": "id-n"}
    sql = {"query": "select from l where version = '20261121072941' and n = 20261121072942"}
    assert replay_steps.with_versions(sql, {"20261121072941": "20270101000000"}) == {
        "query": "select from l where version = '20270101000000' and n = 20261121072942"
    }


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"$text": ["select '", {"$secret": "mail.api-key"}, "'"]}
    plan = replay_steps.steps([call(1, "execute_sql", query=query)], ORIGINAL, succeeded=True, evidence=None)
    with pytest.raises(NotReplayable, match="ARCHITECT_SECRET_MAIL_API_KEY"):
        replay_steps.secrets_for(plan)
    monkeypatch.setenv("ARCHITECT_SECRET_MAIL_API_KEY", "value-of-the-key")
    assert replay_steps.secrets_for(plan).resolve(query) == "select 'value-of-the-key'"


def test_a_call_that_the_log_does_not_hold_whole_is_not_replayed() -> None:
    torn = [call(1, "execute_sql", query="select '[redacted:jwt:00000000]'", replayable=False)]
    plan = replay_steps.steps(torn, ORIGINAL, succeeded=True, evidence=None)
    with pytest.raises(NotReplayable, match=r"call 1 \(execute_sql\)"):
        replay_steps.secrets_for(plan)
    skipped = replay_steps.steps(
        [torn[0].model_copy(update={"ok": False})], ORIGINAL, succeeded=True, evidence=NOTHING
    )
    assert repr(replay_steps.secrets_for(skipped)) == "SecretRegistry([])"
