"""The logs endpoint: what happened is there, secrets are not, and a query reads nothing else."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from architect.embedded.platform import log_query
from architect.embedded.platform.logs import without_literals
from tests.fixtures.platform import Platform

NOISY = "console.log('canary from inside'); Deno.serve(() => new Response('x', { status: 418 }));"
SECRET = "canary-literal-in-a-statement"


def entry(source: str, message: str, **attributes: str) -> dict[str, Any]:
    at = datetime(2026, 1, 1, 12, 34, 56, 789000, tzinfo=UTC)
    return {
        "id": uuid.uuid4(), "at": at, "source": source, "message": message, "severity": "INFO",
        "attributes": attributes,
    }  # fmt: skip


ENTRIES = [
    entry("edge_logs", "GET | 200 | /rest/v1/t", **{"request.method": "GET", "response.status_code": "200"}),
    entry(
        "edge_logs", "POST | 503 | /rest/v1/t", **{"request.method": "POST", "response.status_code": "503"}
    ),
    entry("function_logs", "hello", level="log", special="only here"),
]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select distinct source from logs where source like 'e%'", [{"source": "edge_logs"}]),
        ("select count() as n, countIf(source = 'edge_logs') as edge from logs", [{"n": 3, "edge": 2}]),
        (
            "select toStartOfHour(timestamp) as hour, uniq(source) as n from logs group by hour",
            [{"hour": "2026-01-01 12:00:00", "n": 2}],
        ),
        (
            "select log_attributes['request.method'] as method from logs"
            " where toInt32OrZero(log_attributes['response.status_code']) >= 500",
            [{"method": "POST"}],
        ),
        (
            "select multiIf(source = 'edge_logs',"
            " if(toInt32OrZero(log_attributes['response.status_code']) >= 500, 'error', 'info'),"
            " log_attributes['nowhere'] = 'x', 'no', 'other') as level,"
            " toUnixTimestamp64Milli(timestamp) as ms from logs order by level",
            [{"level": level, "ms": 1767270896789} for level in ("error", "info", "other")],
        ),
        # A key that a row lacks is empty, as in ClickHouse.
        ("select count(*) as n from logs where log_attributes['special'] = ''", [{"n": 2}]),
        (
            "select timestamp from logs where event_message ilike '%HELLO%'",
            [{"timestamp": "2026-01-01 12:34:56.789000"}],
        ),
        ("select count(*) as n from logs where timestamp > now() - interval 1 hour", [{"n": 0}]),
        ("with e as (select * from logs where match(source, '^e')) select count(*) as n from e", [{"n": 2}]),
    ],
)  # fmt: skip
def test_select_in_clickhouse_words(sql: str, rows: list[dict[str, Any]]) -> None:
    assert log_query.run(sql, ENTRIES) == rows


@pytest.mark.parametrize(
    "sql",
    [
        "drop table logs",
        "select 1; select 2",
        "select",
        "insert into logs select * from logs",
        "copy logs to '/tmp/canary.csv'",
        "attach '/tmp/canary.db'",
        "install httpfs",
        "set threads = 8",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from 'https://example.com/x.csv'",
        "select * from glob('/*')",
        "select * from ENTRIES",
        "select * from entries",
        "select * from duckdb_settings()",
        "select current_setting('home_directory')",
        "select * from nope",
        "select quantile(0.95)(1) from logs",
        "select repeat('x', 1000000000000)",
    ],
)
def test_anything_else_is_refused(sql: str) -> None:
    with pytest.raises(log_query.BadQuery):
        log_query.run(sql, ENTRIES)


def test_endless_query_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_query, "MAX_SECONDS", 0.2)
    endless = "select count(*) from range(1000000000000) where hash(range) = 0"
    with pytest.raises(log_query.BadQuery, match="longer than"):
        log_query.run(endless, ENTRIES)


def test_literals_are_taken_out() -> None:
    sql = "select 'a''b', $$c$$, $x$d'$x$, E'i\\'j', $1 from \"f'g\" where k = 'l' -- m\n/* n */ and o = 'p"
    found = without_literals(sql)
    assert found == "select '?', '?', '?', '?', $1 from \"f'g\" where k = '?' \n and o = '?'"


def test_what_happened_is_in_the_logs(platform: Platform, branch: str) -> None:
    keys = platform.keys(branch)
    with pytest.raises(AssertionError):
        platform.sql(branch, "select * from nowhere_to_be_found")
    platform.sql(branch, f"select '{SECRET}'")
    platform.deploy(branch, "noisy", {"index.ts": NOISY}, verify_jwt=False)
    assert platform.call(branch, "noisy").status_code == 418
    asked = []
    for path in ("rest/v1/nope", "auth/v1/health", "storage/v1/bucket"):
        url = f"{platform.env_url(branch)}/{path}"
        answer = httpx.get(url, params={"apikey": keys["secret"], "a": "b"}, trust_env=False)
        asked.append(f"GET | {answer.status_code} | /{path}")
    found = _wait_for(platform, branch, "canary from inside")
    sources = {row["source"] for row in found}
    assert {
        "edge_logs",
        "postgres_logs",
        "function_logs",
        "function_edge_logs",
        "auth_logs",
        "storage_logs",
    } <= sources
    texts = [row["event_message"] for row in found]
    assert 'relation "nowhere_to_be_found" does not exist' in texts
    assert "statement: select '?'" in texts
    assert set(asked) <= set(texts)
    assert not [secret for secret in (SECRET, keys["secret"], keys["publishable"]) if secret in str(found)]
    invoked = _logs(
        platform, branch,
        "select log_attributes['response.status_code'] as status, log_attributes['request.search'] as search"
        " from logs where source in ('function_edge_logs', 'edge_logs')",
    )  # fmt: skip
    assert {"status": "418", "search": ""} in invoked.json()["result"]
    assert "?a=b" in {row["search"] for row in invoked.json()["result"]}
    # Another environment's logs are its own.
    elsewhere = _logs(platform, platform.workspace_ref, "select event_message from logs")
    assert "nowhere_to_be_found" not in elsewhere.text


async def test_the_mcp_server_reads_every_service(platform: Platform, branch: str) -> None:
    platform.sql(branch, "select 1")
    services = (
        "api",
        "branch-action",
        "postgres",
        "edge-function",
        "edge-function-runtime",
        "auth",
        "storage",
        "realtime",
    )
    async with platform.mcp() as mcp:
        for service in services:
            answer = str(await mcp.call("get_logs", project_id=branch, service=service))
            assert "result" in answer
            assert ("statement: select 1" in answer) is (service == "postgres")
        answer = await mcp.call(
            "query_logs", project_id=branch, sql="select count(*) as n from logs where false"
        )
        assert '"n": 0' in str(answer) or '"n":0' in str(answer)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (
            {"iso_timestamp_start": "2026-01-01T00:00:00Z", "iso_timestamp_end": "2026-01-02T00:01:00Z"},
            "24 hours",
        ),
        (
            {"iso_timestamp_start": "2026-01-02T00:00:00Z", "iso_timestamp_end": "2026-01-01T00:00:00Z"},
            "before",
        ),
        ({"iso_timestamp_start": "yesterday"}, "ISO 8601"),
        ({"sql": "drop table logs"}, "SELECT"),
    ],
)
def test_bad_windows_and_queries_answer_400(platform: Platform, window: dict[str, str], message: str) -> None:
    with platform.client() as api:
        answer = api.get(f"/projects/{platform.workspace_ref}/analytics/endpoints/logs", params=window)
        assert answer.status_code == 400
        assert message in answer.json()["message"]
        gone = api.get(f"/projects/{platform.workspace_ref}/analytics/endpoints/logs.all")
        assert gone.status_code == 410


def _logs(platform: Platform, ref: str, sql: str) -> httpx.Response:
    end = datetime.now(UTC)
    window = {
        "iso_timestamp_start": (end - timedelta(hours=1)).isoformat(),
        "iso_timestamp_end": end.isoformat(),
    }
    with platform.client() as api:
        answer = api.get(f"/projects/{ref}/analytics/endpoints/logs", params={"sql": sql, **window})
    assert answer.status_code == 200, answer.text
    return answer


def _wait_for(platform: Platform, ref: str, message: str) -> list[dict[str, Any]]:
    """Everything logged, once ``message`` is there: a function's output comes by a pipe of its own."""
    deadline = time.monotonic() + 20
    while True:
        rows = _logs(platform, ref, "select source, event_message from logs").json()["result"]
        if message in {row["event_message"] for row in rows} or time.monotonic() > deadline:
            return rows
        time.sleep(0.1)
