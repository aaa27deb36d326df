"""The right to work on a session: a lock that dies with the process, and a number that outlives it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from architect.sessions.model import Session


@dataclass(frozen=True, slots=True)
class Lease:
    """Held while the ``async with`` of :meth:`ControlPlane.claim` is open."""

    #: The session as it was claimed.
    session: Session
    #: Which run of the session this is, from 1; writes of older runs are refused.
    attempt: int
    _connection: AsyncConnection[DictRow]

    @property
    def held(self) -> bool:
        """Whether the connection that carries the lock still stands, as far as this process knows."""
        return not (self._connection.closed or self._connection.broken)
