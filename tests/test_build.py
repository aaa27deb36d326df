"""A spec becomes a running, proven backend: the real command on the real stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from postgrest.exceptions import APIError

from supabase import Client, ClientOptions, create_client
from tests.fixtures.examples import Examples
from tests.fixtures.stack import EXAMPLES, Stack

pytestmark = pytest.mark.stack

#: What each example asks for, as a person reads it. Tables that nobody signed out may see anything of.
ASKED: dict[str, dict[str, Any]] = {
    "marketplace": {
        "tables": {"listings", "bids", "orders"},
        "public": {"listings"},
    },
    "saas": {"tables": {"organizations", "memberships", "projects"}, "public": set()},
    "clinic": {
        "tables": {"patients", "doctors", "appointments"},
        "public": {"doctors"},
    },
}
CONTRACT = {
    "node_started", "node_completed", "plan_created", "cost_confirmed", "environment_created",
    "migration_started", "table_created", "rls_enabled", "policy_created", "edge_function_deployed",
    "analytics_configured", "access_verified", "expectation_recorded", "build_succeeded",
}  # fmt: skip
NODES = [
    "ingest_vibe", "generate_plan", "provision_environment", "apply_migrations", "configure_rls",
    "deploy_edge_functions", "configure_analytics", "finalize",
]  # fmt: skip


TABLES = """
select relname, relrowsecurity from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
"""


@pytest.fixture(scope="module")
def built(examples: Examples) -> dict[str, dict[str, Any]]:
    """Each example, built by the command."""
    return {name: examples(name) for name in ASKED}


@pytest.mark.parametrize("name", ASKED)
def test_the_session_on_the_wire(built: dict[str, dict[str, Any]], name: str) -> None:
    session = built[name]
    assert session["status"] == "succeeded"
    assert set(session) == {"id", "status", "template", "vibeText", "options", "environment", "outputs"}
    assert session["vibeText"] == (EXAMPLES / f"{name}.md").read_text(encoding="utf-8")
    assert session["outputs"]["accessMatrix"]["cells"] > 50
    assert session["outputs"]["analytics"]["rows"]


@pytest.mark.parametrize("name", ASKED)
def test_what_the_spec_asks_for_is_in_the_database(
    stack: Stack, built: dict[str, dict[str, Any]], name: str
) -> None:
    database = f"env_{built[name]['environment']['ref']}"
    tables = stack.rows(TABLES, database=database)
    assert ASKED[name]["tables"] <= {row["relname"] for row in tables}
    assert all(row["relrowsecurity"] for row in tables)
    live = stack.rows(
        "select tablename, policyname from pg_policies where schemaname = 'public'", database=database
    )
    planned = {
        (table["name"], policy) for table in built[name]["outputs"]["tables"] for policy in table["policies"]
    }
    assert planned, "the plan names its policies"
    assert {row["tablename"] for row in live} == {row["relname"] for row in tables}
    assert {row["tablename"] for row in live} == {table for table, _ in planned}


@pytest.mark.parametrize("name", ASKED)
def test_anon_through_rest_sees_only_what_is_public(
    stack: Stack, built: dict[str, dict[str, Any]], name: str
) -> None:
    outputs = built[name]["outputs"]
    matrix = outputs["accessMatrix"]["tables"]
    with httpx.Client(timeout=30) as http:
        options = ClientOptions(httpx_client=http, auto_refresh_token=False)
        client = create_client(outputs["url"], outputs["publishableKey"], options)
        for table in ASKED[name]["tables"]:
            if table in ASKED[name]["public"]:
                assert client.table(table).select("*").execute().data == []
                assert matrix[table]["select"]["anon"] != "deny"
            else:
                assert read_as_anon(client, table) in ("empty", "denied")
                assert matrix[table]["select"]["anon"] == "deny"


def read_as_anon(client: Client, table: str) -> str:
    try:
        return "rows" if client.table(table).select("*").execute().data else "empty"
    except APIError as error:
        return "denied" if error.code == "42501" else f"failed: {error}"


@pytest.mark.parametrize("name", ASKED)
def test_events_tell_the_whole_build(stack: Stack, built: dict[str, dict[str, Any]], name: str) -> None:
    events = stack.events(built[name]["id"])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["type"] for event in events} == CONTRACT
    assert [e["payload"]["node"] for e in events if e["type"] == "node_completed"] == NODES
    assert events[-2]["type"] == "build_succeeded"


def test_every_change_went_through_mcp_and_is_logged(stack: Stack, built: dict[str, dict[str, Any]]) -> None:
    events = stack.events(built["marketplace"]["id"])
    calls = [call for event in events for call in event["payload"].get("tool_calls", [])]
    assert [call["n"] for call in calls] == list(range(1, len(calls) + 1))
    tools = [call["tool"] for call in calls]
    for tool in ("confirm_cost", "create_branch", "apply_migration", "deploy_edge_function", "list_tables",
                 "get_advisors", "execute_sql"):  # fmt: skip
        assert tool in tools
    assert tools.count("apply_migration") == 5, "one migration per concern"
    assert all(call["ok"] and call["result_digest"] and call["ms"] >= 0 for call in calls)


def test_drift_check_answers_the_service_key_only(stack: Stack, built: dict[str, dict[str, Any]]) -> None:
    outputs = built["marketplace"]["outputs"]
    url = next(f["url"] for f in outputs["functions"] if f["slug"] == "drift_check")
    ref = built["marketplace"]["environment"]["ref"]
    keys = stack.rows("select * from environments where ref = %(ref)s", {"ref": ref}, database="platform")[0]
    service = {"authorization": f"Bearer {keys['service_role_key']}", "apikey": keys["service_role_key"]}
    anon = {"authorization": f"Bearer {keys['anon_key']}", "apikey": keys["anon_key"]}
    answer = httpx.post(url, headers=service, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json()["fingerprint"] == outputs["fingerprint"]
    assert httpx.post(url, headers=anon, timeout=30).status_code == 403
    assert httpx.post(url, timeout=30).status_code == 401


def test_the_summary_shows_the_proof(stack: Stack, built: dict[str, dict[str, Any]]) -> None:
    shown = stack.architect("show", built["marketplace"]["id"]).stdout
    outputs = built["marketplace"]["outputs"]
    for text in (outputs["url"], outputs["publishableKey"], "listings", "drift_check", "architect down"):
        assert text in shown


def test_queries_carry_their_provenance(stack: Stack, built: dict[str, dict[str, Any]]) -> None:
    done = stack.architect("query", built["marketplace"]["id"], "--json")
    answer = json.loads(done.stdout)
    assert answer["rows"]
    assert answer["provenance"]["files_total"] >= answer["provenance"]["files_scanned"] > 0


@pytest.mark.parametrize(
    ("text", "template", "said"),
    [
        pytest.param("", "blank", "empty", id="empty"),
        pytest.param("   \n\t ", "blank", "empty", id="blank"),
        pytest.param("A shop\x00; drop", "blank", "control character", id="nul"),
        pytest.param("A shop with items.", "shop", "shop", id="unknown-template"),
    ],
)
def test_bad_input_is_refused_before_anything_begins(
    stack: Stack, tmp_path: Path, text: str, template: str, said: str
) -> None:
    spec = tmp_path / "spec.md"
    spec.write_text(text, encoding="utf-8")
    before = stack.environments(), stack.rows("select count(*) from build_sessions")
    done = stack.architect("build", str(spec), "--template", template, "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert said.lower() in error["message"].lower()
    assert error["hint"]
    assert (stack.environments(), stack.rows("select count(*) from build_sessions")) == before
