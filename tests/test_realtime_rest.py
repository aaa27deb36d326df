"""Broadcasts over HTTP: what is taken, what is refused and with which words."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from realtime import AsyncRealtimeClient

from tests.conformance.environment import HERE
from tests.fixtures.platform import Platform

JSON = {"content-type": "application/json"}


@pytest.fixture
async def api(platform: Platform, branch: str) -> AsyncIterator[httpx.AsyncClient]:
    """The REST API of a fresh branch, without a key."""
    platform.sql(branch, (HERE / "realtime.sql").read_text())
    url = f"{platform.env_url(branch)}/realtime/v1/api/"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
async def client(platform: Platform, branch: str) -> AsyncIterator[AsyncRealtimeClient]:
    """A listener with every right."""
    listener = AsyncRealtimeClient(f"{platform.env_url(branch)}/realtime/v1", platform.keys(branch)["secret"])
    yield listener
    await listener.close()


async def test_who_may_send(platform: Platform, branch: str, api: httpx.AsyncClient) -> None:
    keys = platform.keys(branch)
    body = {"messages": [{"topic": "room", "event": "e", "payload": {}}]}

    async def post(**headers: str) -> tuple[int, str]:
        answer = await api.post("broadcast", json=body, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        return answer.status_code, answer.text

    assert await post() == (401, '{"message":"Unauthorized"}')
    for key in keys.values():
        assert await post(apikey=key) == (202, "")
        assert await post(authorization=f"Bearer {key}") == (202, "")
    assert (await api.post("broadcast", json=body, params={"apikey": keys["anon"]})).status_code == 202
    for bad in ("sb_secret_nobody", "nonsense", jwt.encode({"role": "anon", "exp": 2**31}, "other" * 10)):
        assert (await post(apikey=bad))[0] == 401
        # A token counts before the key beside it.
        assert (await post(apikey=keys["anon"], authorization=f"Bearer {bad}"))[0] == 401
    browser = "Mozilla/5.0 (X11; Linux x86_64)"
    assert (await post(apikey=keys["secret"], **{"user-agent": browser}))[0] == 401

    preflight = await api.options("broadcast", headers={"access-control-request-headers": "apikey"})
    assert (preflight.status_code, preflight.headers["access-control-allow-headers"]) == (204, "apikey")
    assert "POST" in preflight.headers["access-control-allow-methods"]
    elsewhere = str(api.base_url).replace(branch, "a" * 20)
    assert (await api.post(f"{elsewhere}broadcast", json=body)).status_code == 404


async def test_bodies_that_say_nothing(platform: Platform, branch: str, api: httpx.AsyncClient) -> None:
    api.headers["apikey"] = platform.keys(branch)["anon"]
    blank, invalid = ["can't be blank"], ["is invalid"]
    good: dict[str, Any] = {"topic": "t", "event": "e", "payload": {}}
    for content, errors in [
        ({}, {"messages": blank}),
        ({"messages": []}, {"messages": blank}),
        ([], {"messages": blank}),
        ({"messages": {"a": 1}}, {"messages": invalid}),
        ({"messages": [1]}, {"messages": invalid}),
        ({"messages": [{}]}, {"messages": [{"topic": blank, "event": blank, "payload": blank}]}),
        (
            {"messages": [good, {"topic": " ", "event": 1, "payload": [], "private": "perhaps"}]},
            {"messages": [{}, {"topic": blank, "event": invalid, "payload": invalid, "private": invalid}]},
        ),
    ]:
        answer = await api.post("broadcast", json=content)
        assert (answer.status_code, answer.json()) == (422, {"errors": errors})
    for text in (b"{", b"", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000):
        answer = await api.post("broadcast", content=text, headers=JSON)
        assert (answer.status_code, answer.json()) == (422, {"errors": {"body": invalid}})
    for where in ("broadcast", "broadcast/t/events/e"):
        answer = await api.post(where, content=b"{}", headers={"content-type": "text/plain"})
        assert (answer.status_code, answer.json()) == (415, {"message": "Unsupported Media Type"})
    for where in ("broadcast/t", "broadcast/t/e", "broadcast/t/events/e/x", "broadcast/%ff/events/e"):
        assert (await api.post(where, json={})).status_code == 404
    assert (await api.post("broadcast/%20/events/e", json={})).json() == {"errors": {"topic": blank}}
    assert (await api.post("broadcast/t%00/events/e", json={})).status_code == 400

    large = {**good, "payload": {"x": "y" * 3_000_500}}
    too_large = ["Payload size exceeds tenant limit"]
    answer = await api.post("broadcast", json={"messages": [large]})
    assert (answer.status_code, answer.json()) == (422, {"errors": {"messages": [{"payload": too_large}]}})
    answer = await api.post("broadcast/t/events/e", json=large)
    assert (answer.status_code, answer.json()) == (422, {"errors": {"payload": too_large}})
    assert (await api.post("broadcast", content=b" " * 9_000_000, headers=JSON)).status_code == 413


async def test_what_was_sent_arrives(
    platform: Platform, branch: str, api: httpx.AsyncClient, client: AsyncRealtimeClient
) -> None:
    keys = platform.keys(branch)
    api.headers["apikey"] = keys["secret"]
    heard: list[tuple[str, str, Any]] = []
    for topic, private in (("a/b", False), ("team:%", True)):
        channel = client.channel(topic, {"config": {"private": private, "broadcast": None, "presence": None}})

        def note(message: Any, topic: str = topic) -> None:
            heard.append((topic, message["event"], message["payload"]))

        channel.on_broadcast("*", note)
        await channel.subscribe()
        assert channel.is_joined
    api.headers["content-type"] = "application/json; charset=utf-8"
    sent = [
        await api.post("broadcast/a%2Fb/events/e%2F1", content=b'{"n": 1}'),
        await api.post("broadcast/a%2Fb/events/e", content=b"[2]"),
        await api.post("broadcast/team%3A%25/events/e?private=true", content=b'{"n": 3}'),
        await api.post("broadcast/team:%25/events/e", content=b'{"public": "heard by nobody"}'),
        await api.post(
            "broadcast",
            content=json.dumps(
                {
                    "messages": [
                        {"topic": "a/b", "event": "e", "payload": {"n": 4}, "private": "false"},
                        {"topic": "team:%", "event": "e", "payload": {"n": 5}, "private": True},
                        {"topic": "a/b", "event": "\ud800", "payload": {"n": "\x00\ud800"}},
                    ]
                }
            ),
        ),
        await api.post("broadcast/a%2Fb/events/end", content=b"{}"),
    ]
    assert [answer.status_code for answer in sent] == [202] * 6
    async with asyncio.timeout(20):
        while not heard or heard[-1][1] != "end":
            await asyncio.sleep(0.01)
    assert [h for h in heard if "\ud800" not in h[1]] == [
        ("a/b", "e/1", {"n": 1}),
        ("a/b", "e", {"_json": [2]}),
        ("team:%", "e", {"n": 3}),
        ("a/b", "e", {"n": 4}),
        ("team:%", "e", {"n": 5}),
        ("a/b", "end", {}),
    ]

    denied = await api.post(
        "broadcast/team%3A%25/events/e?private=true", content=b"{}", headers={"apikey": keys["anon"]}
    )
    assert (denied.status_code, denied.json()) == (403, {"message": "Unauthorized"})
    batch = {"messages": [{"topic": "t", "event": "e", "payload": {}}] * 101}
    answer = await api.post("broadcast", json=batch)
    message = "Too many messages to broadcast, please reduce the batch size"
    assert (answer.status_code, answer.json()) == (429, {"message": message})


async def test_a_send_that_is_dropped_is_in_the_logs(
    platform: Platform, branch: str, client: AsyncRealtimeClient
) -> None:
    channel = client.channel("t", {"config": {"private": True, "broadcast": None, "presence": None}})
    await channel.subscribe()
    platform.sql(branch, "select realtime.send('[1]', 'e', 't')")
    found: list[str] = []
    deadline = time.monotonic() + 20
    with platform.client() as management:
        while not any("was not sent" in line for line in found) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            params = {"sql": "select source, event_message from logs"}
            rows = management.get(f"/projects/{branch}/analytics/endpoints/logs", params=params).json()
            found = [row["event_message"] for row in rows["result"] if row["source"] == "realtime_logs"]
    reason = 'path element at position 1 is not an integer: "id"'
    assert f"A message was not sent: e on t: {reason}" in found
