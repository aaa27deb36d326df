"""Realtime: how late an event is, and how many deliveries one server carries.

Sender, server, Postgres and all subscribers share this machine's cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from rich.table import Table
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast, serve

from architect.control_project import control_project
from architect.settings import connections
from benchmarks.stack import Stack

EVENTS_PER_S, EVENTS_S = 50, 8
AUDIENCES = (1, 100, 500)
FAN_OUT = 200
RATES = (50, 100, 250, 500, 750)
RATE_S = 5
#: What counts as carried.
DELIVERED, LATE_S = 0.99, 0.050
ROOM = "bench"
#: The server's limits are hosted's; here the machine is to be the limit.
LIMITS = {
    "ARCHITECT_REALTIME_MAX_CONNECTIONS": "2000",
    "ARCHITECT_REALTIME_MAX_MESSAGES_PER_S": "1000000",
    "ARCHITECT_REALTIME_MAX_JOINS_PER_S": "10000",
}
EVENT = (
    "insert into public.build_events (session_id, type, message, payload) values (%s, 'note', 'bench', %s)"
)

Send = Callable[[float], Awaitable[object]]
Figures = dict[str, Any]


class Audience:
    """Subscribers in a process of their own, see :mod:`benchmarks.subscribers`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def of(cls, given: dict[str, Any]) -> AsyncIterator[Audience]:
        """All of them joined; gone when the block ends."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.subscribers", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        made = cls(process)
        try:
            await made._ask(given)
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def hear(self, send: Send, *, rate: int, seconds: float) -> dict[str, float]:
        """What arrived of ``rate`` messages a second; ``sent`` of them in ``took`` seconds."""
        await self._ask({"do": "reset"})
        begun = time.monotonic()
        sent = await paced(send, rate, seconds)
        took = time.monotonic() - begun
        expected, got = -1.0, await self._ask({"do": "report"})
        while got["received"] != expected:  # until nothing more comes
            expected = got["received"]
            await asyncio.sleep(0.5)
            got = await self._ask({"do": "report"})
        return {**got, "sent": sent, "took": took}

    async def _ask(self, value: dict[str, Any]) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the subscribers' process ended")
        return dict(json.loads(line))


async def paced(send: Send, rate: int, seconds: float) -> int:
    """Call ``send`` at even distances; how often. What could not be sent in time is sent at once."""
    begun, count = time.monotonic(), int(rate * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        await send(time.monotonic())
    return count


async def realtime_figures(stack: Stack) -> Figures:
    """Seconds and counts by what was measured."""
    control = await control_project(connections())
    url = f"{control.url}/realtime/v1/websocket"
    given = {"url": url, "key": control.secret_key, "private": True}
    found: Figures = {"notify": await _notify(stack), "events": {}}
    dsn = stack.cluster.dsn("control_plane", "supabase_admin")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        session = await _session(connection)
        for size in AUDIENCES:
            async with Audience.of({**given, "topic": f"build:{session}", "count": size}) as audience:

                async def insert(now: float) -> None:
                    await connection.execute(EVENT, (session, json.dumps({"sent": now})))

                heard = await audience.hear(insert, rate=EVENTS_PER_S, seconds=EVENTS_S)
                found["events"][size] = heard
    found["fan_out"] = await _fan_out({**given, "topic": ROOM, "private": False})
    found["bare"] = await _bare()
    return found


async def _session(connection: psycopg.AsyncConnection[Any]) -> str:
    row = await (
        await connection.execute("select id::text from public.build_sessions order by created_at limit 1")
    ).fetchone()
    assert row is not None
    return str(row[0])


async def _notify(stack: Stack) -> list[float]:
    """The yardstick of an event: a bare NOTIFY to a listener."""
    dsn = stack.cluster.dsn("control_plane", "supabase_admin")
    late: list[float] = []
    async with (
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as listener,
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as sender,
    ):
        await listener.execute("listen bench")

        async def listen() -> None:
            async for told in listener.notifies():
                late.append(time.monotonic() - float(told.payload))

        task = asyncio.create_task(listen())
        await paced(lambda now: sender.execute("select pg_notify('bench', %s)", (str(now),)), EVENTS_PER_S, 4)
        await asyncio.sleep(0.2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return late


async def _fan_out(given: dict[str, Any]) -> list[dict[str, float]]:
    """One sender in a public room, at higher and higher rates, until the server no longer keeps up."""
    url = f"{given['url'].replace('http', 'ws', 1)}?apikey={given['key']}&vsn=1.0.0"
    async with (
        Audience.of({**given, "count": FAN_OUT}) as audience,
        connect(url, compression=None, proxy=None) as sender,
    ):
        joining = {"topic": f"realtime:{ROOM}", "event": "phx_join", "payload": {"config": {}}, "ref": "1"}
        await sender.send(json.dumps({**joining, "join_ref": "1"}))
        drained = asyncio.create_task(_drain(sender))
        found = await _climb(audience, lambda now: sender.send(_frame(now)))
        drained.cancel()
        return found


async def _bare() -> list[dict[str, float]]:
    """The yardstick of fan-out: the ``websockets`` library alone, which knows no channels."""
    joined: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        joined.add(connection)
        await connection.send('{"topic":"","event":"phx_reply","payload":{"status":"ok"},"ref":"1"}')
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        given = {"url": f"http://127.0.0.1:{port}/", "key": "", "topic": ROOM, "private": False}

        async def send(now: float) -> None:
            broadcast(joined, _frame(now))

        async with Audience.of({**given, "count": FAN_OUT}) as audience:
            return await _climb(audience, send)


async def _climb(audience: Audience, send: Send) -> list[dict[str, float]]:
    """Each rate that was carried, and the first that was not, also because it could not be sent."""
    found = []
    for rate in RATES:
        heard = await audience.hear(send, rate=rate, seconds=RATE_S)
        share = heard["received"] / (heard["sent"] * FAN_OUT)
        real = heard["sent"] / heard["took"]
        kept_up = real > rate * DELIVERED and carried(heard, share)
        found.append({**heard, "rate": real, "share": share, "carried": kept_up})
        if not found[-1]["carried"]:
            break
    return found


def carried(heard: dict[str, float], share: float) -> bool:
    return share >= DELIVERED and heard["p95"] < LATE_S


def _frame(now: float) -> str:
    """A broadcast of about 200 bytes."""
    payload = {"type": "broadcast", "event": "move", "payload": {"sent": now, "text": "x" * 100}}
    return json.dumps({"topic": f"realtime:{ROOM}", "event": "broadcast", "payload": payload, "ref": "2"})


async def _drain(socket: Any) -> None:
    async for _ in socket:
        pass


def realtime_table(found: Figures) -> Table:
    """What a person reads."""
    table = Table("Realtime", "p50", "p95", "p99", "delivered", title="Realtime, everything on one machine")
    for size, heard in found["events"].items():
        share = heard["received"] / (heard["sent"] * size)
        who = f"{size} subscribers" if size > 1 else "1 subscriber"
        table.add_row(f"event insert to {who}, {EVENTS_PER_S}/s", *_ms(heard), f"{share:.1%}")
    late = sorted(found["notify"])
    points = [late[min(len(late) - 1, int(len(late) * q))] * 1000 for q in (0.5, 0.95, 0.99)]
    table.add_row("  yardstick: a bare NOTIFY", *(f"{point:.1f} ms" for point in points), "")
    for name, key in ((f"{FAN_OUT} subscribers", "fan_out"), ("  yardstick: websockets alone", "bare")):
        for step in found[key]:
            what = f"{name}, {step['rate'] * FAN_OUT:,.0f} deliveries/s"
            table.add_row(what, *_ms(step), f"{step['share']:.1%}{'' if step['carried'] else ', too much'}")
    return table


def _ms(heard: dict[str, float]) -> tuple[str, str, str]:
    return tuple(f"{heard[name] * 1000:.1f} ms" for name in ("p50", "p95", "p99"))  # type: ignore[return-value]
