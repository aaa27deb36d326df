"""Keeps at most one child process per key: started on first use, restarted when dead, stopped when idle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from architect.embedded.platform.child import Child

log = logging.getLogger(__name__)


class Pool:
    """Children by key. Every use holds the child, so that an idle stop never cuts a request."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._children: dict[str, Child] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._reaper: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._reaper = asyncio.create_task(self._reap(), name="idle children")

    async def close(self) -> None:
        """Stop everything."""
        if self._reaper is not None:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
        await asyncio.gather(*(child.stop() for child in self._children.values()))
        self._children.clear()

    def running(self, key: str) -> Child | None:
        """The child of ``key`` that can be asked now; ``None`` also while it is being stopped."""
        child = self._children.get(key)
        return child if child is not None and child.answers else None

    @asynccontextmanager
    async def use(self, key: str, make: Callable[[], Awaitable[Child]]) -> AsyncIterator[Child]:
        """The child of ``key``, started when needed. Raises :class:`ChildFailed`."""
        child = self.running(key)
        if child is None or self._lock(key).locked():
            async with self._lock(key):
                child = self.running(key) or await self._start(key, make)
                child.in_flight += 1
        else:
            child.in_flight += 1
        try:
            yield child
        finally:
            child.in_flight -= 1
            child.last_used = time.monotonic()

    @asynccontextmanager
    async def stopped(self, key: str) -> AsyncIterator[None]:
        """Stop the child of ``key`` and keep new requests waiting while the body runs."""
        async with self._lock(key):
            await self._stop(key)
            yield

    async def stop(self, key: str) -> None:
        """Stop the child of ``key``, if any."""
        async with self.stopped(key):
            pass
        self._locks.pop(key, None)

    async def stop_all(self, prefix: str) -> None:
        """Stop every child whose key starts with ``prefix``."""
        await asyncio.gather(*(self.stop(key) for key in list(self._children) if key.startswith(prefix)))

    async def retire(self, prefix: str, keep: str) -> None:
        """Let the children under ``prefix`` other than ``keep`` finish what they do, then stop them."""
        for key, child in list(self._children.items()):
            if key.startswith(prefix) and key != keep:
                child.last_used = float("-inf")
                await self._stop_idle(key, child)

    async def _start(self, key: str, make: Callable[[], Awaitable[Child]]) -> Child:
        await self._stop(key)
        child = await make()
        await child.start()
        self._children[key] = child
        return child

    async def _stop(self, key: str) -> None:
        child = self._children.get(key)
        if child is not None:
            await child.stop()
            # Only now: whoever is interrupted on the way leaves the child for close().
            self._children.pop(key, None)

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(min(max(self._idle_s / 2, 0.2), 30.0))
            now = time.monotonic()
            for key, child in list(self._children.items()):
                idle = child.in_flight == 0 and now - child.last_used > self._idle_s
                if idle or not child.alive:
                    log.info("stopping %s", child.name)
                    await self._stop_idle(key, child)

    async def _stop_idle(self, key: str, child: Child) -> None:
        async with self._lock(key):
            # Between the look and the lock somebody may have come.
            if self._children.get(key) is child and child.in_flight == 0:
                await self._stop(key)
