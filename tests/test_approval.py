"""A plan that waits for approval: asked about, decided on, by whom it may be, and on that very plan only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prefect.exceptions import Pause

from architect import gate, workbench
from architect.api.runs import Run
from architect.errors import (
    ArchitectError,
    Conflict,
    EngineUnavailable,
    InputError,
    PlanChanged,
    PlanRejected,
    Superseded,
)
from architect.plan.model import Plan
from architect.sessions import BuildOptions, ControlPlane, Session
from architect.settings import Connections
from tasks import approve_plan
from tests import plans
from tests.fixtures.api import Api, User, begin, error

PLAN = plans.plan(plans.table("books", [plans.column("title")]))
OTHER = plans.plan(plans.table("books", [plans.column("title"), plans.column("author")]))
ASKING = {"options": {"requireApproval": True}}


class Engine:
    """What the gate asks of the engine's API, written down."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int, bool]] = []

    async def wake(self, session_id: str, attempt: int, *, insist: bool = False) -> Run | None:
        self.asked.append(("wake", session_id, attempt, insist))
        return None

    async def cancel(self, session_id: str) -> list[Run]:
        self.asked.append(("cancel", session_id, 0, False))
        return []


async def session_of(cp: ControlPlane) -> Session:
    return await cp.create_session(
        spec_text="Books.", template="blank", options=BuildOptions(require_approval=True)
    )


async def park(cp: ControlPlane, session_id: str, plan: Plan = PLAN) -> Session:
    """What a run does up to the gate: it takes the session up, plans, asks, and lets go."""
    async with cp.claim(session_id):
        await cp.set_status(session_id, "running")
        await cp.save_plan(session_id, plan.model_dump(mode="json"))
        return await cp.request_approval(session_id, plan.digest())


async def told(cp: ControlPlane, session_id: str) -> list[str]:
    return [event.type for event in await cp.events(session_id)]


async def test_a_question_is_put_once_and_answered_once(control_plane: ControlPlane) -> None:
    made = await session_of(control_plane)
    assert "approval" not in made.api_dict()
    with pytest.raises(Conflict):
        await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli")
    waiting = await park(control_plane, made.id)
    assert (waiting.status, waiting.waiting, waiting.parked) == ("running", True, True)
    shown = waiting.api_dict()["approval"]
    assert set(shown) == {"state", "planHash", "requestedAt"}
    assert (shown["state"], shown["planHash"]) == ("waiting", PLAN.digest())
    again = await park(control_plane, made.id)  # another run comes to the same gate
    assert again.approval
    assert waiting.approval
    assert (again.approval.id, again.approval.attempt) == (waiting.approval.id, 2)
    with pytest.raises(PlanChanged):
        await control_plane.decide_plan(made.id, "approved", OTHER.digest(), via="cli")
    with pytest.raises(InputError):
        await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli", note="x" * 1001)
    decided = await control_plane.decide_plan(
        made.id,
        "approved",
        PLAN.digest(),
        via="cli",
        operator="ada",
        note="key sb_secret_Canary0123456789abcdef",
    )
    assert (decided.status, decided.waiting, decided.parked) == ("running", False, True)
    assert decided.approval
    assert (decided.approval.state, decided.approval.operator) == ("approved", "ada")
    assert "Canary" not in (decided.approval.note or "x")
    same = await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli", note="once more")
    assert same.approval == decided.approval
    with pytest.raises(Conflict):
        await control_plane.decide_plan(made.id, "rejected", PLAN.digest(), via="cli")
    taken_up = await park(control_plane, made.id)
    assert not taken_up.waiting
    assert not taken_up.parked, "the run that goes on is not taken for one that waits"
    assert await told(control_plane, made.id) == ["approval_requested", "plan_approved"]
    payload = (await control_plane.events(made.id))[1].payload
    assert (payload["planHash"], payload["via"], payload["operator"]) == (PLAN.digest(), "cli", "ada")


async def test_another_plan_is_another_question(control_plane: ControlPlane) -> None:
    made = await session_of(control_plane)
    first = (await park(control_plane, made.id)).approval
    await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli")
    changed = await park(control_plane, made.id, OTHER)
    assert changed.waiting
    assert first
    assert changed.approval
    assert changed.approval.id != first.id
    with pytest.raises(PlanChanged):
        await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli")
    asked = [e for e in await control_plane.events(made.id) if e.type == "approval_requested"]
    assert [event.payload["changed"] for event in asked] == [False, True]


