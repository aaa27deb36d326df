"""Logs of every environment: written in batches to the store, bounded, free of secrets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import uuid
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from architect.embedded.platform.store import Row, Store
from architect.redaction import redact_text

log = logging.getLogger(__name__)
#: Entries kept of one environment, in the store and while they wait for it.
KEPT = 5_000
WAITING = 20_000
FLUSH_S = 1.0
MAX_MESSAGE = 8_000
#: Strings and comments, also those that do not end; quoted names, so that nothing in them looks like one.
_QUOTED = re.compile(
    r"""
    (?P<name>"(?:[^"]|"")*")
  | (?P<text>(?i:\be)'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z)
      | (?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$).*?(?:(?P=dollar)|\Z))
  | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    """,
    re.S | re.X,
)


class Logs:
    """Takes entries at once and stores them a moment later."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._writer = asyncio.create_task(self._write(), name="logs")

    async def close(self) -> None:
        """Store what waits."""
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        await self._try_flush()

    def add(
        self, ref: str, source: str, message: str, attributes: Mapping[str, Any], *, severity: str = "INFO"
    ) -> None:
        """Note one entry of ``source``, one of the hosted platform's: edge_logs, postgres_logs and so on."""
        self._waiting.append(
            {
                "id": str(uuid.uuid4()),
                "ref": ref,
                "at": datetime.now(UTC).isoformat(),
                "source": source,
                "message": _clean(message),
                "severity": severity,
                "attributes": {k: _clean(str(v)) for k, v in attributes.items() if v is not None},
            }
        )

    async def within(self, ref: str, start: datetime, end: datetime) -> list[Row]:
        """Entries of ``ref`` from ``start`` until before ``end``, oldest first; those just made are there."""
        await self.flush()
        window = {"ref": ref, "start": start, "end": end}
        rows = await self._store.all("logs.within", **window)
        runs = [_run(row) for row in await self._store.all("logs.runs", **window)]
        return sorted(rows + runs, key=lambda row: row["at"])

    async def flush(self) -> None:
        """Store what waits. Raises :class:`psycopg.Error`; then it still waits."""
        async with self._lock:
            entries = list(self._waiting)
            if entries:
                await self._store.run("logs.add", entries=Jsonb(entries))
                for _ in entries:
                    self._waiting.popleft()
                await self._store.run("logs.trim", refs=list({e["ref"] for e in entries}), keep=KEPT)

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self._try_flush()

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except psycopg.Error as error:
            log.warning("logs could not be stored: %s", redact_text(str(error)))


def without_literals(sql: str) -> str:
    """``sql`` with nothing that somebody may have written into a string or a comment."""
    return _QUOTED.sub(lambda match: match["name"] or ("'?'" if match["text"] else ""), sql).strip()


def severity(status: int) -> str:
    """How bad an HTTP answer is."""
    return "ERROR" if status >= 500 else "WARN" if status >= 400 else "INFO"


def _clean(text: str) -> str:
    return redact_text(text.replace("\x00", "").encode("utf-8", "replace").decode())[:MAX_MESSAGE]


def _run(row: Row) -> Row:
    attributes = {"workflow_run": str(row["id"])}
    return {
        "id": row["id"], "at": row["updated_at"], "source": "workflow_run_logs", "message": row["logs"],
        "severity": "INFO", "attributes": attributes,
    }  # fmt: skip
