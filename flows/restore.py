"""Restore or accept drift: what somebody approved, by the command line, the API, the page or here."""

from __future__ import annotations

from typing import Any, Literal

from prefect import flow
from pydantic import BaseModel, Field

from architect.errors import ArchitectError, InputError
from architect.sentinel import decisions
from architect.sentinel.rows import DriftRequest
from architect.sessions import ControlPlane
from blocks.resolve import connections


class Decision(BaseModel):
    """What an operator fills in in the Prefect UI."""

    session_id: str = Field(description="The session whose environment drifted")
    verb: Literal["restore", "accept"] = Field(
        default="restore", description="Bring back what was agreed to, or agree to what is there now"
    )
    alerts: list[str] | None = Field(
        default=None,
        description="Ids of alerts, or how they begin. None: restore whatever was proven and loses nothing; "
        "accept the whole environment as it is",
    )
    note: str = Field(default="", max_length=1000, description="Why")
    approve: bool = Field(default=False, description="I have read what will be done")


class NotDone(ArchitectError):
    """What was asked for could not be done."""

    code = "drift_request_failed"


@flow(name="restore", persist_result=False)
async def restore(request_id: str | None = None, decision: Decision | None = None) -> dict[str, Any]:
    """Carry out a request that stands in the control plane, or one that is filled in here.

    The fix is run only while the environment is as it was when the fix was proven; then it is checked again.

    Raises
    ------
    InputError
        Neither is given, or the decision is not approved.
    NotDone
        It failed; the request says why.
    """
    target = await connections()
    if request_id is None:
        if decision is None or not decision.approve:
            raise InputError("Nothing was approved", hint="Fill in the decision and tick 'approve'.")
        async with ControlPlane.open(target.database_url) as cp:
            request_id = (await _asked(cp, decision)).id
    done = await decisions.carry_out(request_id, target)
    if done.state == "failed":
        raise NotDone(str((done.error or {}).get("message")), hint=(done.error or {}).get("hint"))
    return {"request": done.id, "state": done.state, **(done.result or {})}


async def _asked(cp: ControlPlane, decision: Decision) -> DriftRequest:
    ids = None
    if decision.alerts is not None:
        ids = [(await cp.alert(decision.session_id, one)).id for one in decision.alerts]
    return await cp.request_drift(
        decision.session_id, decision.verb, ids, decision.note, via="prefect", operator="Prefect UI"
    )
