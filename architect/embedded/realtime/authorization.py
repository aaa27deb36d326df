"""Who may listen and send on a private channel: asked of the policies on ``realtime.messages``.

Rows are written as the owner and read as the caller, or written as the caller; whatever happens is rolled
back. Rows of these questions have no event, so nothing is ever sent because of them.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors

from architect.embedded.realtime.database import Connection, RealtimeDatabase
from architect.sql import query

log = logging.getLogger(__name__)
EXTENSIONS = ("broadcast", "presence")


@dataclass(frozen=True, slots=True)
class Access:
    """What the policies allow, by extension."""

    broadcast: bool = False
    presence: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf the policies are asked: what they see as claims and headers."""

    role: str
    claims: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Authorizer:
    """Asks the policies of one ref. Nothing is remembered here. ``warn`` is told of policies that fail."""

    def __init__(self, database: RealtimeDatabase, warn: Callable[[str], None] = log.warning) -> None:
        self._database = database
        self._warn = warn

    async def read(self, topic: str, caller: Caller, *, presence: bool = True) -> Access:
        """What ``caller`` may hear on ``topic``. Raises :class:`DatabaseUnavailable`."""
        return await self._ask(_read, topic, caller, EXTENSIONS if presence else EXTENSIONS[:1])

    async def write(self, topic: str, caller: Caller, *, presence: bool = True) -> Access:
        """What ``caller`` may send on ``topic``. Raises :class:`DatabaseUnavailable`."""
        return await self._ask(_write, topic, caller, EXTENSIONS if presence else EXTENSIONS[:1])

    async def _ask(self, probe: Any, topic: str, caller: Caller, extensions: tuple[str, ...]) -> Access:
        try:
            async with self._database.connection() as conn, conn.transaction(force_rollback=True):
                allowed = await probe(conn, topic, caller, extensions)
        except (UnicodeEncodeError, psycopg.DataError):
            # A topic or a role that no database can hold, and a role that is not there.
            return Access()
        except psycopg.Error as error:
            # Denied either way, but nobody would find out why.
            self._warn(f"RlsPolicyError: {error.diag.message_primary}")
            return Access()
        return Access(**dict.fromkeys(allowed, True))


async def _read(conn: Connection, topic: str, caller: Caller, extensions: tuple[str, ...]) -> set[str]:
    probes = {uuid.uuid4(): extension for extension in extensions}
    await conn.execute(query("realtime", "insert_probes"), (topic, list(probes), list(probes.values())))
    await _become(conn, topic, caller)
    rows = await (await conn.execute(query("realtime", "visible_probes"), (list(probes), topic))).fetchall()
    return {probes[row[0]] for row in rows}


async def _write(conn: Connection, topic: str, caller: Caller, extensions: tuple[str, ...]) -> set[str]:
    await _become(conn, topic, caller)
    allowed = set()
    for extension in extensions:
        try:
            async with conn.transaction():
                await conn.execute(query("realtime", "insert_probe"), (topic, extension))
        except errors.InsufficientPrivilege:
            continue
        allowed.add(extension)
    return allowed


async def _become(conn: Connection, topic: str, caller: Caller) -> None:
    if caller.role == "none":
        # In SQL this word means: who the connection was made by.
        raise psycopg.DataError("none is not a role")
    claims = json.dumps(dict(caller.claims))
    headers = json.dumps(dict(caller.headers))
    subject = str(caller.claims.get("sub") or "")
    await conn.execute(
        query("realtime", "become"), (claims, subject, caller.role, headers, topic, caller.role)
    )
