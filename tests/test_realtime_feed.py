"""What is committed to ``realtime.messages`` is delivered once, in commit order, whatever breaks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from architect.embedded import home
from architect.embedded.postgres import Cluster
from architect.embedded.realtime import feed, retention
from architect.embedded.realtime.database import DatabaseUnavailable, RealtimeDatabase
from architect.embedded.realtime.feed import Feed
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.replay import replay
from architect.embedded.state import PlatformState
from architect.sql import query
from tests.fixtures.cluster import Database, temporary_home

SEND = "select realtime.send(jsonb_build_object('n', %s::int), 'step', 'room', %s)"
FEEDS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where application_name = 'realtime_feed' and datname = %s"
)


class Listener:
    """Keeps what a feed delivers and what it warns of."""

    def __init__(self, database: RealtimeDatabase) -> None:
        self.database = database
        self.heard: list[tuple[bool, Broadcast]] = []
        self.warnings: list[str] = []
        self.feed = Feed(database, lambda *delivered: self.heard.append(delivered), self.warnings.append)

    @property
    def numbers(self) -> list[int]:
        return [broadcast.payload["n"] for _, broadcast in self.heard]

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until ``reached``; fails after a while."""
        async with asyncio.timeout(20):
            while not reached():
                await asyncio.sleep(0.01)

    async def settle(self, writer: psycopg.Connection[Any]) -> None:
        """Wait until everything committed so far would have come."""
        writer.execute(SEND, (-1, True))
        await self.until(lambda: bool(self.heard) and self.heard[-1][1].payload == self._end())
        self.heard.pop()

    def _end(self) -> dict[str, Any]:
        last = self.heard[-1][1]
        return {"n": -1, "id": last.id}


@asynccontextmanager
async def listening(dsn: str) -> AsyncIterator[Listener]:
    database = RealtimeDatabase(dsn)
    await database.open()
    listener = Listener(database)
    await listener.feed.start()
    try:
        assert await listener.feed.ready(20)
        yield listener
    finally:
        await listener.feed.close()
        await database.close()


async def test_messages_come_in_commit_order_and_nothing_else_does(database: Database) -> None:
    async with listening(database.dsn()) as listener:
        with psycopg.connect(database.dsn()) as slow, database.connect() as writer:
            slow.execute(SEND, (2, True))
            writer.execute(SEND, (1, True))
            slow.execute(SEND, (3, False))
            slow.commit()
            slow.execute(SEND, (99, True))
            slow.rollback()
            # A question put to the policies has no event, even if it were committed.
            writer.execute("insert into realtime.messages (topic, extension) values ('room', 'broadcast')")
            writer.execute(
                "insert into realtime.messages (id, topic, extension, event, payload) values "
                "(gen_random_uuid(), 'room', 'presence', 'step', '{\"n\": 4}')"
            )
            writer.execute("select realtime.send_binary('\\x00ff', 'bytes', 'other room')")
            with writer.transaction():
                for n in range(5, 35):
                    writer.execute(SEND, (n, True))
            await listener.settle(writer)
        binary = listener.heard.pop(4)
        assert listener.numbers == list(range(1, 35))
        assert [private for private, _ in listener.heard[:4]] == [True, True, False, False]
        assert (binary[1].topic, binary[1].event, binary[1].payload) == ("other room", "bytes", b"\x00\xff")
        first = listener.heard[0][1]
        assert (first.topic, first.event, first.replayed) == ("room", "step", False)
        assert first.payload == {"n": 1, "id": first.id}


async def test_a_trigger_on_a_table_tells_of_its_changes(database: Database) -> None:
    with database.connect() as writer:
        writer.execute(
            """
            create table public.notes (id int primary key, text text);
            create function public.tell() returns trigger language plpgsql security definer as $$
            begin
              perform realtime.broadcast_changes(
                'notes', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
              return null;
            end $$;
            create trigger tell after insert or update or delete on public.notes
              for each row execute function public.tell();
            """
        )
        async with listening(database.dsn()) as listener:
            writer.execute("insert into public.notes values (1, 'a'), (2, 'b')")
            writer.execute("update public.notes set text = 'c' where id = 2")
            writer.execute("delete from public.notes where id = 1")
            await listener.until(lambda: len(listener.heard) == 4)
    told = [broadcast for _, broadcast in listener.heard]
    assert [b.event for b in told] == ["INSERT", "INSERT", "UPDATE", "DELETE"]
    assert told[2].payload == {
        "id": told[2].id, "operation": "UPDATE", "schema": "public", "table": "notes",
        "record": {"id": 2, "text": "c"}, "old_record": {"id": 2, "text": "b"},
    }  # fmt: skip


