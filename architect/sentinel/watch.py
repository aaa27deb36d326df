"""One sweep: a glance at every environment whose turn it is, and a full check where the glance says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial

from architect.drift.report import blinded
from architect.errors import ArchitectError, CatalogUnreadable, Conflict, InputError
from architect.sentinel import behaviour, guard, probe_key
from architect.sentinel.guard import Checked
from architect.sentinel.reading import Eyes
from architect.sentinel.rows import DriftRequest
from architect.sentinel.states import Guarded
from architect.sessions import ControlPlane
from architect.settings import Connections, Settings

log = logging.getLogger("architect.sentinel")

#: Whoever asked for something has had it carried out by then, or could not.
TAKE_UP_AFTER_S = 30.0
#: How long one environment may take.
CHECK_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Glances:
    """What a glance at environments came to."""

    #: Looked at and found as they were at their last full check.
    unchanged: list[Guarded]
    #: To be checked in full: changed, unreadable, or due whatever the glance says.
    changed: list[Guarded]


@dataclass(slots=True)
class Round:
    """One sweep with its open connections."""

    cp: ControlPlane
    eyes: Eyes
    settings: Settings
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.settings.drift_at_once)

    async def due(self, session_id: str | None = None) -> list[Guarded]:
        """Environments whose turn it is; the named one whether it is or not."""
        live = behaviour.allowed(self.eyes.management.platform, self.settings)
        probing = self.settings.drift_probe_every_s if live else None
        return await self.cp.guarded(
            full_every_s=self.settings.drift_full_every_s, probe_every_s=probing, session_id=session_id
        )

    async def glance(self, due: Sequence[Guarded]) -> Glances:
        """Ask every environment for its change token; what cannot be asked has to be looked at in full."""
        same = await asyncio.gather(*(self._as_before(one) for one in due))
        glances = Glances(
            [one for one, known in zip(due, same, strict=True) if known],
            [one for one, known in zip(due, same, strict=True) if not known],
        )
        await self.cp.looked([one.id for one in glances.unchanged])
        return glances

    async def _as_before(self, one: Guarded) -> bool:
        if one.token is None or one.full_due or one.probe_due:
            return False
        async with self._slots:
            try:
                return await self._token(one) == one.token
            except ArchitectError as error:
                log.warning("session %s gives no change token: %s", one.id, error.message)
                return False

    async def _token(self, one: Guarded) -> str:
        if self.settings.drift_glance == "function":
            return await probe_key.glance(self.cp, self.eyes, one)
        return await self.eyes.token(one.ref)

    async def check(self, one: Guarded) -> Checked | None:
        """A full check; ``None`` when somebody else is at it, or the environment is gone by now.

        One that takes too long is blind, and does not hold up the others.
        """
        token = partial(self._token, one)
        async with self._slots:
            try:
                async with asyncio.timeout(CHECK_TIMEOUT_S):
                    return await guard.check_with(
                        self.cp, self.eyes, one.id, probe=one.probe_due, token=token
                    )
            except (Conflict, InputError) as error:
                log.info("session %s is left alone: %s", one.id, error.message)
                return None
            except TimeoutError:
                late = CatalogUnreadable(f"The check did not end within {CHECK_TIMEOUT_S:g} s")
                session = await self.cp.session(one.id)
                return await guard.keep(self.cp, session, guard.Look(blinded(late)))

    async def left(self) -> list[DriftRequest]:
        """Requests that nobody carried out."""
        return await self.cp.left_requests(TAKE_UP_AFTER_S)


_current: ContextVar[Round] = ContextVar("drift_round")


def current() -> Round:
    """The sweep that is going on. Raises :class:`LookupError` outside of one."""
    return _current.get()


@asynccontextmanager
async def open_round(connections: Connections, settings: Settings) -> AsyncIterator[Round]:
    """The connections of one sweep."""
    async with ControlPlane.open(connections.database_url) as cp, Eyes.open(connections) as eyes:
        token = _current.set(Round(cp, eyes, settings))
        try:
            yield _current.get()
        finally:
            _current.reset(token)
