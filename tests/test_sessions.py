"""A session is worked on by one run at a time, moves only forward, and a run that lost it cannot write."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import psycopg
import pytest

from architect import redaction
from architect.errors import Conflict, InputError, NotFound, PlatformError, Superseded
from architect.sessions import LOCAL_TENANT, BuildOptions, ControlPlane, Session

HOLD = """
import asyncio, os, sys
from architect.sessions import ControlPlane

async def main():
    async with ControlPlane.open(os.environ["DSN"]) as cp, cp.claim(sys.argv[1]) as lease:
        await cp.set_status(sys.argv[1], "running")
        await cp.append_event(sys.argv[1], "node_started", "half-way")
        print(lease.attempt, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_session_on_the_wire(control_plane: ControlPlane) -> None:
    options = BuildOptions.read({"enableAnalytics": False, "environmentMode": "project"})
    made = await control_plane.create_session(spec_text="Shop.", template="marketplace", options=options)
    assert (await control_plane.session(made.id)).api_dict() == {
        "id": made.id,
        "status": "queued",
        "template": "marketplace",
        "vibeText": "Shop.",
        "options": {
            "enableAnalytics": False,
            "enableDriftSentinel": True,
            "driftEveryMinutes": 5,
            "environmentMode": "project",
            "specGate": False,
            "keepOnFailure": False,
            "requireApproval": False,
        },
        "environment": None,
        "outputs": {},
    }
    assert made.tenant_id == LOCAL_TENANT
    failed = await control_plane.fail(made.id, {"error": {"code": "x", "message": "broken"}})
    assert failed.api_dict()["error"] == {"code": "x", "message": "broken"}


@pytest.mark.parametrize(
    "options", [{"enableAnalytics": "maybe"}, {"environmentMode": "cloud"}, {"unknown": 1}]
)
def test_wrong_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        BuildOptions.read(options)


async def test_sessions_are_listed_newest_first_by_pages(control_plane: ControlPlane) -> None:
    made = [(await control_plane.create_session(spec_text="x", template="blank")).id for _ in range(5)]
    first = await control_plane.sessions(limit=3)
    rest = await control_plane.sessions(limit=3, before=first[-1].id)
    assert [s.id for s in (*first, *rest)] == made[::-1]


@pytest.mark.parametrize("unknown", ["7a0c3a2e-0d0f-4a63-9f0c-5d7a2f6f1b11", "nope"])
async def test_an_unknown_session_is_not_found(control_plane: ControlPlane, unknown: str) -> None:
    with pytest.raises(NotFound):
        await control_plane.session(unknown)
    with pytest.raises(NotFound):
        await control_plane.set_status(unknown, "running")
    with pytest.raises(NotFound):
        async with control_plane.claim(unknown):
            pass


@pytest.mark.parametrize(
    "way",
    [["running", "succeeded"], ["running", "failed"], ["running", "canceled"], ["failed"], ["canceled"]],
    ids="-".join,
)
async def test_a_session_moves_forward_and_each_step_may_be_repeated(
    control_plane: ControlPlane, build_session: Session, way: list[str]
) -> None:
    for status in way:
        assert (await control_plane.set_status(build_session.id, status)).status == status
        assert (await control_plane.set_status(build_session.id, status)).status == status
    ended = await control_plane.session(build_session.id)
    assert ended.finished
    assert ended.finished_at is not None


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        ([], "succeeded"),
        (["running", "succeeded"], "running"),
        (["running", "succeeded"], "failed"),
        (["running", "canceled"], "running"),
        (["running", "canceled"], "succeeded"),
        (["running", "failed"], "succeeded"),
        (["running"], "queued"),
        (["running"], "parsing"),
    ],
)
async def test_a_wrong_step_changes_nothing(
    control_plane: ControlPlane, build_session: Session, way: list[str], wrong: str
) -> None:
    for status in way:
        await control_plane.set_status(build_session.id, status)
    before = await control_plane.session(build_session.id)
    with pytest.raises(Conflict):
        await control_plane.set_status(build_session.id, wrong)
    assert await control_plane.session(build_session.id) == before


async def test_a_lake_session_has_its_own_words(control_plane: ControlPlane) -> None:
    lake = await control_plane.create_session(kind="lake", spec_text=None, template=None, file_keys=["a.csv"])
    assert lake.status == "pending"
    with pytest.raises(Conflict):
        await control_plane.set_status(lake.id, "running")
    for status in ("parsing", "inferring", "generating_sql", "executing_sql", "completed"):
        await control_plane.set_status(lake.id, status)
    assert (await control_plane.session(lake.id)).finished


