"""Accepts drift: what is there now is what is expected from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from architect.catalog.facts.snapshot import Key
from architect.errors import ArchitectError
from architect.sentinel import behaviour, guard, record
from architect.sentinel.alerts import Closing
from architect.sentinel.errors import Moved
from architect.sentinel.expectations import Recorded
from architect.sentinel.judging import amended
from architect.sentinel.reading import Eyes
from architect.sentinel.rows import StoredAlert
from architect.sessions import ControlPlane, Session
from architect.settings import Settings

if TYPE_CHECKING:
    from architect.drift.check import Progress


class Accepting:
    """Accepts alerts of one session. The caller holds the watch."""

    def __init__(
        self,
        cp: ControlPlane,
        eyes: Eyes,
        session: Session,
        by: dict[str, Any],
        progress: Progress | None = None,
    ) -> None:
        self._cp = cp
        self._eyes = eyes
        self._session = session
        self._by = by
        self._progress = progress

    async def everything(self) -> dict[str, Any]:
        """The whole environment as it is; also the first expectation of one that never had any.

        Raises what reading it raises: what could not be seen cannot be agreed to.
        """
        ref = await self._ref()
        await self._cp.begin_watch(self._session.id)
        before = await self._cp.alerts(self._session.id)
        recorded = await self._cp.recorded(self._session.id)
        found = await self._eyes.snapshot(ref)
        made = await record.record(
            self._cp,
            self._session,
            found,
            reason="accepted",
            matrix=await self._matrix(ref, recorded),
            agreed=self._by,
        )
        return await self._settle(ref, before, made.version)

    async def some(self, alerts: Sequence[StoredAlert]) -> dict[str, Any]:
        """What ``alerts`` speak of as it is; every other alert stays.

        Raises :class:`Moved` when one of them is not what is there any more; it was checked again by then.
        """
        ref = await self._ref()
        seen = await guard.look(self._cp, self._eyes, self._session, ref, prove=False)
        if seen.found is None or seen.baseline is None or seen.recorded is None:
            raise seen.report.error or ArchitectError("The environment could not be read")
        still = {alert.id for alert in seen.report.alerts}
        gone = [alert for alert in alerts if alert.fingerprint not in still]
        if gone:
            await guard.keep(self._cp, self._session, await self._look(ref))
            raise Moved(f"{gone[0].resource} has changed since this alert was raised")
        keys = frozenset[Key]().union(
            *(seen.report.keys.get(a.fingerprint or "", frozenset()) for a in alerts)
        )
        spots = {alert.resource_name for alert in alerts if alert.resource_kind == "blind_spot"}
        wanted = amended(seen.baseline.snapshot, seen.found, keys)
        known = {*wanted.blind, *(spot for spot in seen.found.blind if spot.what in spots)}
        made = await record.record(
            self._cp,
            self._session,
            replace(wanted, blind=tuple(sorted(known))),
            reason="accepted",
            matrix=await self._matrix(ref, seen.recorded),
            agreed={**self._by, "alerts": [alert.id for alert in alerts]},
        )
        return await self._settle(ref, alerts, made.version)

    async def _matrix(self, ref: str, recorded: Recorded | None) -> dict[str, Any] | None:
        """What people can do now, since that is agreed to as well; ``None`` where it cannot be tried."""
        if recorded is not None and recorded.matrix is None:
            return None
        plan = self._session.plan
        if plan is None or not behaviour.allowed(self._eyes.management.platform, Settings()):
            return None
        try:
            return (await behaviour.measure(self._eyes, ref, plan)).to_json()
        except ArchitectError:
            return None

    async def _settle(self, ref: str, alerts: Sequence[StoredAlert], version: int) -> dict[str, Any]:
        """Hold the environment against the new expectation, and close what was agreed to."""
        seen = await self._look(ref)
        closing = Closing("accepted", self._by, frozenset(alert.id for alert in alerts))
        checked = await guard.keep(self._cp, self._session, seen, closing=closing)
        accepted = [alert.id for alert in checked.closed if alert.closed_how == "accepted"]
        return {"accepted": accepted, "open": len(checked.open), "expectation": version}

    async def _look(self, ref: str) -> guard.Look:
        return await guard.look(self._cp, self._eyes, self._session, ref, progress=self._progress)

    async def _ref(self) -> str:
        environment = self._session.environment
        if not environment:
            return (await guard.watched(self._cp, self._session.id))[1]  # which says why there is none
        return str(environment["ref"])
