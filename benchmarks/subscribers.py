"""``python -m benchmarks.subscribers``: many subscribers of one channel in a process of their own.

Reads one JSON object a line on standard input and answers each with one on standard output: once
``{"url", "key", "topic", "private", "count"}``, to join; then ``{"do": "reset"}`` and ``{"do": "report"}``.
A message tells when it was sent: ``"sent": <seconds of the machine's monotonic clock>`` anywhere in its text.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from array import array
from functools import partial
from typing import Any
from urllib.parse import urlencode

import numpy as np
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

#: Sockets that connect at the same time.
AT_ONCE = 25
HEARTBEAT_S = 20.0
SENT = re.compile(rb'"sent": ?([0-9.]+)')
JOINED = b'"status":"ok"'


class Subscriber(asyncio.Protocol):
    """One socket in one channel. Sans-io, so that most of the machine is left to the server."""

    def __init__(self, url: str, topic: str, config: dict[str, Any], latencies: array[float]) -> None:
        self._protocol = ClientProtocol(parse_uri(url))
        self._join = json.dumps(
            {"topic": topic, "event": "phx_join", "payload": {"config": config}, "ref": "1", "join_ref": "1"}
        )
        self._latencies = latencies
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):  # the answer to the handshake
                self._send(self._join)
            elif event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._received(bytes(event.data), now)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.joined.done():
            self.joined.set_exception(exc or ConnectionError("the server closed the socket"))

    def heartbeat(self) -> None:
        """Stay, where nothing else is said."""
        self._send('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"h"}')
        self._flush()

    def close(self) -> None:
        self._transport.close()

    def _received(self, text: bytes, now: float) -> None:
        found = SENT.search(text)
        if found is not None:
            self._latencies.append(now - float(found.group(1)))
        elif not self.joined.done() and b"phx_reply" in text:
            if JOINED in text.replace(b" ", b""):
                self.joined.set_result(None)
            else:
                self.joined.set_exception(ConnectionError(text.decode()))

    def _send(self, text: str) -> None:
        self._protocol.send_text(text.encode())

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)


async def join(given: dict[str, Any], latencies: array[float]) -> list[Subscriber]:
    """All of them, joined."""
    url = f"{given['url'].replace('http', 'ws', 1)}?{urlencode({'apikey': given['key'], 'vsn': '1.0.0'})}"
    topic, where, loop = f"realtime:{given['topic']}", parse_uri(url), asyncio.get_running_loop()
    config = {"private": given["private"], "presence": {"enabled": False}}
    made: list[Subscriber] = []
    while len(made) < given["count"]:
        some = []
        for _ in range(min(AT_ONCE, given["count"] - len(made))):
            make = partial(Subscriber, url, topic, config, latencies)
            _, one = await loop.create_connection(make, where.host, where.port)
            some.append(one)
        await asyncio.wait_for(asyncio.gather(*(one.joined for one in some)), 60)
        made += some
    return made


def report(latencies: array[float]) -> dict[str, float]:
    """How many messages came, and how late, in seconds."""
    if not latencies:
        return {"received": 0, "p50": float("inf"), "p95": float("inf"), "p99": float("inf")}
    p50, p95, p99 = np.percentile(np.frombuffer(latencies), [50, 95, 99])
    return {"received": len(latencies), "p50": float(p50), "p95": float(p95), "p99": float(p99)}


async def main() -> None:
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    latencies: array[float] = array("d")
    everybody = await join(json.loads(await lines.readline()), latencies)
    answer({"joined": len(everybody)})
    while True:
        try:
            line = await asyncio.wait_for(lines.readline(), HEARTBEAT_S)
        except TimeoutError:
            for one in everybody:
                one.heartbeat()
            continue
        if not line:
            break
        asked = json.loads(line)["do"]
        if asked == "reset":
            del latencies[:]
        answer(report(latencies))
    for one in everybody:
        one.close()


def answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
