"""Restores what drifted: only what was proven, only while the environment is as it was proven for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from architect.catalog.facts.snapshot import Key
from architect.drift.model import Fix
from architect.errors import ArchitectError, PlatformError, ToolCallFailed
from architect.provision.replay_steps import RESTORE_PREFIX
from architect.sentinel import guard, record
from architect.sentinel.alerts import Closing
from architect.sentinel.errors import Moved, NotRestorable
from architect.sentinel.guard import Checked, Look, digest_of
from architect.sentinel.judging import amended, source_of
from architect.sentinel.reading import Eyes
from architect.sentinel.rows import StoredAlert
from architect.sessions import ControlPlane, Session

if TYPE_CHECKING:
    from architect.drift.check import Progress


class Restoring:
    """Restores alerts of one session, one after the other, with a check after each.

    The caller holds the watch. The tool server of ``eyes`` logs what changes the environment.
    """

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
        self._ref = str((session.environment or {})["ref"])
        self._by = by
        self._progress = progress
        #: The state that our own fixes made of one that they were proven for: all of them were also tried
        #: together, so the next one may be run in it.
        self._made: str | None = None

    async def run(self, alerts: Sequence[StoredAlert]) -> dict[str, Any]:
        """Restore ``alerts``; ``{restored, left: [{alert, why}], open}``.

        One that cannot be restored is left, and the others are tried all the same.
        """
        restored: list[str] = []
        left: list[dict[str, str]] = []
        for alert in alerts:
            # What was restored before may have taken it away.
            if (await self._cp.alert(self._session.id, alert.id)).open:
                self._say(f"restoring {alert.resource}")
                try:
                    await self._one(alert)
                except ArchitectError as error:
                    left.append({"alert": alert.id, "code": error.code, "why": error.message})
                    continue
            restored.append(alert.id)
        still = await self._cp.alerts(self._session.id)
        if self._made is not None and still:
            self._say("proving the other fixes anew")
            still = (await self._look_again()).open
        return {"restored": restored, "left": left, "open": len(still)}

    async def _one(self, alert: StoredAlert) -> None:
        """Raises :class:`NotRestorable`, :class:`Moved`, or what applying the fix raised."""
        if alert.fix is None or not alert.fix["proven"]:
            raise NotRestorable(
                f"Nothing has shown that {alert.resource} can be restored by SQL",
                hint="Set it back by hand, or accept it.",
            )
        seen = await guard.look(self._cp, self._eyes, self._session, self._ref, prove=False)
        fix = await self._the_proven(alert, seen)
        name = f"{RESTORE_PREFIX}{digest_of(fix.sql)[:12]}"
        try:
            await self._eyes.mcp.call(
                "apply_migration", {"project_id": self._ref, "name": name, "query": fix.sql}
            )
        except ToolCallFailed as error:
            if error.details.get("sqlstate"):
                raise
            # Nobody knows whether it had its effect: the check does.
        checked = await self._check(name, alert)
        if checked.report.error is not None:
            raise checked.report.error
        if any(one.id == alert.id for one in checked.open):
            raise PlatformError(
                f"{alert.resource} is as it was after its fix was applied",
                hint="See the check that followed.",
            )

    async def _the_proven(self, alert: StoredAlert, seen: Look) -> Fix:
        """The fix, written anew from the facts: what stands in the alert is for reading.

        Raises :class:`Moved` when the environment is not as it was when the fix was proven; it is checked
        again by then.
        """
        if seen.found is None:
            raise PlatformError(seen.report.error.message if seen.report.error else None)
        source = await asyncio.to_thread(source_of, seen.found)
        now = next((one for one in seen.report.alerts if one.id == alert.fingerprint), None)
        fix = now.fix if now is not None else None
        if (
            source not in (alert.source, self._made)
            or fix is None
            or alert.fix is None
            or digest_of(fix.sql) != alert.fix["digest"]
        ):
            self._say("the environment has moved; checking it again")
            await self._look_again()
            raise Moved(f"The environment has changed since the fix of {alert.resource} was proven")
        return fix

    async def _check(self, name: str, alert: StoredAlert) -> Checked:
        """What is there now; the ledger entry that the fix left behind is agreed to with it."""
        self._say("checking again")
        recorded = await self._cp.recorded(self._session.id)
        if recorded is not None:
            found = await self._eyes.snapshot(self._ref)
            expected = guard.baseline_of(recorded).snapshot
            ours = frozenset(
                key
                for key, fact in found.facts.items()
                if _is_ours(key, fact.detail, name) and key not in expected.facts
            )
            if ours:
                await record.record(
                    self._cp,
                    self._session,
                    amended(expected, found, ours),
                    reason="restored",
                    matrix=recorded.matrix,
                    agreed={**self._by, "alert": alert.id, "migration": name},
                )
        seen = await guard.look(self._cp, self._eyes, self._session, self._ref, prove=False)
        if seen.found is not None:
            self._made = await asyncio.to_thread(source_of, seen.found)
        closing = Closing("restored", self._by, frozenset({alert.id}))
        return await guard.keep(self._cp, self._session, seen, closing=closing)

    async def _look_again(self) -> Checked:
        """A full check with proofs: what is open now, and what would restore it."""
        self._made = None
        seen = await guard.look(self._cp, self._eyes, self._session, self._ref, progress=self._progress)
        return await guard.keep(self._cp, self._session, seen)

    def _say(self, what: str) -> None:
        if self._progress is not None:
            self._progress(what)


def _is_ours(key: Key, detail: Any, name: str) -> bool:
    return key.kind == "migration" and detail.get("name") == name
