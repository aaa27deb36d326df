"""The Realtime server's protocol, frame by frame, with raw clients of both versions."""

from __future__ import annotations

import json
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.fixtures.platform import Platform
from tests.realtime_peer import Peer, peer, user_token

pytestmark = pytest.mark.stack
VERSIONS = (1, 2)
QUIET: dict[str, Any] = {"presence": {"enabled": False}}


def _topic() -> str:
    return f"realtime:room:{uuid.uuid4()}"


@pytest.fixture(scope="module")
def key(platform: Platform) -> str:
    return platform.keys(platform.workspace_ref)["publishable"]


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    return platform.env_url(platform.workspace_ref)


@pytest.mark.parametrize("version", VERSIONS)
async def test_join_heartbeat_leave_and_what_has_no_channel(url: str, key: str, version: int) -> None:
    topic = _topic()
    async with peer(url, key, version=version) as one:
        ref = await one.send("heartbeat", "phoenix", {})
        assert await one.reply(ref) == {}
        ref = await one.broadcast(topic, "early", {})
        assert await one.reply(ref, status="error") == {"reason": "unmatched topic"}
        ref = await one.send("phx_join", "other:room", {})
        assert await one.reply(ref, status="error") == {"reason": "unmatched topic"}
        ref = await one.send("phx_leave", topic, {})
        assert await one.reply(ref) == {}

        joined, state = await one.join(topic)
        assert joined.payload["response"] == {"postgres_changes": []}
        assert (state.event, state.payload) == ("presence_state", {})
        join_ref = joined.ref
        if version == 2:
            assert (joined.join_ref, state.join_ref, state.ref) == (join_ref, join_ref, None)
        # What nobody knows is passed over, and the channel goes on.
        await one.send("surprise", topic, {"x": 1})
        ref = await one.send("phx_leave", topic, {})
        assert await one.reply(ref) == {}
        end = await one.get()
        assert (end.event, end.ref, end.payload) == ("phx_close", join_ref, {})
        ref = await one.send("presence", topic, {"event": "track", "payload": {}})
        assert await one.reply(ref, status="error") == {"reason": "unmatched topic"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_second_join_ends_the_first_after_what_it_still_had_to_do(
    url: str, key: str, version: int
) -> None:
    topic = _topic()
    async with peer(url, key, version=version) as one, peer(url, key) as other:
        await other.join(topic, **QUIET)
        first = (await one.join(topic, **QUIET))[0]
        for n in range(20):
            await one.broadcast(topic, "n", n)
        second = await one.send("phx_join", topic, {"config": QUIET}, join_ref="77")
        end = await one.get()
        assert (end.event, end.ref) == ("phx_close", first.ref)
        assert await one.reply(second) == {"postgres_changes": []}
        assert [await other.heard("n") for _ in range(20)] == list(range(20))
        # A word that belongs to the first join does not end the second.
        ref = await one.send("phx_leave", topic, {}, join_ref=first.ref)
        assert await one.reply(ref) == {}
        await other.broadcast(topic, "still there", None)
        assert await one.heard("still there") is None


async def test_joins_that_overtake_each_other_leave_one_channel(url: str, key: str) -> None:
    topic = _topic()
    async with peer(url, key) as watcher:
        await watcher.join(topic)
        async with peer(url, key) as one:
            await one.join(topic, presence={"key": "first", "enabled": True})
            await one.track(topic, {})
            assert list((await watcher.get()).payload["joins"]) == ["first"]
            asked = [await one.send("phx_join", topic, {"config": QUIET}) for _ in range(4)]
            while (got := await one.get()).ref != asked[-1]:
                assert got.event in ("phx_reply", "presence_diff", "phx_close")
            assert got.payload["status"] == "ok"
            assert list((await watcher.get()).payload["leaves"]) == ["first"]
            for n in range(2):
                await watcher.broadcast(topic, "once", n)
            assert [await one.heard("once") for _ in range(2)] == [0, 1]
            await one.track(topic, {})
            assert len((await watcher.get()).payload["joins"]) == 1
            for _ in range(3):
                await one.send("phx_join", topic, {"config": QUIET})
        # Cut off in the middle of it: nobody is left behind.
        assert len((await watcher.get()).payload["leaves"]) == 1
        await watcher.track(topic, {"only": "one"})
        async with peer(url, key) as late:
            (present,) = (await late.join(topic))[-1].payload.values()
            assert [meta["only"] for meta in present["metas"]] == ["one"]


async def test_what_is_no_frame_is_passed_over(url: str, key: str) -> None:
    topic = _topic()
    bad: list[str | bytes] = [
        "",
        "nonsense",
        "[]",
        "[1,2,3,4]",
        "{}",
        '[null,"1",null,"phx_join",{}]',
        '[null,{"a":1},"realtime:x","phx_join",{}]',
        '[null,"1","realtime:x","broadcast",NaN]',
        '[null,"1","realtime:\\ud800","phx_join",{}]',
        '[null,"1","realtime:\\u0000","phx_join",{}]',
        "[" * 100_000,
        b"",
        b"\x03",
        b"\x03\x01\xff\xff\xff\xff\x01ab",
        b"\x03\x00\x00\x01\x01\x00\x01te{broken",
        b"\x03\x00\x00\x01\x01\x01\x01te{}{}",
        b"\x03\x00\x00\x01\x01\x00\x01\xff\xfe{}",
        b"\x09anything",
    ]
    async with peer(url, key) as one:
        await one.join(topic, **QUIET)
        for frame in bad:
            await one.connection.send(frame)
        # A push of the oldest binary kind is read, though nothing is sent that way.
        await one.connection.send(b"\x00\x00\x01\x07\x098phoenixheartbeat{}")
        assert await one.reply("8") == {}
    async with peer(url, key, version=1) as one:
        for frame in (b"\x00\x00\x01\x07\x098phoenixheartbeat{}", '[null,"1","phoenix","heartbeat",{}]'):
            await one.connection.send(frame)
        ref = await one.send("heartbeat", "phoenix", {})
        assert await one.reply(ref) == {}


async def test_joining_forgives_how_it_is_asked(url: str, key: str) -> None:
    async with peer(url, key) as one:
        for config in (
            None,
            [],
            {"broadcast": None, "presence": None, "postgres_changes": None, "private": None},
            {"broadcast": {"ack": "no", "self": 5}, "private": "perhaps", "postgres_changes": [None]},
        ):
            topic = _topic()
            ref = await one.send("phx_join", topic, {"config": config} if config is not None else "nothing")
            assert await one.reply(ref) == {"postgres_changes": []}
            assert (await one.get()).event == "presence_state"
        topic = _topic()
        strings = {"broadcast": {"ack": "true", "self": "TRUE"}, "presence": {"enabled": "False"}}
        await one.reply(await one.send("phx_join", topic, {"config": strings}))
        ref = await one.broadcast(topic, "echo", {"n": 1})
        assert await one.heard("echo") == {"n": 1}
        assert await one.reply(ref) == {}
        ref = await one.send("phx_join", "realtime:", {})
        reason = {"reason": "TopicNameRequired: You must provide a topic name"}
        assert await one.reply(ref, status="error") == reason


async def test_changes_of_tables_are_answered_honestly(url: str, key: str) -> None:
    topic = _topic()
    wanted = [{"event": "*", "schema": "public", "table": "t"}, None, {"event": "INSERT", "schema": "public"}]
    async with peer(url, key) as one:
        ref = await one.send("phx_join", topic, {"config": {"postgres_changes": wanted, **QUIET}})
        changes = (await one.reply(ref))["postgres_changes"]
        assert [{k: v for k, v in c.items() if k != "id"} for c in changes] == [wanted[0], wanted[2]]
        assert all(isinstance(c["id"], int) for c in changes)
        told = (await one.get()).payload
        assert (told["extension"], told["status"]) == ("postgres_changes", "error")
        assert told["channel"] == topic.removeprefix("realtime:")


async def test_broadcasts_cross_the_versions_in_every_form(url: str, key: str) -> None:
    topic = _topic()
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(peer(url, key, version=1))
        new = await stack.enter_async_context(peer(url, key, version=2))
        sender = await stack.enter_async_context(peer(url, key, version=2))
        for one in (old, new):
            await one.join(topic, **QUIET)
        await sender.join(topic, broadcast={"ack": True, "self": True}, **QUIET)
        text = {"s": "é😀\ud83d", "n": 12345678901234567890, "f": 1.0, "deep": [[None, True]]}

        ref = await sender.broadcast(topic, "text", text)
        for one in (old, new, sender):
            assert await one.heard("text") == text
        assert await sender.reply(ref) == {}

        raw = '{ "s":"é😀" , "big":123456789012345678901234567890.10 }'.encode()
        ref = await sender.send_binary(topic, "json", raw, as_json=True)
        assert (await old.get()).payload == {"type": "broadcast", "event": "json", "payload": json.loads(raw)}
        for one in (new, sender):
            got = await one.get()
            assert got.binary is not None
            assert got.binary.endswith(raw)
        assert await sender.reply(ref) == {}

        # Version 1 has no way to say bytes.
        ref = await sender.send_binary(topic, "bytes", b"\x00\xff\x80", as_json=False)
        for one in (new, sender):
            assert await one.heard("bytes") == b"\x00\xff\x80"
        assert await sender.reply(ref) == {}

        await old.send("broadcast", topic, {"type": "broadcast", "event": "from 1", "more": {"kept": True}})
        for one in (new, sender):
            expected = {"type": "broadcast", "event": "from 1", "more": {"kept": True}}
            assert (await one.get()).payload == expected
        await new.broadcast(topic, "last", 1)
        assert await old.heard("last") == 1


async def test_public_and_private_channels_of_one_name_are_two_rooms(
    platform: Platform, url: str, key: str
) -> None:
    topic = _topic()
    secret = platform.keys(platform.workspace_ref)["secret"]
    async with peer(url, key) as public, peer(url, secret) as private, peer(url, secret) as third:
        await public.join(topic, **QUIET)
        await private.join(topic, private=True, **QUIET)
        await third.join(topic, private=True, **QUIET)
        ref = await _join_private(public, _topic())
        assert "You do not have permissions to read" in (await public.reply(ref, status="error"))["reason"]
        await public.broadcast(topic, "public", 1)
        await third.broadcast(topic, "private", 2)
        assert await private.heard("private") == 2


async def _join_private(one: Peer, topic: str) -> str:
    return await one.send("phx_join", topic, {"config": {"private": True, **QUIET}})


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_follows_a_join_comes_in_order(platform: Platform, branch: str, version: int) -> None:
    topic, secret = _topic(), platform.keys(branch)["secret"]
    send = "select realtime.send(jsonb_build_object('n', {}), 'n', '{}', true)"
    name = topic.removeprefix("realtime:")
    config = {
        "private": True,
        "broadcast": {"replay": {"since": 0, "limit": 2}, "replication_ready": True},
        "presence": {"enabled": True, "key": "me"},
    }
    async with peer(platform.env_url(branch), secret, version=version) as one:
        # The first to join has the way to the database opened.
        await one.join(_topic(), private=True, **QUIET)
        for n in range(3):
            platform.sql(branch, send.format(n, name))
        reply, *past, system, state = await one.join(topic, **config)
        assert [got.payload["payload"]["n"] for got in past] == [1, 2]
        assert all(got.payload["meta"]["replayed"] is True for got in past)
        assert system.payload == {
            "extension": "system",
            "status": "ok",
            "message": "Replication connection established",
            "channel": name,
        }
        assert (state.event, reply.payload["status"]) == ("presence_state", "ok")
        platform.sql(branch, send.format(3, name))
        live = await one.get()
        assert live.payload["payload"]["n"] == 3
        assert set(live.payload["meta"]) == {"id"}
        refused = [
            (
                {"private": False, "broadcast": {"replay": {"since": 1}}},
                "Replay is not allowed for public channels",
            ),
            ({"private": True, "broadcast": {"replay": {"since": "1"}}}, "Replay params are not valid"),
            (
                {"private": True, "broadcast": {"replay": {"since": 1, "limit": 1.5}}},
                "Replay params are not valid",
            ),
        ]
        for wrong, reason in refused:
            ref = await one.send("phx_join", _topic(), {"config": wrong})
            told = await one.reply(ref, status="error")
            assert told == {"reason": f"UnableToReplayMessages: {reason}"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_presence_from_coming_to_going(url: str, key: str, version: int) -> None:
    topic = _topic()
    async with peer(url, key, version=version) as watcher:
        await watcher.join(topic)
        async with peer(url, key) as actor:
            await actor.join(topic, presence={"key": "builder", "enabled": True})
            ref = await actor.track(topic, {"step": 1})
            assert await actor.reply(ref) == {}
            assert (await actor.get()).event == "presence_diff"
            came = await watcher.get()
            assert (came.event, came.join_ref, came.ref) == ("presence_diff", None, None)
            assert came.payload["leaves"] == {}
            (first,) = came.payload["joins"]["builder"]["metas"]
            assert first["step"] == 1

            # The same again is no news; a change is a leave and a join in one.
            assert await actor.reply(await actor.track(topic, {"step": 1})) == {}
            assert await actor.reply(await actor.track(topic, {"step": True})) == {}
            moved = (await watcher.get()).payload
            (second,) = moved["joins"]["builder"]["metas"]
            assert second["step"] is True
            assert second["phx_ref_prev"] == first["phx_ref"]
            assert moved["leaves"]["builder"]["metas"] == [first]
            assert second["phx_ref"] != first["phx_ref"]
            await actor.get()

            async with peer(url, key, version=version) as late:
                state = (await late.join(topic, presence={"key": "builder", "enabled": True}))[-1]
                assert state.payload == {"builder": {"metas": [second]}}
                await late.track(topic, {"step": "late"})
                joined = (await watcher.get()).payload["joins"]["builder"]["metas"]
                await actor.get()
            # Gone with its connection, the other of the same key stays.
            gone = (await watcher.get()).payload
            assert gone == {"joins": {}, "leaves": {"builder": {"metas": joined}}}
            await actor.get()
            ref = await actor.send("presence", topic, {"type": "presence", "event": "UNTRACK"})
            assert await actor.reply(ref) == {}
            last = (await watcher.get()).payload
            assert last["leaves"]["builder"]["metas"][0]["phx_ref"] == second["phx_ref"]


async def test_presence_without_being_asked_for(url: str, key: str) -> None:
    topic = _topic()
    async with peer(url, key) as quiet, peer(url, key) as other:
        await quiet.join(topic, **QUIET)
        await other.join(topic)
        await other.track(topic, {"who": "other"})
        # Not asked for, and yet everybody in a public room is told who comes and goes.
        (key_of_other,) = (await quiet.get()).payload["joins"]
        uuid.UUID(key_of_other)
        ref = await quiet.send("presence", topic, {"type": "presence", "event": "track", "payload": 5})
        reason = {"reason": "Presence track payload must be a map"}
        assert await quiet.reply(ref, status="error") == reason
        assert await quiet.reply(await quiet.send("presence", topic, "strange")) == {}
        ref = await quiet.send("presence", topic, {"event": "dance"})
        assert await quiet.reply(ref, status="error") == {}
        assert await quiet.reply(await quiet.track(topic, {})) == {}
        assert (await quiet.get()).event == "presence_diff"
        # With the first word of its own it learns who was there before.
        state = await quiet.get()
        assert (state.event, len(state.payload)) == ("presence_state", 2)


async def test_who_may_connect(platform: Platform, url: str, key: str, branch: str) -> None:
    keys = platform.keys(platform.workspace_ref)
    for good in keys.values():
        async with peer(url, good) as one:
            await one.join(_topic(), **QUIET)
    refusals = [
        (url, "sb_publishable_unknown", {}, 401),
        (url, "", {}, 401),
        (url, "nonsense", {}, 401),
        (url, user_token(platform, platform.workspace_ref, -60), {}, 401),
        (url, platform.keys(branch)["anon"], {}, 401),
        (url, key, {"vsn": "3.0.0"}, 403),
        (platform.env_url("a" * 20), key, {}, 404),
    ]
    for where, apikey, query, status in refusals:
        with pytest.raises(InvalidStatus) as refused:
            async with peer(where, apikey, **query):
                pass
        assert refused.value.response.status_code == status, apikey
        assert set(json.loads(refused.value.response.body or b"")) == {"error"}
    log = platform.log.read_text()
    assert key not in log
    assert keys["anon"] not in log
    plain = httpx.get(f"{url}/realtime/v1/websocket", params={"apikey": key}, trust_env=False)
    assert plain.status_code == 404