async def test_a_rejected_plan_ends_the_session_and_a_retry_asks_again(
    control_plane: ControlPlane, control_dsn: str
) -> None:
    made = await session_of(control_plane)
    async with control_plane.claim(made.id):
        await control_plane.set_status(made.id, "running")
        await control_plane.request_approval(made.id, PLAN.digest())
        rejected = await control_plane.decide_plan(
            made.id, "rejected", PLAN.digest(), via="cli", note="no books"
        )
        assert (rejected.status, rejected.parked) == ("canceled", False)
        with pytest.raises(Superseded):
            await control_plane.save_outputs(made.id, {"too": "late"})
    failure = rejected.error_dict()
    assert failure
    assert (failure["code"], failure["message"]) == (
        "plan_rejected",
        "the plan was rejected: no books",
    )
    assert rejected.api_dict()["approval"]["note"] == "no books"
    assert await told(control_plane, made.id) == ["approval_requested", "plan_rejected", "build_failed"]
    async with ControlPlane.open(control_dsn) as retry:
        await retry.set_status(made.id, "queued")
        again = await park(retry, made.id)
    assert again.waiting
    assert "error" not in again.api_dict()


async def test_a_waiting_session_is_nobodys_to_close(api: Api, control_plane: ControlPlane) -> None:
    made = await session_of(control_plane)
    asked = await park(control_plane, made.id)
    for canceled in (True, False):
        assert not await workbench.close_stopped(
            made.id, api.connections, canceled=canceled, reason="killed", run=asked.attempt
        )
    engine: Any = Engine()
    assert await gate.catch_up(control_plane, engine) == []
    assert (await control_plane.session(made.id)).waiting
    decided = await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli")
    assert await gate.catch_up(control_plane, engine) == [], "whoever decided is about to tell the engine"
    await gate.follow(decided, engine)
    past = (
        "update build_sessions set approval = approval || jsonb_build_object(%s::text, now() - %s::interval)"
    )
    api.sql(past, "decidedAt", "2 minutes")
    assert await gate.catch_up(control_plane, engine) == [made.id]
    assert engine.asked == [("wake", made.id, 1, False), ("wake", made.id, 1, True)]
    async with control_plane.claim(made.id):
        pass  # a run takes it up and is killed: what upkeep closes again
    assert await gate.catch_up(control_plane, engine) == []
    assert await workbench.close_stopped(made.id, api.connections, canceled=False, reason="killed")

    forgotten = await session_of(control_plane)
    await park(control_plane, forgotten.id)
    api.sql(past, "requestedAt", "31 days")
    assert await gate.catch_up(control_plane, engine) == []
    ended = await control_plane.session(forgotten.id)
    assert (ended.status, ended.approval and ended.approval.via) == ("canceled", "upkeep")
    assert engine.asked[-1] == ("cancel", forgotten.id, 0, False)


async def test_the_gate_lets_through_what_was_agreed_to_and_nothing_else(
    api: Api, control_plane: ControlPlane
) -> None:
    made = await session_of(control_plane)
    async with control_plane.claim(made.id) as lease:
        bench = workbench.Workbench(
            await control_plane.session(made.id), control_plane, lease, api.connections
        )
        await control_plane.set_status(made.id, "running")
        await control_plane.save_plan(made.id, PLAN.model_dump(mode="json"))
        asked = await gate.ask(bench)
        assert asked
        assert asked.state == "waiting"
        await gate.settle(bench, asked, "approved", "")
        assert await gate.ask(bench) is None
        assert await bench.plan() == PLAN
        await control_plane.save_plan(made.id, OTHER.model_dump(mode="json"))
        with pytest.raises(PlanChanged):
            await bench.plan()
        asked = await gate.ask(bench)
        assert asked
        assert asked.plan_hash == OTHER.digest()
        await control_plane.decide_plan(made.id, "rejected", OTHER.digest(), via="cli")
        with pytest.raises(PlanRejected):  # what was decided elsewhere counts, whatever the form says
            await gate.settle(bench, asked, "approved", "")
    plain = await control_plane.create_session(spec_text="Books.", template="blank")
    async with control_plane.claim(plain.id) as lease:
        bench = workbench.Workbench(plain, control_plane, lease, api.connections)
        assert await gate.ask(bench) is None


async def test_a_run_that_steps_aside_leaves_its_session_alone(api: Api, control_plane: ControlPlane) -> None:
    class Suspended(BaseException):
        """Stands for the engine's own signal, which is no error."""

    made = await session_of(control_plane)
    with pytest.raises(Suspended):  # noqa: PT012
        async with workbench.open_bench(made.id, api.connections) as bench:
            await bench.cp.save_plan(made.id, PLAN.model_dump(mode="json"))
            assert await gate.ask(bench)
            bench.parked = True
            raise Suspended
    assert (await control_plane.session(made.id)).parked
    with pytest.raises(ArchitectError):  # noqa: PT012
        async with workbench.open_bench(made.id, api.connections) as bench:
            bench.parked = True
            raise ArchitectError("the engine refuses to suspend")
    assert (await control_plane.session(made.id)).status == "failed"


