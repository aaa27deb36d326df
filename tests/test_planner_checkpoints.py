"""Finished steps of a model's planner are kept in the control plane: a killed build pays for none twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import psycopg
import pytest
from langchain_core.messages import AIMessage
from psycopg import sql
from psycopg.rows import dict_row

from architect.plan import llm
from architect.plan.llm.checkpoints import open_checkpoints
from architect.plan.planner import make_plan
from architect.plan.templates import template
from architect.sessions import BuildOptions, ControlPlane, Session
from architect.spec.chunker import chunk
from tests.drafts import SPEC, Scripted, broken, good, model
from tests.fixtures.chat_server import Asked, ChatServer, Reply, chat_server
from tests.fixtures.stack import REPOSITORY, Stack

TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


class Killed(BaseException):
    """What ends a process, as far as a thread can tell."""


class Mortal(Scripted):
    """Dies instead of giving its last answer."""

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        try:
            return super()._generate(messages, stop, run_manager, **kwargs)
        except (StopIteration, RuntimeError):
            raise Killed from None


def mortal(*drafts: dict[str, Any]) -> Mortal:
    return Mortal(messages=iter([AIMessage(content=json.dumps(d)) for d in drafts]), asked=[])


def kept(dsn: str) -> dict[str, int]:
    """Rows of each table of checkpoints."""
    with psycopg.connect(dsn) as connection:
        count = sql.SQL("select count(*) from planner.{}")
        found = {t: connection.execute(count.format(sql.Identifier(t))).fetchone() for t in TABLES}
    return {name: row[0] for name, row in found.items() if row and row[0]}


def layout(connection: psycopg.Connection[Any], schema: str) -> list[Any]:
    """Columns and indexes of a schema's tables."""
    columns = connection.execute(
        "select table_name, column_name, data_type, is_nullable, column_default"
        " from information_schema.columns"
        " where table_schema = %s order by 1, 2",
        (schema,),
    ).fetchall()
    indexes = connection.execute(
        "select tablename, indexname, replace(indexdef, schemaname || '.', '') from pg_indexes"
        " where schemaname = %s order by 1, 2",
        (schema,),
    ).fetchall()
    versions = connection.execute(
        sql.SQL("select v from {}.checkpoint_migrations order by v").format(sql.Identifier(schema))
    ).fetchall()
    return [*columns, *indexes, *versions]