async def test_only_one_run_holds_a_session(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    async with ControlPlane.open(control_dsn) as other:
        async with control_plane.claim(build_session.id) as lease:
            assert (lease.attempt, lease.held) == (1, True)
            for handle in (control_plane, other):
                with pytest.raises(Conflict):
                    async with handle.claim(build_session.id):
                        pass
        async with other.claim(build_session.id) as lease:
            assert lease.attempt == 2


async def test_of_many_claims_at_once_one_wins(control_dsn: str, build_session: Session) -> None:
    first_in = asyncio.Event()

    async def attempt(cp: ControlPlane) -> bool:
        try:
            async with cp.claim(build_session.id):
                await first_in.wait()
                return True
        except Conflict:
            return False

    async with ControlPlane.open(control_dsn) as cp:
        claims = [asyncio.create_task(attempt(cp)) for _ in range(8)]
        await asyncio.wait(claims[:], timeout=60, return_when=asyncio.FIRST_COMPLETED)
        while sum(claim.done() for claim in claims) < 7:
            await asyncio.wait([c for c in claims if not c.done()], return_when=asyncio.FIRST_COMPLETED)
        first_in.set()
        assert sum(await asyncio.gather(*claims)) == 1
        assert (await cp.session(build_session.id)).attempt == 1


async def test_a_run_that_lost_its_session_cannot_write(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    id = build_session.id
    async with ControlPlane.open(control_dsn) as newer:
        async with control_plane.claim(id):
            await control_plane.set_status(id, "running")
            n = await control_plane.record_tool_call(id, "supabase", "list_tables", {})
        async with newer.claim(id):
            before = await newer.session(id)
            stale = [
                lambda: control_plane.set_status(id, "succeeded"),
                lambda: control_plane.fail(id, {"message": "late"}),
                lambda: control_plane.save_plan(id, {}),
                lambda: control_plane.save_environment(id, {}),
                lambda: control_plane.drop_environment(id),
                lambda: control_plane.save_outputs(id, {"late": True}),
                lambda: control_plane.save_cursor(id, {}),
                lambda: control_plane.node_start(id, "finalize", generation=1, plan_hash="h"),
                lambda: control_plane.node_finish(id, "finalize", generation=1, status="completed"),
                lambda: control_plane.close_nodes(id, "crashed"),
                lambda: control_plane.append_event(id, "build_succeeded", "late"),
                lambda: control_plane.append_event(id, "build_succeeded", "late", with_tool_calls=True),
                lambda: control_plane.record_tool_call(id, "supabase", "create_branch", {}),
                lambda: control_plane.resource_created(id, "branch", "ref"),
                lambda: control_plane.resource_removed(id, "branch", "ref"),
                lambda: control_plane.save_chunks(id, [], [], "model"),
            ]
            for write in stale:
                with pytest.raises(Superseded):
                    await write()
            assert await newer.session(id) == before
            assert await newer.events(id) == []
            assert await newer.nodes(id) == []
            # What was really called stays known, whoever is in charge.
            await control_plane.finish_tool_call(id, n, True, 1.0, "digest")
            assert (await newer.tool_calls(id))[0].ok


async def test_a_retry_needs_a_new_run(control_plane: ControlPlane, build_session: Session) -> None:
    id = build_session.id
    async with control_plane.claim(id):
        await control_plane.set_status(id, "running")
        await control_plane.fail(id, {"code": "x", "message": "broken"})
        with pytest.raises(Conflict):
            await control_plane.set_status(id, "running")
    async with control_plane.claim(id):
        again = await control_plane.set_status(id, "running")
    assert (again.status, again.error, again.finished_at, again.attempt) == ("running", None, None, 2)


async def test_a_canceled_session_starts_again_only_when_queued(
    control_plane: ControlPlane, build_session: Session
) -> None:
    id = build_session.id
    await control_plane.set_status(id, "canceled")
    async with control_plane.claim(id):
        with pytest.raises(Conflict):
            await control_plane.set_status(id, "running")
    await control_plane.set_status(id, "queued")
    async with control_plane.claim(id):
        assert (await control_plane.set_status(id, "running")).status == "running"


async def test_a_killed_run_frees_its_session_and_leaves_its_work(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    id = build_session.id
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, id, env={**os.environ, "DSN": control_dsn}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    with pytest.raises(Conflict):
        async with control_plane.claim(id):
            pass
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    async with asyncio.timeout(60):
        while True:
            try:
                async with control_plane.claim(id) as lease:
                    break
            except Conflict:  # the server has not yet seen that the process is gone
                await asyncio.sleep(0.1)
    assert lease.attempt == 2
    assert lease.session.status == "running"
    assert await control_plane.append_event(id, "node_retrying", "goes on") == 2


async def test_a_lost_lock_is_seen_and_the_pool_heals(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    async with control_plane.claim(build_session.id) as lease:
        with psycopg.connect(control_dsn, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and application_name = 'vibe-architect'"
            )
        assert (await control_plane.session(build_session.id)).attempt == 1
        with pytest.raises(psycopg.OperationalError):
            await lease._connection.execute("select 1")
        assert not lease.held
    async with control_plane.claim(build_session.id) as lease:
        assert lease.attempt == 2


async def test_no_secret_reaches_a_session(control_plane: ControlPlane, control_dsn: str) -> None:
    canary = "canary-of-the-session-0001"
    redaction.register(canary, "canary")
    made = await control_plane.create_session(spec_text=f"The key is {canary}.", template="blank")
    await control_plane.save_plan(made.id, {"title": canary})
    await control_plane.save_environment(
        made.id, {"url": "https://ref.supabase.co", "service_role_key": "whatever"}
    )
    await control_plane.save_outputs(made.id, {"functions": [f"https://x/?k={canary}"]})
    await control_plane.save_cursor(made.id, {"step": canary})
    await control_plane.record_tool_call(made.id, "supabase", "execute_sql", {"query": f"select '{canary}'"})
    await control_plane.resource_created(made.id, "branch", "ref", {"password": "whatever"})
    await control_plane.node_start(made.id, "finalize", generation=1, plan_hash="h")
    await control_plane.node_finish(
        made.id, "finalize", generation=1, status="failed", result={"error": canary}
    )
    await control_plane.fail(made.id, {"code": "x", "message": canary, "details": {"jwt_secret": "whatever"}})
    password = psycopg.conninfo.conninfo_to_dict(control_dsn)["password"]
    with psycopg.connect(control_dsn) as connection:
        for table in ("build_sessions", "build_tool_calls", "build_nodes", "environment_resources"):
            rows = connection.execute(
                psycopg.sql.SQL("select to_jsonb(t)::text from {} t").format(psycopg.sql.Identifier(table))
            ).fetchall()
            assert rows
            assert not [s for s in (canary, "whatever", str(password)) for (row,) in rows if s in row]


async def test_outputs_are_merged_and_a_dropped_environment_begins_a_generation(
    control_plane: ControlPlane, build_session: Session
) -> None:
    id = build_session.id
    await control_plane.save_outputs(id, {"a": 1, "b": {"x": 1}})
    await control_plane.save_outputs(id, {"b": 2})
    await control_plane.save_environment(id, {"ref": "abc"})
    session = await control_plane.session(id)
    assert (session.outputs, session.environment, session.generation) == ({"a": 1, "b": 2}, {"ref": "abc"}, 1)
    assert await control_plane.drop_environment(id) == 2
    assert (await control_plane.session(id)).environment is None


async def test_the_ledger_of_nodes(control_plane: ControlPlane, build_session: Session) -> None:
    id = build_session.id
    assert await control_plane.node(id, "ingest_vibe", 1) is None
    assert await control_plane.node_finish(id, "ingest_vibe", generation=1, status="completed") is None
    first = await control_plane.node_start(id, "ingest_vibe", generation=1, plan_hash="a")
    again = await control_plane.node_start(id, "ingest_vibe", generation=1, plan_hash="b")
    assert (first.attempt, again.attempt, again.plan_hash, again.status) == (1, 2, "b", "running")
    await control_plane.node_finish(id, "ingest_vibe", generation=1, status="completed", result={"chunks": 3})
    await control_plane.node_start(id, "generate_plan", generation=1, plan_hash="b")
    assert [n.node for n in await control_plane.close_nodes(id, "crashed")] == ["generate_plan"]
    found = {n.node: (n.status, n.result) for n in await control_plane.nodes(id)}
    assert found == {"ingest_vibe": ("completed", {"chunks": 3}), "generate_plan": ("crashed", None)}
    assert await control_plane.nodes(id, generation=2) == []


async def test_the_ledger_of_resources(control_plane: ControlPlane, build_session: Session) -> None:
    id = build_session.id
    for kind, ref in (("branch", "abc"), ("function", "abc/drift_check"), ("branch", "abc")):
        await control_plane.resource_created(id, kind, ref)
    assert [r.ref for r in await control_plane.resources(id)] == ["abc/drift_check", "abc"]
    removed = await control_plane.resource_removed(id, "branch", "abc")
    assert removed is not None
    assert await control_plane.resource_removed(id, "branch", "abc") == removed
    assert await control_plane.resource_removed(id, "branch", "never") is None
    assert [r.ref for r in await control_plane.resources(id)] == ["abc/drift_check"]
    assert len(await control_plane.resources(id, removed=True)) == 2


async def test_a_database_that_is_not_there_is_an_error_without_its_password() -> None:
    for dsn in (
        "postgresql://u:pass-of-nobody@127.0.0.1:1/x",
        "postgresql://u:pass-of-nobody@[::",
        "nonsense",
    ):
        with pytest.raises(PlatformError) as caught:
            async with ControlPlane.open(dsn):
                pass
        assert "pass-of-nobody" not in str(caught.value.to_dict())
