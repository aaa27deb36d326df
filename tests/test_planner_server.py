"""The planner with the real client of OpenAI's protocol, against a server on loopback."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from architect.cli import plan as command
from architect.plan.planner import make_plan
from architect.settings import Settings
from tests.drafts import SPEC, broken, good
from tests.fixtures.chat_server import ChatServer, Reply, chat_server
from tests.reading import tables

KEY = "sk-canary-0123456789abcdef"


def ask(server: ChatServer, spec: str = SPEC, **settings: Any):
    chosen: dict[str, Any] = {"planner_model": "openai:a-model", "planner_api_key": SecretStr(KEY)}
    made = Settings(**{**chosen, "planner_base_url": server.url, **settings})
    return make_plan(spec, kind="llm", settings=made)


def test_a_plan_comes_by_the_servers_own_json_schema_mode():
    secret = "sbp_0123456789abcdef0123456789abcdef01234567"
    with chat_server(broken(), good()) as server:
        made = ask(server, f"{SPEC} The key is {secret}.", planner_input_price=1.0, planner_output_price=10.0)
    assert (made.planner.kind, made.planner.model, made.planner.attempts) == ("llm", "a-model", 2)
    assert made.planner.usage.model_dump() == {"input_tokens": 2000, "output_tokens": 400, "cost_usd": 0.006}
    assert tables(made) == {"notes", "tags"}
    first, second = server.asked
    wanted = first.body["response_format"]["json_schema"]
    assert (first.format, wanted["strict"], wanted["name"]) == ("json_schema", True, "Draft")
    assert "tools" not in first.body
    assert set(second.human) == {"violations", "tables", "other_tables"}
    for request in server.asked:
        assert request.headers.pop("authorization") == f"Bearer {KEY}"
        assert KEY not in request.raw + str(request.headers)
        assert secret not in request.raw
    assert KEY not in made.canonical_json()


def strict(schema: Any, path: str = "") -> None:
    """Fail where ``schema`` is not of the kind that strict modes take."""
    if isinstance(schema, list):
        for n, item in enumerate(schema):
            strict(item, f"{path}[{n}]")
    if not isinstance(schema, dict):
        return
    unknown = {"oneOf", "const", "default", "pattern", "discriminator", "maxLength", "minItems", "maxItems"}
    assert not unknown & schema.keys(), path
    if schema.get("type") == "object":
        assert schema["additionalProperties"] is False, path
        assert schema["required"] == list(schema["properties"]), path
    for key, inner in schema.items():
        if key in ("properties", "$defs"):
            for name, one in inner.items():
                strict(one, f"{path}.{name}")
        else:
            strict(inner, f"{path}.{key}")


def test_the_schema_is_one_that_strict_modes_take():
    with chat_server(broken(), good()) as server:
        ask(server)
    for request in server.asked:
        strict(request.body["response_format"]["json_schema"]["schema"])


def test_a_server_without_that_mode_is_asked_for_a_function_then_in_words():
    refusal = Reply(status=400)
    arguments = json.dumps(good())
    call = {"id": "1", "type": "function", "function": {"name": "Draft", "arguments": arguments}}
    by_call = {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "tool_calls",
                     "message": {"role": "assistant", "content": None, "tool_calls": [call]}}],
    }  # fmt: skip
    with chat_server(refusal, Reply(body=json.dumps(by_call).encode())) as server:
        made = ask(server)
    assert made.planner.kind == "llm", made.planner
    assert [request.format for request in server.asked] == ["json_schema", "tool"]
    with chat_server(refusal, refusal, Reply(f"Here:\n```json\n{arguments}\n```"), broken()) as server:
        made = ask(server)
    assert made.planner.kind == "llm", made.planner
    assert [request.format for request in server.asked] == ["json_schema", "tool", "text"]
    assert '"additionalProperties":false' in server.asked[2].body["messages"][0]["content"]


def test_a_server_that_ignores_the_mode_is_asked_in_another_way_for_the_next_draft():
    with chat_server(Reply("I think you need two tables."), good()) as server:
        made = ask(server)
    assert (made.planner.kind, made.planner.attempts) == ("llm", 2)
    assert [request.format for request in server.asked] == ["json_schema", "tool"]


@pytest.mark.parametrize(
    ("reply", "reason", "calls"),
    [
        (Reply("{", finish="length"), "truncated", 1),
        (Reply(refusal="I cannot help with that."), "refused", 1),
        (Reply("", finish="content_filter"), "refused", 1),
        (Reply(status=401), "unauthorized", 1),
        (Reply(status=404), "model_not_found", 1),
        (Reply(status=429, headers={"retry-after": "3600"}), "rate_limited", 1),
        (Reply(status=429, headers={"retry-after": "0"}), "rate_limited", 5),
        (Reply(status=500, headers={"retry-after": "0"}), "unavailable", 3),
        (Reply(status=422), "request_rejected", 3),
        (Reply(body=b" " * 60_000), "answer_too_large", 1),
        (Reply(body=gzip.compress(b" " * 10_000_000), headers={"content-encoding": "gzip"}),
         "answer_too_large", 1),
        (Reply(body=b"<html>"), "model_error", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_how_a_server_may_fail(reply: Reply, reason: str, calls: int):
    with chat_server(reply) as server:
        made = ask(server, planner_answer_bytes=50_000)
    assert (made.planner.kind, made.planner.fallback_reason) == ("reader", reason)
    assert len(server.asked) == calls
    if reason in ("truncated", "refused"):
        assert made.planner.usage.output_tokens == 200, "it was paid for"


def test_a_server_that_nobody_started_is_unavailable():
    with chat_server(good()) as server:
        pass
    made = ask(server, planner_seconds=0.4)
    assert (made.planner.kind, made.planner.fallback_reason) == ("reader", "unavailable")


def test_an_answer_that_trickles_in_holds_up_no_process():
    ended = threading.Event()
    with chat_server(Reply(trickle=ended, body=b" " * 600)) as server:
        env = {
            **os.environ, "ARCHITECT_PLANNER_MODEL": "openai:a-model", "ARCHITECT_PLANNER_SECONDS": "0.5",
            "ARCHITECT_PLANNER_BASE_URL": server.url,
        }  # fmt: skip
        try:
            done = subprocess.run(
                [sys.executable, "-m", "architect.cli.main", "plan", "-", "--json"], env=env, input=SPEC,
                text=True, capture_output=True, timeout=45,
            )  # fmt: skip
        finally:
            ended.set()
    assert json.loads(done.stdout)["planner"]["fallback_reason"] in ("timeout", "out_of_time")


def test_a_server_of_ones_own_gets_no_key_of_somebody_elses(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with chat_server(good()) as server:
        assert ask(server, planner_api_key=None).planner.kind == "llm"
    assert KEY not in str(server.asked[0].headers)


def test_the_command_plans_a_file_of_specs_with_a_model(monkeypatch: pytest.MonkeyPatch):
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    lines = "\n".join(json.dumps({"id": n, "text": SPEC}) for n in ("a", "b"))
    with chat_server(good(), broken(), good()) as server:
        monkeypatch.setenv("ARCHITECT_PLANNER_MODEL", "openai:a-model")
        monkeypatch.setenv("ARCHITECT_PLANNER_API_KEY", KEY)
        monkeypatch.setenv("ARCHITECT_PLANNER_BASE_URL", server.url)
        done = CliRunner().invoke(app, ["plan", "--jsonl", "--planner", "llm"], input=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", "b"]
    for answer in answers:
        found = {t["name"]: t for t in answer["plan"]["tables"]}
        assert set(found) == {"notes", "tags"}
        assert {"name": "title", "type": "text", "origin": "spec"} in found["notes"]["columns"]
    assert len(server.asked) == 3