def test_the_migration_makes_what_the_library_would_make(control_dsn: str) -> None:
    from langgraph.checkpoint.postgres import PostgresSaver

    with psycopg.connect(control_dsn, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("create schema theirs")
        connection.execute("set search_path = theirs")
        PostgresSaver(connection).setup()
        assert layout(connection, "planner") == layout(connection, "theirs")
        before = layout(connection, "planner")
        connection.execute("set search_path = planner")
        PostgresSaver(connection).setup()
        assert layout(connection, "planner") == before, "a newer library wants more than the migration makes"


def test_only_the_service_reaches_the_checkpoints(control_dsn: str) -> None:
    with psycopg.connect(control_dsn) as connection:
        rows = connection.execute(
            "select c.relname, c.relrowsecurity, has_schema_privilege(r, 'planner', 'usage'),"
            " has_table_privilege(r, c.oid, 'select, insert, update, delete'), r"
            " from pg_class c, unnest(array['anon', 'authenticated', 'service_role']) r"
            " where c.relnamespace = 'planner'::regnamespace and c.relkind = 'r'"
        ).fetchall()
    assert len(rows) == 12
    assert all(row[1] for row in rows)
    reached = {(row[0], row[4]) for row in rows if row[2] or row[3]}
    assert {role for _, role in reached} == {"service_role"}


@dataclass
class Chosen:
    """A type that somebody wrote into a row."""

    made: ClassVar[int] = 0
    value: str = ""

    def __post_init__(self) -> None:
        Chosen.made += 1


def test_no_type_is_made_of_a_row_but_plain_ones(control_dsn: str) -> None:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    row = JsonPlusSerializer(allowed_msgpack_modules=True).dumps_typed(Chosen("x"))
    assert JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(row) == Chosen("x")
    before = Chosen.made
    with open_checkpoints(control_dsn) as saver:
        assert not isinstance(saver.serde.loads_typed(row), Chosen)
    assert Chosen.made == before


def test_a_planner_that_died_goes_on_where_it_stopped(control_dsn: str) -> None:
    places = {"checkpoints": partial(open_checkpoints, control_dsn), "thread": "a-session:1"}
    secret = "sbp_0123456789abcdef0123456789abcdef01234567"
    spec = f"{SPEC} The key is {secret}."
    first = mortal(broken())
    with pytest.raises(Killed):
        make_plan(spec, kind="llm", chat_model=first, **places)
    assert len(first.asked) == 2, "the draft, and the repair it died over"
    assert set(kept(control_dsn)) == set(TABLES)
    with psycopg.connect(control_dsn) as connection:
        blobs = connection.execute(
            "select string_agg(encode(blob, 'escape'), ' ') from planner.checkpoint_blobs"
        ).fetchone()
    assert blobs is not None
    assert "notes" in blobs[0]
    assert secret not in blobs[0]

    second = mortal(good())
    made = make_plan(spec, kind="llm", chat_model=second, **places)
    assert (made.planner.kind, made.planner.attempts) == ("llm", 2)
    assert [json.loads(m[-1].content).keys() for m in second.asked] == [
        {"violations", "tables", "other_tables"}
    ]
    third = mortal()
    again = make_plan(spec, kind="llm", chat_model=third, **places)
    assert (again.digest(), third.asked) == (made.digest(), []), "the plan is kept until it is stored"

    other = mortal(good())
    make_plan(SPEC + " Each tag has a colour.", kind="llm", chat_model=other, **places)
    assert len(other.asked) == 1, "another spec is another thread"


def test_a_failure_that_may_pass_is_not_kept(control_dsn: str) -> None:
    class Unauthorized(Exception):
        status_code = 401

    class Refusing(Scripted):
        def _generate(self, *_arguments: Any, **_options: Any) -> Any:
            raise Unauthorized

    places = {"checkpoints": partial(open_checkpoints, control_dsn), "thread": "a-session:1"}
    done = llm.plan(chunk(SPEC), template("blank"), Refusing(messages=iter([])), **places)
    assert done.record.fallback_reason == "unauthorized"
    assert kept(control_dsn) == {}


async def test_checkpoints_go_with_their_session(control_plane: ControlPlane, control_dsn: str) -> None:
    async def session() -> Session:
        return await control_plane.create_session(spec_text=SPEC, template="blank", options=BuildOptions())

    async def planned(thread: str) -> None:
        make_plan(
            SPEC, kind="llm", chat_model=model(good()), checkpoints=control_plane.checkpoints, thread=thread
        )

    running, ended, failed = await session(), await session(), await session()
    for made in (running, ended, failed):
        await planned(f"{made.id}:1")
    await planned("00000000-0000-4000-8000-000000000000:1")
    for made, status in ((ended, "canceled"), (failed, "failed")):
        await control_plane.fail(made.id, {"error": {"code": "x", "message": "x"}}, status=status)
    assert await control_plane.forget_ended_planning() == 2, "a failed session may be tried again"
    assert await control_plane.forget_ended_planning(kept_s=0) == 1
    assert kept(control_dsn), "what runs keeps its own"
    await control_plane.forget_planning(running.id)
    assert kept(control_dsn) == {}


class Stalling(ChatServer):
    """Gives its first answer, then none until it is told to."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__(replies)
        self.go_on = threading.Event()

    def next(self, asked: Asked) -> Reply:
        reply = super().next(asked)
        if len(self.asked) == 2:
            self.go_on.wait(60)
        return reply


@pytest.mark.stack
@pytest.mark.usefixtures("no_upkeep")
def test_a_build_killed_between_draft_and_accept_pays_for_no_step_twice(stack: Stack, tmp_path: Any) -> None:
    spec = tmp_path / "notes.md"
    spec.write_text(SPEC)
    with chat_server(broken(), good(), good(), kind=Stalling) as server:
        env = {
            "ARCHITECT_PLANNER_MODEL": "openai:a-model", "ARCHITECT_PLANNER_BASE_URL": server.url,
            "ARCHITECT_PLANNER_API_KEY": "sk-canary-0123456789abcdef", **stack.env,
        }  # fmt: skip
        command = stack.command("build", str(spec), "--template", "blank", "--no-analytics", "--json")
        process = subprocess.Popen(
            command, env=env, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(server.asked) < 2:
            assert process.poll() is None, "the build ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        server.go_on.set()
        found = stack.rows("select distinct split_part(thread_id, ':', 1) as id from planner.checkpoints")
        (session_id,) = [row["id"] for row in found]
        done = subprocess.run(
            stack.command("retry", session_id, "--json"), env=env, cwd=REPOSITORY, text=True,
            capture_output=True, timeout=170,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        kinds = Counter("spec" if "spec" in asked.human else "repair" for asked in server.asked)
    assert kinds == {"spec": 1, "repair": 2}, "the draft was paid for once"
    assert stack.rows("select thread_id from planner.checkpoints") == []

    events = stack.rows(
        "select seq, type, payload from build_events where session_id = %(id)s order by seq",
        {"id": session_id},
    )
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    steps = [e["payload"] for e in events if e["type"] == "plan_step"]
    assert [(s["step"], s["attempt"], s["outcome"]) for s in steps] == [
        ("outline", 1, "one_piece"), ("draft", 1, "answered"), ("check", 1, "rules"),
        ("repair", 2, "answered"), ("check", 2, "passed"), ("accept", 2, "accepted"),
    ]  # fmt: skip
    (planned,) = [e["payload"]["planner"] for e in events if e["type"] == "plan_created"]
    assert (planned["kind"], planned["attempts"]) == ("llm", 2)
    assert planned["usage"] == {"input_tokens": 2000, "output_tokens": 400, "cost_usd": None}
    assert "sk-canary" not in json.dumps(events)