@pytest.mark.parametrize("away", [False, True])
async def test_a_decision_that_comes_before_the_run_is_suspended_is_not_lost(
    api: Api, control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    made, engine = await session_of(control_plane), Engine()

    async def suspend(*, key: str, **_: object) -> None:
        asked = (await control_plane.session(made.id)).approval
        assert asked
        assert key == asked.id, "a form answers this question and no other"
        await control_plane.decide_plan(made.id, "approved", PLAN.digest(), via="cli")
        raise Pause

    @asynccontextmanager
    async def runs(_: str) -> AsyncIterator[Engine]:
        if away:
            raise EngineUnavailable()
        yield engine

    async def connections() -> Connections:
        return api.connections

    async def nothing(**_: object) -> None:
        """The artifact needs the engine."""

    for name, stand_in in (
        ("asuspend_flow_run", suspend), ("open_runs", runs), ("connections", connections),
        ("acreate_markdown_artifact", nothing),
    ):  # fmt: skip
        monkeypatch.setattr(approve_plan, name, stand_in)
    with pytest.raises(Pause):  # noqa: PT012
        async with workbench.open_bench(made.id, api.connections) as bench:
            await bench.cp.save_plan(made.id, PLAN.model_dump(mode="json"))
            await approve_plan.approve_plan(made.id)
    session = await control_plane.session(made.id)
    assert (session.parked, session.waiting) == (True, False)
    assert engine.asked == ([] if away else [("wake", made.id, 1, False)])


async def test_members_decide_over_http_and_only_on_the_plan_they_saw(api: Api, ada: User) -> None:
    eve, vic = api.user("eve"), api.user("vic")
    api.tenant("Others", owner=eve)
    ((tenant,),) = api.sql("select tenant_id::text from tenant_members where user_id = %s", ada.id)
    api.sql("insert into tenant_members (tenant_id, user_id, role) values (%s, %s, 'viewer')", tenant, vic.id)
    on = {"planHash": PLAN.digest(), "note": "fine"}
    async with api.client(ada) as client, api.client(eve) as stranger, api.client(vic) as viewer:
        made = await begin(client, **ASKING)
        of = f"/sessions/{made}"
        assert error(await client.post(f"{of}/approve", json=on), 409)["code"] == "conflict"
        async with ControlPlane.open(api.dsn) as run:
            await park(run, made)
            for verb in ("approve", "reject"):
                assert error(await stranger.post(f"{of}/{verb}", json=on), 404)["code"] == "not_found"
                assert error(await viewer.post(f"{of}/{verb}", json=on), 403)["code"] == "forbidden"
                other = await client.post(f"{of}/{verb}", json={"planHash": OTHER.digest()})
                assert error(other, 409)["code"] == "plan_changed"
                for wrong in ({}, {"planHash": "x"}, {**on, "note": "n" * 1001}, {**on, "more": 1}):
                    error(await client.post(f"{of}/{verb}", json=wrong), 422)
            await run.save_plan(made, OTHER.model_dump(mode="json"))  # behind the question's back
            assert error(await client.post(f"{of}/approve", json=on), 409)["code"] == "plan_changed"
            assert (await client.get(of)).json()["approval"]["state"] == "waiting"
            await run.save_plan(made, PLAN.model_dump(mode="json"))
        agreed = await client.post(f"{of}/approve", json=on)
        assert agreed.status_code == 202, agreed.text
        assert agreed.json()["status"] == "running"
        told = agreed.json()["approval"]
        assert (told["state"], told["via"], told["by"], told["note"]) == ("approved", "api", ada.id, "fine")
        assert (await client.post(f"{of}/approve", json=on)).json()["approval"] == told
        error(await client.post(f"{of}/reject", json=on), 409)
        assert (await viewer.get(of)).json()["approval"] == told

        canceled = await begin(client, **ASKING)
        async with ControlPlane.open(api.dsn) as run:
            await park(run, canceled)
        ended = (await client.post(f"/sessions/{canceled}/cancel")).json()
        assert (ended["status"], "approval" in ended) == ("canceled", False)
        error(await client.post(f"/sessions/{canceled}/approve", json=on), 409)

        rejected = await begin(client, **ASKING)
        async with ControlPlane.open(api.dsn) as run:
            await park(run, rejected)
        ended = (await client.post(f"/sessions/{rejected}/reject", json={**on, "note": ""})).json()
        assert (ended["status"], ended["approval"]["state"]) == ("canceled", "rejected")
        assert ended["error"]["code"] == "plan_rejected"


async def test_nobody_writes_a_decision_past_the_functions(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        made = await begin(client, **ASKING)
    async with ControlPlane.open(api.dsn) as run:
        await park(run, made)
    with pytest.raises(Exception, match="permission denied"):
        api.sql("set role service_role; update public.build_sessions set approval = null")
    with pytest.raises(Exception, match="permission denied"):
        api.sql(
            "set role authenticated;"
            f" select private.decide_plan_as_operator('{made}', 'approved', '', '', '', '')"
        )
