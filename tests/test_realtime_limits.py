"""What the Realtime server refuses, and how it says so: limits, tokens that end, clients that do not read."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus

from architect.embedded.platform.options import Options
from architect.embedded.platform.server import Server
from architect.embedded.postgres import Cluster
from architect.embedded.realtime import routes
from architect.embedded.realtime.options import RealtimeOptions
from architect.embedded.realtime.protocol import OutletProtocol
from architect.embedded.realtime.server import Realtime
from architect.serving import GracefulServer
from tests.fixtures.platform import Platform
from tests.realtime_peer import TIMEOUT_S, Peer, peer, user_token

pytestmark = pytest.mark.stack
QUIET: dict[str, Any] = {"presence": {"enabled": False}}
Connect = Callable[..., AbstractAsyncContextManager[Peer]]
Serve = Callable[..., AbstractAsyncContextManager[Connect]]
POLICIES = """
create policy "members read" on realtime.messages for select to authenticated
  using (realtime.topic() like 'open:%' or realtime.topic() = 'of:' || (auth.jwt() ->> 'team'));
create policy "members write" on realtime.messages for insert to authenticated
  with check (realtime.topic() = 'of:' || (auth.jwt() ->> 'team'));
"""


def _topic() -> str:
    return f"realtime:room:{uuid.uuid4()}"


@pytest.fixture(scope="module")
def key(platform: Platform) -> str:
    return platform.keys(platform.workspace_ref)["publishable"]


@pytest.fixture
def serve(platform: Platform, cluster: Cluster, key: str) -> Serve:
    """Runs the real server beside the platform's, with limits of the test's own."""

    @asynccontextmanager
    async def serving(**limits: Any) -> AsyncIterator[Connect]:
        server = Server.build(platform.state, cluster, Options())
        options = RealtimeOptions(connect_backoff_s=0, channel_backoff_s=0, **limits)
        server.realtime = Realtime(cluster, server.environments, options, server.logs)
        app = Starlette(routes=routes.routes())
        app.state.server = server
        await server.store.open()
        await server.environments.load()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(
                app, ws=OutletProtocol, ws_max_size=options.max_frame, lifespan="off", log_config=None
            )
            web = GracefulServer(config)
            task = asyncio.create_task(web.serve(sockets=[listener]))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/p/{platform.workspace_ref}"
            try:
                yield lambda **query: peer(url, key, **query)
            finally:
                web.should_exit = True
                await task
                await server.realtime.close()
                await server.store.close()

    return serving


async def _refused(connect: Connect) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        async with connect():
            pass
    response = refused.value.response
    return response.status_code, json.loads(response.body or b"")["error"]


async def test_connections_channels_and_joins(serve: Serve) -> None:
    async with serve(max_connections=2, max_channels=2, max_joins_per_s=0.1) as connect:
        async with connect() as one, connect() as two:
            assert await _refused(connect) == (429, "Too many connected users")
            for _ in range(2):
                await one.join(_topic(), **QUIET)
            ref = await one.send("phx_join", _topic(), {})
            reason = await one.reply(ref, status="error")
            assert reason == {"reason": "ChannelRateLimitReached: Too many channels"}
            # Six joins in a minute, of which the refused one counts as well.
            for _ in range(2):
                await two.join(topic := _topic(), **QUIET)
            await two.send("phx_join", topic, {"config": QUIET})
            assert [(await two.get()).event for _ in range(2)] == ["phx_close", "phx_reply"]
            ref = await two.send("phx_join", topic, {})
            told = await two.reply(ref, status="error")
            assert told == {"reason": "ClientJoinRateLimitReached: Too many joins per second"}
            assert await two.closed() == 1001
        assert await _refused(connect) == (429, "Too many joins per second")


async def test_messages_of_a_project(serve: Serve) -> None:
    async with serve(max_messages_per_s=0.1) as connect, connect() as one, connect(version=1) as two:
        for it in (one, two):
            await it.join(topic := "realtime:limited", broadcast={"self": True}, **QUIET)
        # One in and two out: the third is beyond the six of a minute.
        for n in range(3):
            await one.broadcast(topic, "n", n)
        for it in (one, two):
            assert [await it.heard("n") for _ in range(3)] == [0, 1, 2]
            await it.shut("Too many messages per second")
        ref = await one.broadcast(topic, "n", 4)
        assert await one.reply(ref, status="error") == {"reason": "unmatched topic"}


async def test_presence_calls_sizes_and_rates(serve: Serve) -> None:
    topic = _topic()
    async with serve(presence_calls=5, max_payload=1000) as connect, connect() as one, connect() as two:
        await one.join(topic, **QUIET)
        await two.join(topic)
        for n in range(5):
            await one.track(topic, {"n": n})
        await one.track(topic, {"n": 5})
        frames = [(await one.get()).event for _ in range(11)]
        assert (frames.count("phx_reply"), frames.count("presence_diff")) == (5, 5)
        await one.shut("Client presence rate limit exceeded")
        # Whoever is shut out is gone for the others.
        diffs = [(await two.get()).payload for _ in range(6)]
        assert (diffs[-1]["joins"], len(diffs[-1]["leaves"])) == ({}, 1)
        await two.track(topic, {"much": "x" * 1000})
        await two.shut("Track message size exceeded")
    async with serve(max_presence_per_s=0.02) as connect, connect() as one:
        await one.join(topic)
        await one.track(topic, {})
        assert {(await one.get()).event for _ in range(2)} == {"phx_reply", "presence_diff"}
        await one.track(topic, {"n": 1})
        await one.shut("Too many presence messages per second")


async def test_payloads_and_frames(serve: Serve) -> None:
    async with serve(max_payload=1000, max_frame=5000) as connect, connect() as one, connect() as two:
        for it in (one, two):
            await it.join(topic := "realtime:sizes", broadcast={"ack": it is one}, **QUIET)
        ref = await one.broadcast(topic, "large", "x" * 1000)
        assert await one.reply(ref, status="error") == {"error": "payload_size_exceeded"}
        ref = await one.send_binary(topic, "large", bytes(1000), as_json=False)
        assert await one.reply(ref, status="error") == {"error": "payload_size_exceeded"}
        await two.broadcast(topic, "large", "x" * 1000)
        await two.broadcast(topic, "small", "x" * 900)
        assert await one.heard("small") == "x" * 900
        await two.broadcast(topic, "huge", "x" * 5000)
        assert await two.closed() == 1009
        ref = await one.broadcast(topic, "alone", 1)
        assert await one.reply(ref) == {}


async def test_sockets_that_are_idle_or_without_a_channel(serve: Serve) -> None:
    async with serve(idle_s=0.3) as connect, connect() as one:
        await one.join(_topic(), **QUIET)
        assert await one.closed() == 1001
    async with serve(no_channel_s=0.3) as connect, connect() as one, connect() as two:
        await one.join(topic := _topic(), **QUIET)
        assert await two.closed() == 1001
        await one.reply(await one.send("phx_leave", topic, {}))
        assert (await one.get()).event == "phx_close"
        assert await one.closed() == 1001


async def test_a_client_that_does_not_read_stands_in_nobodys_way(serve: Serve) -> None:
    async with (
        serve(queue_bytes=2_000_000, max_messages_per_s=10_000) as connect,
        connect() as sender,
        connect() as reader,
        connect() as sleeper,
    ):
        for it in (sleeper, reader, sender):
            await it.join(topic := "realtime:slow", broadcast={"ack": True}, **QUIET)
        sleeper.connection.transport.pause_reading()
        large = "x" * 200_000
        for n in range(100):
            ref = await sender.broadcast(topic, str(n), large)
            assert await reader.heard(str(n)) == large
            assert await sender.reply(ref) == {}
        sleeper.connection.transport.resume_reading()
        with pytest.raises(ConnectionClosed) as closed:
            await _read_on(sleeper)
        # Told so, or cut off for not having read even that.
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1013
        ref = await sender.broadcast(topic, "after", 1)
        assert await reader.heard("after") == 1


async def _read_on(one: Peer) -> None:
    while True:
        await asyncio.wait_for(one.connection.recv(), TIMEOUT_S)


async def test_tokens_that_end_are_renewed_or_not(platform: Platform, serve: Serve) -> None:
    ref = platform.workspace_ref
    renewed, brief = _topic(), _topic()
    async with serve() as connect, connect() as one:
        short = user_token(platform, ref, 2)
        await one.join(renewed, token=short, **QUIET)
        await one.join(brief, token=short, **QUIET)
        for ignored in ("sb_publishable_other", None, short, 5):
            await one.send("access_token", renewed, {"access_token": ignored})
        await one.send("access_token", renewed, {"access_token": user_token(platform, ref, 600)})
        why, end = await one.get(), await one.get()
        assert (why.event, end.event, end.topic) == ("system", "phx_close", brief)
        assert why.payload["message"].startswith("Token has expired")
        ask = await one.send("phx_join", brief, {"access_token": short, "config": QUIET})
        reason = (await one.reply(ask, status="error"))["reason"]
        assert reason.startswith("InvalidJWTToken: Token has expired ")
        assert reason.endswith(" seconds ago")
        refused = {
            "x.y.z": "MalformedJWT: The token provided is not a valid JWT",
            user_token(platform, ref, 60, role=None): (
                "InvalidJWTToken: Fields `role` and `exp` are required in JWT"
            ),
            user_token(platform, ref, 60)[:-6]
            + "AAAAAA": "JwtSignatureError: Failed to validate JWT signature",
        }
        for token, message in refused.items():
            ask = await one.send("phx_join", brief, {"access_token": token, "config": QUIET})
            assert await one.reply(ask, status="error") == {"reason": message}
        await one.send("access_token", renewed, {"access_token": user_token(platform, ref, -60)})
        why = await one.get()
        assert (why.topic, why.payload["message"][:17]) == (renewed, "Token has expired")
        assert (await one.get()).event == "phx_close"


async def test_what_policies_allow_follows_the_token(platform: Platform, branch: str) -> None:
    platform.sql(branch, POLICIES)
    url, key = platform.env_url(branch), platform.keys(branch)["publishable"]
    a, b = (user_token(platform, branch, 600, team=team) for team in "ab")
    async with peer(url, key) as one, peer(url, key, version=1) as two:
        config = {"private": True, "broadcast": {"ack": True, "self": True}, **QUIET}
        for topic in ("realtime:of:a", "realtime:open:hall"):
            await one.join(topic, token=a, **config)
        # Without a right to write: an acknowledgement says so, presence too, and nobody hears a thing.
        ref = await one.broadcast("realtime:open:hall", "no", 1)
        reason = "Unauthorized: You do not have permissions to write to this Channel topic: open:hall"
        assert await one.reply(ref, status="error") == {"reason": reason}
        assert await one.reply(await one.track("realtime:open:hall", {}), status="error") == {}
        ref = await one.broadcast("realtime:of:a", "yes", 1)
        assert await one.heard("yes") == 1
        assert await one.reply(ref) == {}

        ref = await two.send("phx_join", "realtime:of:a", {"config": config, "access_token": b})
        reason = "Unauthorized: You do not have permissions to read from this Channel topic: of:a"
        assert await two.reply(ref, status="error") == {"reason": reason}
        await one.send("access_token", "realtime:of:a", {"access_token": b})
        await one.shut("You do not have permissions to read from this Channel topic: of:a")
        await one.send("access_token", "realtime:open:hall", {"access_token": b})
        ref = await one.send("heartbeat", "phoenix", {})
        assert await one.reply(ref) == {}


async def test_keys_are_asked_again(platform: Platform, branch: str) -> None:
    url, topic = platform.env_url(branch), _topic()
    keys = f"/projects/{branch}/api-keys"
    reading = {"role": "service_role", "va_read_only": True}
    elsewhere = {"role": "service_role", "va_services": ["rest"]}
    with platform.client() as client:
        made = [
            client.post(
                keys,
                params={"reveal": "true"},
                json={"type": "secret", "name": name, "secret_jwt_template": t},
            ).json()
            for name, t in (("brief", None), ("reading", reading), ("elsewhere", elsewhere))
        ]
        async with AsyncExitStack() as stack:
            one, reader = [await stack.enter_async_context(peer(url, k["api_key"])) for k in made[:2]]
            with pytest.raises(InvalidStatus) as refused:
                await stack.enter_async_context(peer(url, made[2]["api_key"]))
            assert refused.value.response.status_code == 403
            for it in (one, reader):
                await it.join(topic, broadcast={"ack": True}, private=True, **QUIET)
            ref = await reader.broadcast(topic, "no", 1)
            assert (await reader.reply(ref, status="error"))["reason"].startswith("Unauthorized: ")
            ref = await one.broadcast(topic, "yes", 1)
            assert await reader.heard("yes") == 1
            assert await one.reply(ref) == {}

            assert client.delete(f"{keys}/{made[0]['id']}").status_code == 200
            await one.shut("Invalid API key")
            assert await one.closed() == 1008
            assert client.delete(f"/branches/{branch}").is_success
            async with asyncio.timeout(TIMEOUT_S):
                assert await reader.closed() == 1001