async def test_a_send_that_is_dropped_is_told_of(database: Database) -> None:
    async with listening(database.dsn()) as listener:
        with database.connect() as writer:
            writer.execute("select realtime.send('[1]'::jsonb, 'step', 'room')")
            with writer.transaction():
                writer.execute("set transaction read only")
                writer.execute(SEND, (1, True))
            writer.execute("notify realtime_messages, 'no message'")
            await listener.settle(writer)
    assert listener.heard == []
    assert [warning.split(": ")[:2] for warning in listener.warnings] == [
        ["A message was not sent", "step on room"]
    ] * 2


async def test_what_one_reader_cannot_hold_stops_nobody(database: Database) -> None:
    deep = "[" * 5000 + "]" * 5000
    async with listening(database.dsn()) as listener:
        with database.connect() as writer:
            for payload in (f'{{"deep": {deep}}}', f'{{"long": {"9" * 5000}}}'):
                writer.execute("select realtime.send(%s::jsonb, 'step', 'room')", (payload,))
            writer.execute(
                "insert into realtime.messages (topic, extension, event) "
                "values ('room', 'broadcast', 'empty')"
            )
            await listener.settle(writer)
    assert [(b.event, b.payload) for _, b in listener.heard] == [("empty", {})]


async def test_drained_means_that_everything_committed_was_delivered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(database.dsn()) as listener:
        with database.connect() as writer, database.connect("supabase_admin") as admin:
            for round in range(1, 4):
                for n in range(100):
                    writer.execute(SEND, (n, True))
                if round == 2:
                    admin.execute(FEEDS, (database.name,))
                await listener.feed.drained()
                assert len(listener.heard) == 100 * round
        await listener.feed.close()
        monkeypatch.setattr(feed, "DRAIN_S", 0.1)
        with pytest.raises(DatabaseUnavailable):
            await listener.feed.drained()


async def test_a_broken_connection_loses_nothing_and_doubles_nothing(database: Database) -> None:
    async with listening(database.dsn()) as listener:
        with database.connect() as writer, database.connect("supabase_admin") as admin:
            for n in range(300):
                if n % 60 == 30:
                    # Now and then in the middle of a burst, so that some wait to be fetched.
                    admin.execute(FEEDS, (database.name,))
                with writer.transaction():
                    writer.execute(SEND, (2 * n, True))
                    writer.execute(SEND, (2 * n + 1, True))
                if n % 30 == 29:
                    await asyncio.sleep(0.2)
            await listener.settle(writer)
    assert listener.numbers == list(range(600))


async def test_a_restart_of_the_database_loses_nothing() -> None:
    with temporary_home() as folder:
        home.prepare(folder)
        state = PlatformState.create()
        state.save(folder)
        cluster = Cluster(folder, state, durable=False)
        try:
            cluster.start()
            async with listening(cluster.dsn("control_plane")) as listener:
                for first in (0, 20):
                    with psycopg.connect(cluster.dsn("control_plane"), autocommit=True) as writer:
                        for n in range(first, first + 20):
                            writer.execute(SEND, (n, True))
                    if first == 0:
                        await asyncio.to_thread(cluster.stop)
                        await asyncio.to_thread(cluster.start)
                await listener.until(lambda: len(listener.heard) >= 40)
        finally:
            cluster.stop()
    assert listener.numbers == list(range(40))


async def test_a_database_that_is_listened_to_can_be_cloned(cluster: Cluster, database: Database) -> None:
    clones = [f"{database.name}_{n}" for n in range(3)]
    async with listening(database.dsn()) as listener:
        with database.connect() as writer:
            writer.execute(SEND, (0, True))
            await listener.until(lambda: len(listener.heard) == 1)
        for n, clone in enumerate(clones):
            await asyncio.to_thread(cluster.create_database, clone, template=database.name)
            with database.connect() as writer:
                writer.execute(SEND, (n + 1, True))
        try:
            await listener.until(lambda: len(listener.heard) == 4)
            async with listening(database.dsn().replace(database.name, clones[0])) as other:
                with psycopg.connect(
                    database.dsn().replace(database.name, clones[0]), autocommit=True
                ) as writer:
                    await other.settle(writer)
            assert other.heard == []
        finally:
            for clone in clones:
                cluster.drop_database(clone)
    assert listener.numbers == [0, 1, 2, 3]


