"""The timeline has no gap and no double, never changes, and is broadcast by what writes it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import dict_row

from architect import redaction
from architect.errors import InputError, NotFound, Superseded
from architect.sessions import ControlPlane, Session

INSERT = "insert into public.build_events (session_id, type, message, dedupe_key) values (%s, %s, %s, %s)"


async def test_seq_has_no_gap_whoever_writes(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    async with ControlPlane.open(control_dsn) as other:
        handles = [control_plane, other]
        written = await asyncio.gather(
            *(handles[i % 2].append_event(build_session.id, "node_started", f"event {i}") for i in range(60))
        )
    assert sorted(seq for seq in written if seq is not None) == list(range(1, 61))
    events = await control_plane.events(build_session.id)
    assert [event.seq for event in events] == list(range(1, 61))
    assert [event.ts for event in events] == sorted(event.ts for event in events)


async def test_the_same_thing_is_told_once(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    async with ControlPlane.open(control_dsn) as other:
        written = await asyncio.gather(
            *(
                handle.append_event(build_session.id, "node_started", "begun", dedupe_key=f"task:{i % 10}")
                for i in range(40)
                for handle in (control_plane, other)
            )
        )
    assert sorted(seq for seq in written if seq is not None) == list(range(1, 11))
    assert await control_plane.append_event(build_session.id, "node_completed", "next") == 11


async def blocked(connection: psycopg.Connection[Any]) -> None:
    """Return when somebody waits for a lock of this database."""
    waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(60):
        while connection.execute(waiting).fetchone() is None:
            await asyncio.sleep(0.02)


async def test_who_comes_second_waits_and_sees_what_the_first_told(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    with psycopg.connect(control_dsn) as first, psycopg.connect(control_dsn, autocommit=True) as watcher:
        first.execute(INSERT, (build_session.id, "node_started", "first", "same"))
        second = asyncio.create_task(
            control_plane.append_event(build_session.id, "node_started", "second", dedupe_key="same")
        )
        await blocked(watcher)
        first.commit()
        assert await second is None
    assert [event.message for event in await control_plane.events(build_session.id)] == ["first"]


async def test_an_event_of_a_run_that_is_just_being_superseded_is_refused(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    async with control_plane.claim(build_session.id):
        with psycopg.connect(control_dsn) as newer, psycopg.connect(control_dsn, autocommit=True) as watcher:
            newer.execute("update public.build_sessions set attempt = attempt + 1")
            late = asyncio.create_task(
                control_plane.append_event(build_session.id, "build_succeeded", "late")
            )
            await blocked(watcher)
            newer.commit()
            with pytest.raises(Superseded):
                await late


async def test_an_event_that_is_rolled_back_leaves_no_gap(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    await control_plane.append_event(build_session.id, "node_started", "one")
    with psycopg.connect(control_dsn) as connection:
        connection.execute("set role service_role")
        connection.execute(INSERT, (build_session.id, "node_started", "lost", None))
        connection.rollback()
    assert await control_plane.append_event(build_session.id, "node_started", "two") == 2


async def test_events_are_read_from_any_point(control_plane: ControlPlane, build_session: Session) -> None:
    for i in range(5):
        await control_plane.append_event(build_session.id, "node_started", f"event {i}")
    assert [e.seq for e in await control_plane.events(build_session.id, after=3)] == [4, 5]
    assert [e.seq for e in await control_plane.events(build_session.id, after=1, limit=2)] == [2, 3]
    assert await control_plane.events(build_session.id, after=5) == []


@pytest.mark.parametrize(
    "unknown", ["7a0c3a2e-0d0f-4a63-9f0c-5d7a2f6f1b11", "not-a-uuid", "", "'; drop table build_events; --"]
)
async def test_an_unknown_session_is_not_found(control_plane: ControlPlane, unknown: str) -> None:
    for with_tool_calls in (False, True):
        with pytest.raises(NotFound):
            await control_plane.append_event(unknown, "node_started", "x", with_tool_calls=with_tool_calls)
    with pytest.raises(NotFound):
        await control_plane.events(unknown)


@pytest.mark.parametrize(
    "statement",
    [
        "update public.build_events set message = 'rewritten'",
        "delete from public.build_events",
        "truncate public.build_events",
        "insert into public.build_events (session_id, type, message) "
        "select session_id, type, message from public.build_events on conflict (session_id, seq) "
        "do update set message = 'rewritten'",
    ],
    ids=["update", "delete", "truncate", "upsert"],
)
async def test_nobody_rewrites_the_timeline(
    control_plane: ControlPlane, control_dsn: str, build_session: Session, statement: str
) -> None:
    await control_plane.append_event(build_session.id, "node_started", "as it was")
    before = await control_plane.events(build_session.id)
    with psycopg.connect(control_dsn, autocommit=True) as connection:
        if "conflict" not in statement:
            with pytest.raises(errors.RestrictViolation, match="append-only"):  # as the owner of the table
                connection.execute(statement)
        for role in ("service_role", "authenticated", "anon"):
            connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
    assert await control_plane.events(build_session.id) == before


async def test_nobody_chooses_seq_or_time(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    forged = (
        "insert into public.build_events (session_id, tenant_id, seq, ts, type, message)"
        " values (%s, %s, 99, '2001-01-01', 'node_started', 'forged')"
    )
    with psycopg.connect(control_dsn, autocommit=True) as connection:
        connection.execute("set role service_role")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(forged, (build_session.id, uuid4()))
        connection.execute("reset role")
        connection.execute(forged, (build_session.id, uuid4()))  # the owner may name the columns, in vain
    (event,) = await control_plane.events(build_session.id)
    assert event.seq == 1
    assert event.ts.year > 2001


async def test_the_broadcast_is_the_event(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    await control_plane.append_event(
        build_session.id, "table_created", "Table listings", {"table": "listings", "n": 1}
    )
    (event,) = await control_plane.events(build_session.id)
    with psycopg.connect(control_dsn, row_factory=dict_row) as connection:
        sent = connection.execute(
            "select topic, event, payload, private, extension from realtime.messages"
        ).fetchall()
    assert sent == [
        {
            "topic": f"build:{build_session.id}",
            "event": "table_created",
            "payload": event.api_dict(),
            "private": True,
            "extension": "broadcast",
        }
    ]


async def test_event_and_broadcast_are_one_transaction(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    count = "select count(*) from realtime.messages"
    with psycopg.connect(control_dsn) as writer, psycopg.connect(control_dsn, autocommit=True) as reader:
        writer.execute("set role service_role")
        writer.execute(INSERT, (build_session.id, "node_started", "first", "k"))
        assert reader.execute(count).fetchall() == [(0,)]
        writer.rollback()
        assert reader.execute(count).fetchall() == [(0,)]
        writer.execute("set role service_role")
        writer.execute(INSERT, (build_session.id, "node_started", "again", "k"))
        writer.execute(INSERT, (build_session.id, "node_started", "again", "k"))
        writer.commit()
        assert reader.execute(count).fetchall() == [(1,)]
    assert [e.message for e in await control_plane.events(build_session.id)] == ["again"]


async def test_an_event_too_large_for_realtime_is_announced_without_its_payload(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    await control_plane.append_event(build_session.id, "migration_started", "big", {"sql": "x" * 300_000})
    with psycopg.connect(control_dsn) as connection:
        (sent,) = connection.execute("select payload from realtime.messages").fetchone() or ({},)
    assert (sent["seq"], sent["truncated"], sent["payload"]) == (1, True, {})
    (event,) = await control_plane.events(build_session.id)
    assert len(event.payload["sql"]) == 300_000


async def test_no_secret_reaches_the_timeline(control_plane: ControlPlane, build_session: Session) -> None:
    canary = "canary-of-the-timeline-0001"
    redaction.register(canary, "canary")
    payload = {
        "note": f"it was {canary}",
        "deep": [{"url": "postgresql://u:hunter2hunter2@db/x", "api_key": "whatever", canary: 1}],
        "token": "sbp_" + "a1" * 20,
    }
    await control_plane.append_event(build_session.id, "node_failed", f"failed with {canary}", payload)
    (event,) = await control_plane.events(build_session.id)
    shown = event.model_dump_json()
    assert not [secret for secret in (canary, "hunter2", "whatever", "sbp_a1") if secret in shown]
    assert "it was [redacted:canary:" in shown


async def test_a_tool_call_is_told_by_exactly_one_event(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    recorder = control_plane.tool_call_recorder(build_session.id)
    for tool in ("create_branch", "apply_migration", "list_tables"):
        n = await recorder.start("supabase", tool, {"project_id": "ref", "key": {"$secret": "DB_URL"}})
        await recorder.finish(n, True, 1.5, "digest", None)
    running = await recorder.start("supabase", "get_advisors", {})
    async with ControlPlane.open(control_dsn) as other:
        await asyncio.gather(
            *(
                handle.append_event(build_session.id, "table_created", "told", with_tool_calls=True)
                for handle in (control_plane, other, control_plane, other)
            )
        )
    await recorder.finish(running, False, 2.0, None, "no such project")
    await control_plane.append_event(
        build_session.id, "node_failed", "last", {"node": "x"}, with_tool_calls=True
    )
    events = await control_plane.events(build_session.id)
    told = [call for event in events for call in event.payload.get("tool_calls", [])]
    assert [call["n"] for call in told] == [1, 2, 3, 4]
    assert [call.api_dict() for call in await control_plane.tool_calls(build_session.id)] == told
    assert told[0]["arguments"] == {"project_id": "ref", "key": {"$secret": "DB_URL"}}
    assert events[-1].payload["node"] == "x"
    assert events[-1].payload["tool_calls"][0]["error"] == "no such project"


async def test_a_doubled_event_takes_no_tool_call_with_it(
    control_plane: ControlPlane, build_session: Session
) -> None:
    await control_plane.append_event(build_session.id, "plan_created", "plan", dedupe_key="plan")
    n = await control_plane.record_tool_call(build_session.id, "supabase", "list_tables", {})
    await control_plane.finish_tool_call(build_session.id, n, True, 1.0, "digest")
    again = await control_plane.append_event(
        build_session.id, "plan_created", "plan", dedupe_key="plan", with_tool_calls=True
    )
    assert again is None
    await control_plane.append_event(build_session.id, "rls_enabled", "next", with_tool_calls=True)
    assert len((await control_plane.events(build_session.id))[-1].payload["tool_calls"]) == 1


@pytest.mark.parametrize("type", ["", "Has Space", "1st", "x" * 64, "a'b"])
async def test_an_event_type_is_a_plain_word(
    control_plane: ControlPlane, build_session: Session, type: str
) -> None:
    with pytest.raises(InputError):
        await control_plane.append_event(build_session.id, type, "x")
    assert await control_plane.append_event(build_session.id, "plan_created", "x") == 1
