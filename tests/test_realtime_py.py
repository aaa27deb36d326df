"""realtime-py, which speaks version 1, finds in Realtime what it finds on the hosted platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from typing import Any, cast

import httpx
import pytest
from realtime import AsyncRealtimeChannel, AsyncRealtimeClient, RealtimeHTTPError, RealtimeSubscribeStates

from tests.conformance.environment import HERE
from tests.conformance.report import Client, Drive
from tests.fixtures.platform import Platform

EVENTS = ("said", "one", "two", "INSERT", "UPDATE", "DELETE")


class Member:
    """A client, and what its channels are told."""

    def __init__(self, platform: Platform, ref: str, key: str) -> None:
        self.rest = f"{platform.env_url(ref)}/rest/v1/rpc"
        self.key = key
        self.client = AsyncRealtimeClient(f"{platform.env_url(ref)}/realtime/v1", key, initial_backoff=0.1)

    async def sign_up(self, email: str) -> None:
        """Become a user."""
        auth = self.rest.removesuffix("/rest/v1/rpc") + "/auth/v1/signup"
        answer = await self._post(auth, {"email": email, "password": "correct horse battery"})
        self.token = answer["access_token"]
        await self.client.set_auth(self.token)

    async def call(self, function: str, **arguments: Any) -> None:
        """Call a function of the database."""
        await self._post(f"{self.rest}/{function}", arguments)

    async def join(self, topic: str, **config: Any) -> Joined:
        joined = Joined(self.client.channel(topic, cast(Any, {"config": config})))
        await joined.channel.subscribe(lambda state, error: joined.states.append((state, str(error or ""))))
        return joined

    async def _post(self, url: str, body: dict[str, Any]) -> Any:
        headers = {"apikey": self.key, "authorization": f"Bearer {getattr(self, 'token', self.key)}"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            response = await http.post(url, json=body, headers=headers)
        assert response.is_success, response.text
        return response.json() if response.content else None


class Joined:
    """A channel that was joined, or not."""

    def __init__(self, channel: AsyncRealtimeChannel) -> None:
        self.channel = channel
        self.heard: list[Any] = []
        self.system: list[Any] = []
        self.states: list[tuple[RealtimeSubscribeStates, str]] = []
        self.came: list[str] = []
        self.left: list[str] = []
        for event in EVENTS:
            channel.on_broadcast(event, self.heard.append)
        channel.on_system(self.system.append)

    def watch(self) -> None:
        self.channel.on_presence_sync(lambda: None)
        self.channel.on_presence_join(lambda key, *_: self.came.append(key))
        self.channel.on_presence_leave(lambda key, *_: self.left.append(key))

    @property
    def numbers(self) -> list[Any]:
        return [message["payload"].get("n") for message in self.heard]

    @property
    def present(self) -> dict[str, list[Any]]:
        state: Any = self.channel.presence_state()
        return {key: [p.get("n") for p in state[key]] for key in sorted(state)}


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():
            await asyncio.sleep(0.01)


@pytest.fixture
async def members(platform: Platform, branch: str) -> AsyncIterator[tuple[Member, Member]]:
    """Two users of one project."""
    platform.sql(branch, (HERE / "realtime.sql").read_text())
    keys = platform.keys(branch)
    both = Member(platform, branch, keys["publishable"]), Member(platform, branch, keys["anon"])
    for n, member in enumerate(both):
        await member.sign_up(f"member-{n}@example.com")
    yield both
    for member in both:
        await member.client.close()


SUBSCRIBED = RealtimeSubscribeStates.SUBSCRIBED


# Told that its connection broke, the client reads what websockets no longer likes to be read.
@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
async def test_realtime_py(members: tuple[Member, Member], drive: Drive) -> None:
    client = drive("realtime-py", version("realtime"))
    await _broadcast(client, *members)
    await _presence(client, *members)
    await _private(client, *members)
    await _database(client, *members)
    await _reconnect(client, *members)


async def _broadcast(client: Client, ada: Member, bob: Member) -> None:
    with client("broadcast to the others, with self and with ack"):
        a = await ada.join("room:é/x", broadcast={"ack": True, "self": True})
        b = await bob.join("room:é/x")
        assert [a.states, b.states] == [[(SUBSCRIBED, "")]] * 2
        for n in range(50):
            await a.channel.send_broadcast("one", {"n": n, "s": "é😀"})
        await until(lambda: len(a.heard) == len(b.heard) == 50)
        assert a.numbers == b.numbers == list(range(50))
        assert b.heard[0]["payload"] == {"n": 0, "s": "é😀"}
        await b.channel.send_broadcast("two", {"n": 50})
        await until(lambda: a.numbers[-1] == 50)
        assert len(b.heard) == 50
    with client("http_send, one and binary"):
        await a.channel.http_send("one", {"n": 51})
        await b.channel.http_send("bytes", b"\x00\xff")
        await until(lambda: a.numbers[-1] == b.numbers[-1] == 51)
    with client("unsubscribe ends delivery"):
        await b.channel.unsubscribe()
        await until(lambda: b.states[-1][0] == RealtimeSubscribeStates.CLOSED)
        await a.channel.send_broadcast("one", {"n": 52})
        await until(lambda: a.numbers[-1] == 52)
        assert b.numbers[-1] == 51


async def _presence(client: Client, ada: Member, bob: Member) -> None:
    config = {"enabled": True}
    with client("presence: sync, join, update, untrack, leave"):
        a = await ada.join("present", presence={"key": "ada", **config})
        b = await bob.join("present", presence={"key": "bob", **config})
        a.watch()
        await a.channel.track({"n": 1})
        await b.channel.track({"n": "b"})
        await until(lambda: a.present == b.present == {"ada": [1], "bob": ["b"]})
        await a.channel.track({"n": 2})
        await until(lambda: a.present == b.present == {"ada": [2], "bob": ["b"]})
        await b.channel.untrack()
        await until(lambda: a.present == {"ada": [2]})
        await b.channel.track({"n": "c"})
        await until(lambda: a.present == {"ada": [2], "bob": ["c"]})
        await b.channel.unsubscribe()
        await until(lambda: a.present == {"ada": [2]})
        assert (a.came.count("bob"), a.left.count("bob")) == (2, 2)


async def _private(client: Client, ada: Member, bob: Member) -> None:
    with client("private: denied with the reason"):
        denied = await ada.join("other:1", private=True)
        state, reason = denied.states[0]
        assert state == RealtimeSubscribeStates.CHANNEL_ERROR
        assert "Unauthorized: You do not have permissions to read from this Channel topic: other:1" in reason
        await ada.client.remove_channel(denied.channel)
    with client("private: members listen and speak"):
        a = await ada.join("team:1", private=True, presence={"key": "a", "enabled": True})
        b = await bob.join("team:1", private=True, presence={"key": "b", "enabled": True})
        await a.channel.send_broadcast("one", {"n": 1})
        await a.channel.http_send("one", {"n": 2})
        await a.channel.track({"n": 1})
        await until(lambda: b.numbers == [1, 2] and b.present == {"a": [1]})
    with client("private: who may only listen"):
        a, b = await ada.join("news:1", private=True), await bob.join("news:1", private=True)
        await a.channel.send_broadcast("one", {"n": 1})
        with pytest.raises(RealtimeHTTPError) as refused:
            await a.channel.http_send("one", {"n": 2})
        assert (refused.value.status, b.heard) == (403, [])


async def _database(client: Client, ada: Member, bob: Member) -> None:
    with client("database: realtime.send"):
        a = await ada.join("team:db", private=True, broadcast={"replication_ready": True})
        await until(lambda: len(a.system) == 1)
        await bob.call("say", topic="team:db", numbers=list(range(40)))
        await bob.call("say_bytes", topic="team:db")
        await bob.call("say", topic="team:db", numbers=[40])
        await until(lambda: len(a.heard) == 41)
        assert a.numbers == list(range(41))
        assert a.heard[0]["meta"] == {"id": a.heard[0]["payload"]["id"]}
    with client("database: broadcast_changes"):
        b = await bob.join("team:notes", private=True)
        await ada.call("change_notes")
        await until(lambda: len(b.heard) == 3)
        assert [m["event"] for m in b.heard] == ["INSERT", "UPDATE", "DELETE"]
        assert b.heard[1]["payload"]["record"] == {"id": 1, "text": "b"}
    with client("replay"):
        since = round(time.time() * 1000) - 60_000
        b = await bob.join("team:db", private=True, broadcast={"replay": {"since": since, "limit": 5}})
        await until(lambda: len(b.heard) == 4)
        assert b.numbers == [37, 38, 39, 40]
        assert all(m["meta"]["replayed"] for m in b.heard)


async def _reconnect(client: Client, ada: Member, bob: Member) -> None:
    with client("a cut connection comes back, with its channels"):
        a = await ada.join("team:cut", private=True, presence={"key": "a", "enabled": True})
        b = await bob.join("team:cut", private=True, presence={"key": "b", "enabled": True})
        await a.channel.track({"n": 1})
        await until(lambda: b.present == {"a": [1]})
        assert ada.client._ws_connection is not None
        ada.client._ws_connection.transport.abort()
        await until(lambda: [state for state, _ in a.states].count(SUBSCRIBED) == 2)
        await until(lambda: b.present == {})
        await a.channel.track({"n": 2})
        await until(lambda: b.present == {"a": [2]})
        await bob.call("say", topic="team:cut", numbers=[1, 2])
        await until(lambda: a.numbers == [1, 2])
    with client("a token that opens less closes the channel"):
        await ada.client.set_auth(ada.key.replace("sb_", "no_"))
        await until(lambda: not a.channel.is_joined)
        await b.channel.send_broadcast("one", {"n": 3})
        await bob.call("say", topic="team:cut", numbers=[4])
        await until(lambda: b.numbers == [1, 2, 4])
        assert a.numbers == [1, 2]
