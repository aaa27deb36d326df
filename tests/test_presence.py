"""The architect's presence: within Realtime's limits, back after every loss, never in the build's way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from architect.control_project import ControlProject
from architect.errors import InputError, Superseded
from architect.events import channel as channels
from architect.events import presence
from architect.events.cursor import NODES, Cursor
from architect.events.presence import Budget, Presence

SESSION = "6c2b3c5e-1111-4222-8333-944445555666"
TOPIC = f"realtime:build:{SESSION}"
SECRET = "sb_secret_canary0123456789_abcdef01"
TABLE = {"type": "table", "name": "bids"}


class Server:
    """Speaks as much of the protocol as the client needs, and misbehaves as it is told to."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, Any]] = []
        self.queries: list[dict[str, list[str]]] = []
        self.sockets: list[ServerConnection] = []
        self.changed = asyncio.Condition()
        #: What to do instead of an answer, by event.
        self.instead: dict[str, Any] = {}
        self.refusals = 0
        self.url = ""

    def refuse(self, _: ServerConnection, request: Request) -> Response | None:
        self.queries.append(parse_qs(urlsplit(request.path).query))
        if not self.refusals:
            return None
        self.refusals -= 1
        return Response(403, "Forbidden", Headers(), b'{"error": "no"}')

    async def talk(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        async for text in socket:
            join_ref, ref, topic, event, payload = json.loads(text)
            kind = payload["event"] if event == "presence" else event
            async with self.changed:
                self.frames.append((kind, payload))
                self.changed.notify_all()
            instead = self.instead.get(kind)
            if instead is not None:
                await instead(socket, ref)
            elif event != "broadcast":
                reply = {"status": "ok", "response": {}}
                await socket.send(json.dumps([join_ref, ref, topic, "phx_reply", reply]))

    def count(self, kind: str) -> int:
        return sum(one == kind for one, _ in self.frames)

    def last(self, kind: str) -> Any:
        return [payload for one, payload in self.frames if one == kind][-1]["payload"]

    async def until(self, kind: str, count: int = 1) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: self.count(kind) >= count)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    running = Server()
    async with serve(running.talk, "127.0.0.1", 0, process_request=running.refuse) as listening:
        port = listening.sockets[0].getsockname()[1]
        running.url = f"http://127.0.0.1:{port}/p/control"
        yield running


@asynccontextmanager
async def present(url: str, saved: list[dict[str, Any]]) -> AsyncIterator[Presence]:
    async def find() -> ControlProject:
        return ControlProject(url=url, publishable_key="sb_publishable_x", secret_key=SECRET)

    async def save(cursor: dict[str, Any]) -> None:
        saved.append(cursor)

    here = Presence(SESSION, find, save)
    here.start()
    try:
        yield here
    finally:
        async with asyncio.timeout(5):
            await here.close()


async def test_a_build_is_shown_and_left_properly(server: Server) -> None:
    saved: list[dict[str, Any]] = []
    async with present(server.url, saved) as here:
        here.enter("apply_migrations")
        await server.until("track")
        assert server.queries == [{"apikey": [SECRET], "vsn": ["2.0.0"]}]
        [(join, joined)] = [frame for frame in server.frames if frame[0] == "phx_join"]
        assert (join, joined["config"]["private"], joined["access_token"]) == ("phx_join", True, SECRET)
        assert joined["config"]["presence"] == {"key": "architect", "enabled": True}
        first = {"actor": "architect", "step": "apply_migrations", "focus": None, "progress": 0.375}
        assert server.last("track") == first
        for number in range(200):
            here.look_at({"type": "table", "name": f"t{number}"})
        await server.until("track", 2)  # the second change has to wait a little: what it says is the newest
        assert server.last("track")["focus"] == {"type": "table", "name": "t199"}
        assert 0.375 < server.last("track")["progress"] <= 0.5
        here.look_at(TABLE)
        here.finish("apply_migrations")
        here.enter("finalize")
        here.finish("finalize")
    end = {"actor": "architect", "step": "finalize", "focus": None, "progress": 1.0}
    assert [kind for kind, _ in server.frames][-3:] == ["broadcast", "untrack", "phx_leave"]
    assert server.frames[-3][1]["event"] == "cursor"
    final = server.last("broadcast")
    assert {**final, "ts": None} == {**end, "ts": None}
    assert saved[-1] == final
    assert server.count("track") + server.count("untrack") <= 5
    assert server.count("broadcast") < 20, "of two hundred moves at once only the newest is sent"