async def test_a_database_that_takes_anothers_place_starts_afresh(
    cluster: Cluster, database: Database
) -> None:
    other = f"{database.name}_next"
    cluster.create_database(other)
    async with listening(database.dsn()) as listener:
        with psycopg.connect(cluster.dsn(other), autocommit=True) as writer:
            writer.execute(SEND, (99, True))
        await asyncio.to_thread(cluster.drop_database, database.name)
        await asyncio.to_thread(cluster.terminate, other)
        with cluster.connect() as admin:
            names = map(sql.Identifier, (other, database.name))
            admin.execute(sql.SQL("alter database {} rename to {}").format(*names))
        with database.connect() as writer:
            # Until it has found the new one, what is sent there is nobody's.
            watch = FEEDS.replace("pg_terminate_backend(pid)", "count(*)")
            await listener.until(lambda: writer.execute(watch, (database.name,)).fetchone() == (1,))
            assert await listener.feed.ready(20)
            await listener.settle(writer)
    assert listener.heard == []


async def test_a_database_made_before_there_was_a_feed_gets_one(database: Database) -> None:
    with database.connect() as owner:
        owner.execute("set search_path = ''")
        owner.execute("drop trigger realtime_announce on realtime.messages")
        owner.execute("drop function realtime.announce()")
        facts = owner.execute(query("catalog_fingerprint", "facts")).fetchall()
        async with listening(database.dsn()) as listener:
            owner.execute(SEND, (1, True))
            await listener.until(lambda: listener.numbers == [1])
        assert owner.execute(query("catalog_fingerprint", "facts")).fetchall() == facts


async def test_messages_are_kept_for_three_days(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    insert = """
        insert into realtime.messages (topic, extension, event, payload, private, inserted_at)
        select 'room', 'broadcast', 'old', '{}', true,
               (now() at time zone 'utc') - make_interval(hours => age)
        from unnest(array[100, 99, 98, 97, 96, 95, 73, 71, 1]) as age
    """
    with database.connect() as writer:
        writer.execute(insert)
        store = RealtimeDatabase(database.dsn())
        await store.open()
        kept = [b.replayed for b in await replay(store, "room", 0, 25)]
        assert await retention.delete_old(store) == 7
        assert kept == [True, True]
        count = "select count(*) from realtime.messages"
        assert writer.execute(count).fetchone() == (2,)
        await store.close()
        writer.execute(insert)
        async with listening(database.dsn()) as listener:
            await listener.until(lambda: writer.execute(count).fetchone() == (4,))


async def test_replay_brings_the_last_messages_in_their_order(database: Database) -> None:
    store = RealtimeDatabase(database.dsn())
    await store.open()
    with database.connect() as writer:
        with writer.transaction():
            for n in range(30):
                writer.execute(SEND, (n, True))
        writer.execute(SEND, (97, False))
        writer.execute("select realtime.send('{\"n\": 98}', 'step', 'other')")
        writer.execute(
            "insert into realtime.messages (topic, extension, private) values ('room', 'broadcast', true)"
        )
        now = time.time_ns() // 1_000_000
        got = await replay(store, "room", 0, 1000)
        assert [b.payload["n"] for b in got] == list(range(5, 30))
        assert [b.payload["n"] for b in await replay(store, "room", 0, 3)] == [27, 28, 29]
        assert got[0].meta == {"id": got[0].id, "replayed": True}
        assert got[0].payload["id"] == got[0].id
        # One statement, one time: upstream leaves the order of these to chance.
        writer.execute(
            "insert into realtime.messages (topic, extension, event, payload, private, inserted_at) "
            "select 'burst', 'broadcast', 'step', jsonb_build_object('n', n), true, now() at time zone 'utc' "
            "from generate_series(1, 20) as n"
        )
        assert [b.payload["n"] for b in await replay(store, "burst", now - 1000, 25)] == list(range(1, 21))
        writer.execute("select realtime.send_binary('\\x01', 'bytes', 'binary')")
        assert [b.payload for b in await replay(store, "binary", -(10**30), 25)] == [b"\x01"]
        assert await replay(store, "room", now + 3_600_000, 25) == []
        assert await replay(store, "room", 10**30, 25) == []
    await store.close()