@pytest.mark.parametrize("loss", ["phx_close", "phx_error", "cut", "track refused", "1013"])
async def test_every_loss_is_made_good(server: Server, loss: str) -> None:
    async def lose(socket: ServerConnection, ref: str) -> None:
        server.instead.clear()
        if loss == "cut":
            socket.transport.abort()
        elif loss == "1013":
            await socket.close(1013, "too slow")
        elif loss == "track refused":
            reply = {"status": "error", "response": {"reason": "Track message size exceeded"}}
            await socket.send(json.dumps(["1", ref, TOPIC, "phx_reply", reply]))
        else:
            await socket.send(json.dumps(["1", "1", TOPIC, loss, {}]))

    server.instead["track"] = lose
    async with present(server.url, []) as here:
        here.enter("configure_rls")
        await server.until("track", 2)
        assert server.count("phx_join") == 2
        assert server.last("track")["step"] == "configure_rls"
    assert server.count("untrack") == 1


async def test_a_heart_that_is_not_answered_is_a_loss(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: ServerConnection, _ref: str) -> None:
        server.instead.clear()

    monkeypatch.setattr(presence, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(channels, "REPLY_S", 0.2)
    server.instead["heartbeat"] = nothing
    async with present(server.url, []) as here:
        here.enter("finalize")
        await server.until("phx_join", 2)
        await server.until("track", 2)


async def test_a_server_that_says_no_costs_one_line(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.refusals = 2
    saved: list[dict[str, Any]] = []
    with caplog.at_level(logging.DEBUG):
        async with present(server.url, saved) as here:
            here.enter("ingest_vibe")
            await server.until("track")
    reason = "the server refused the connection (403)"
    assert warnings(caplog) == [f"The build goes on without presence on its channel: {reason}"]
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [record for record in ours if SECRET in record.getMessage()]
    assert saved[-1]["step"] == "ingest_vibe"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def told(caplog: pytest.LogCaptureFixture, count: int) -> None:
    async with asyncio.timeout(20):
        while len(warnings(caplog)) < count:
            await asyncio.sleep(0.01)


async def test_nobody_there_and_nothing_configured(caplog: pytest.LogCaptureFixture) -> None:
    saved: list[dict[str, Any]] = []
    async with present("http://127.0.0.1:9/p/control", saved) as here:
        here.enter("finalize")
        here.look_at(TABLE)
        await told(caplog, 1)
    assert saved[-1]["focus"] == TABLE, "who joins late learns of it all the same"

    async def missing() -> ControlProject:
        raise InputError("The control plane's own project is not configured")

    async def superseded(_: dict[str, Any]) -> None:
        raise Superseded

    here = Presence(SESSION, missing, superseded)
    here.start()
    here.enter("no such node")
    await told(caplog, 2)
    await here.close()
    assert warnings(caplog)[1].endswith("channel: The control plane's own project is not configured")


async def test_a_server_that_never_answers_does_not_hold_up_the_end(server: Server) -> None:
    async def nothing(_: ServerConnection, _ref: str) -> None:
        pass

    server.instead |= {"untrack": nothing, "phx_leave": nothing}
    saved: list[dict[str, Any]] = []
    async with present(server.url, saved) as here:
        here.enter("finalize")
        await server.until("track")
    assert server.frames[-1][0] == "untrack"
    assert saved[-1]["step"] == "finalize"


@given(st.lists(st.floats(0, 40, allow_nan=False), max_size=60))
def test_no_more_than_four_changes_in_thirty_seconds(pauses: list[float]) -> None:
    budget, now, taken = Budget(), 0.0, []
    for pause in pauses:
        now += pause
        now += budget.wait(now)
        assert budget.wait(now) < 1e-6
        budget.take(now)
        taken.append(now)
    for index, time in enumerate(taken):
        assert index < 4 or time - taken[index - 4] >= 30 - 1e-6
        assert index < 1 or time - taken[index - 1] >= 2 - 1e-6


@given(st.lists(st.one_of(st.sampled_from(NODES), st.just("look"), st.just("unknown")), max_size=60))
def test_progress_never_goes_back(moves: list[str]) -> None:
    cursor = Cursor()
    for move in moves:
        before = cursor.progress
        cursor = cursor.at(TABLE) if move == "look" else cursor.entered(move)
        assert before <= cursor.progress < 1
        done = cursor.finished(cursor.step)
        assert cursor.progress <= done.progress <= 1
    everything = Cursor()
    for node in NODES:
        everything = everything.entered(node).finished(node)
    assert everything.progress == 1
