"""What is opened in an environment is seen by the next sweep, explained by the spec, restored on command."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.stack import Stack

pytestmark = pytest.mark.stack

SPEC = """\
# Library

## Books

Each book has a title and an author. Anyone can browse books.

## Reviews

Each review has a rating and a comment. Anyone can read reviews.

## Notes

Each note has a title and a text. Only the owner of a note can read, change or delete it.
"""

#: Runs flows one after the other in one process; prints what each gave as one line of JSON.
DRIVE = """
import asyncio, json, sys
from architect.sentinel import probe_key
from architect.sentinel.reading import Eyes
from architect.sessions import ControlPlane
from architect.settings import connections
from flows.drift import drift
from flows.restore import Decision, restore

session_id = sys.argv[1] if len(sys.argv) > 1 else SESSION

async def main():
    target = connections()
    async with ControlPlane.open(target.database_url) as cp, Eyes.open(target) as eyes:
        ref = (await cp.session(session_id)).environment["ref"]

        async def sql(text):
            await eyes.mcp.call("execute_sql", {"project_id": ref, "query": text})

        async def show(name, **more):
            alerts = [a.model_dump() for a in await cp.alerts(session_id, open_only=False)]
            state = (await cp.guard_state(session_id)).model_dump()
            told = {"stage": name, "alerts": alerts, "state": state, **more}
            print(json.dumps(told, default=str), flush=True)

        async def decide(verb, alerts=None):
            wanted = Decision(session_id=session_id, verb=verb, alerts=alerts, approve=True, note="as agreed")
            return await restore(decision=wanted)

        async def alert(word):
            return next(a.id for a in await cp.alerts(session_id) if word in a.resource)

STAGES

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def session(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A build of its own, since it is broken on purpose."""
    spec: Path = tmp_path_factory.mktemp("drift") / "library.md"
    spec.write_text(SPEC)
    return stack.build(spec, "blank", "--no-analytics")


def drive(stack: Stack, session: dict[str, Any], stages: str) -> dict[str, dict[str, Any]]:
    """What each stage printed."""
    body = "\n".join(f"        {line}" for line in stages.strip().splitlines())
    code = DRIVE.replace("STAGES", body).replace("SESSION", repr(session["id"]))
    lines = [json.loads(line) for line in stack.python(code).splitlines() if line.startswith('{"stage"')]
    return {line.pop("stage"): line for line in lines}


def by_type(stage: dict[str, Any], *, status: str = "open") -> dict[str, dict[str, Any]]:
    return {a["type"]: a for a in stage["alerts"] if a["status"] == status}


def test_what_is_opened_is_seen_explained_restored_and_resolved(
    stack: Stack, session: dict[str, Any]
) -> None:
    before = stack.events(session["id"])
    recorded = next(e for e in before if e["type"] == "expectation_recorded")
    assert (recorded["payload"]["reason"], recorded["payload"]["version"]) == ("built", 1)
    assert recorded["payload"]["facts"] > 100

    seen = drive(
        stack,
        session,
        """
await show("unchanged", sweep=await drift(session_id))
await sql("alter table public.notes disable row level security")
await sql("drop policy reviews_select on public.reviews")
await sql("drop table public.books")
await show("opened", sweep=await drift(session_id))
await show("again", sweep=await drift(session_id))
await show("automatic", done=await decide("restore"))
await show("chosen", done=await decide("restore", [await alert("table public.books")]))
await show("closed", sweep=await drift(session_id))
""",
    )
    sweep = seen["unchanged"]["sweep"]
    assert (sweep["looked"], sweep["unchanged"], sweep["opened"]) == (1, 1, 0), (
        "nothing has changed since the build"
    )

    assert seen["opened"]["sweep"]["opened"] == 3
    alerts = by_type(seen["opened"])
    off, gone, dropped = alerts["rls_disabled"], alerts["table_missing"], alerts["policy_missing"]
    assert (off["severity"], off["resource"]) == ("critical", "table public.notes")
    assert (off["spec_chunk"]["how"], off["spec_chunk"]["heading"]) == ("plan", "Library > Notes")
    assert "Only the owner" in off["spec_chunk"]["quote"]
    assert any("belongs to" in who for who in off["people"])
    assert off["witness"] is not None, "somebody reads what is not theirs"
    assert off["fix"]["proven"]
    assert gone["resource"] == "table public.books"
    assert gone["spec_chunk"]["heading"] == "Library > Books"
    assert not gone["fix"]["automatic"], "rows do not come back"
    assert dropped["resource"] == "policy public.reviews.reviews_select"
    assert dropped["spec_chunk"]["quote"] == "Anyone can read reviews."
    again = seen["again"]["sweep"]
    assert (again["unchanged"], again["opened"]) == (1, 0), "the same drift is told once"

    assert set(seen["automatic"]["done"]["restored"]) == {off["id"], dropped["id"]}
    assert seen["chosen"]["done"] | {"request": ""} == {
        "request": "", "state": "done", "restored": [gone["id"]], "left": [], "open": 0,
    }  # fmt: skip
    assert seen["closed"]["state"]["state"] == "clear"
    assert seen["closed"]["sweep"]["unchanged"] == 1
    assert {a["closed_how"] for a in seen["closed"]["alerts"]} == {"restored"}
    assert all(a["closed_by"]["via"] == "prefect" for a in seen["closed"]["alerts"])

    events = stack.events(session["id"])[len(before) :]
    for kind in ("rls_disabled", "policy_missing", "table_missing"):
        for what in ("drift_detected", "drift_resolved"):
            told = [e for e in events if e["type"] == what and e["payload"]["type"] == kind]
            assert len(told) == 1, (what, kind)
    done = next(e for e in events if e["type"] == "drift_request_done")
    assert [c["tool"] for c in done["payload"]["tool_calls"]] == ["apply_migration"] * 2, (
        "looks are not logged"
    )


def test_the_engine_tells_of_it(stack: Stack, session: dict[str, Any]) -> None:
    """After the test above: an event that automations trigger on, and artifacts to look at."""
    api = f"http://127.0.0.1:{stack.state.prefect_port}/api"
    wanted = {"filter": {"event": {"name": ["vibe.drift.detected"]},
                         "resource": {"id": [f"vibe.session.{session['id']}"]}}}  # fmt: skip
    deadline = time.monotonic() + 60
    while not (found := httpx.post(f"{api}/events/filter", json=wanted, timeout=30).json()["events"]):
        assert time.monotonic() < deadline, "the engine never heard of it"
        time.sleep(0.5)
    assert {event["payload"]["type"] for event in found} >= {"rls_disabled", "table_missing"}
    assert found[0]["resource"]["vibe.alert.severity"] in ("critical", "high")
    artifact = httpx.get(f"{api}/artifacts/drift-sweep/latest", timeout=30).json()
    assert "table public.notes" in artifact["data"]


def test_a_fix_is_for_the_state_that_it_was_proven_for(stack: Stack, session: dict[str, Any]) -> None:
    seen = drive(
        stack,
        session,
        """
await sql("alter table public.notes disable row level security")
await show("opened", sweep=await drift(session_id))
await sql("create table public.rogue (id int)")
await show("moved", done=await decide("restore"))
await show("restored", done=await decide("restore", [await alert("table public.notes")]))
await show("accepted", done=await decide("accept", [await alert("table public.rogue")]))
""",
    )
    (left,) = seen["moved"]["done"]["left"]
    assert left["code"] == "environment_moved"
    assert seen["moved"]["done"]["restored"] == []
    assert any(a["resource"] == "table public.rogue" for a in seen["moved"]["alerts"]), "it was checked again"
    assert by_type(seen["moved"])["rls_disabled"]["fix"]["proven"], "and proven anew"
    assert seen["restored"]["done"]["left"] == []
    rogue = next(a for a in seen["accepted"]["alerts"] if a["resource"] == "table public.rogue")
    assert (rogue["status"], rogue["closed_by"]["note"]) == ("accepted", "as agreed")
    assert seen["accepted"]["state"]["state"] == "clear"


def test_a_look_that_fails_is_no_clear_sky(stack: Stack, session: dict[str, Any]) -> None:
    """An environment that cannot be read is blind; it is seen again by the next sweep."""
    seen = drive(
        stack,
        session,
        """
there = dict((await cp.session(session_id)).environment)
await cp.save_environment(session_id, {**there, "ref": "z" * 20})
await show("lost", sweep=await drift(session_id))
await cp.save_environment(session_id, there)
await show("found", sweep=await drift(session_id))
await show("all", done=await decide("accept"), versions=[e.reason for e in await cp.expectations(session_id)])
""",
    )
    blind = by_type(seen["lost"])["sentinel_blind"]
    assert (seen["lost"]["state"]["state"], seen["lost"]["sweep"]["blind"]) == ("blind", [session["id"]])
    assert blind["severity"] in ("critical", "high")
    assert seen["lost"]["state"]["error"]["message"]
    assert seen["found"]["state"]["state"] == "clear"
    assert by_type(seen["found"], status="resolved")["sentinel_blind"]["closed_how"] == "converged"
    assert seen["all"]["done"]["expectation"] == len(seen["all"]["versions"]), "the whole of it, once more"
    assert (seen["all"]["versions"][0], seen["all"]["versions"][-1]) == ("built", "accepted")


def test_the_drift_key_opens_drift_check_and_nothing_else(stack: Stack, session: dict[str, Any]) -> None:
    seen = drive(
        stack,
        session,
        """
import httpx
from architect.provision import invoke
from architect.provision.environment import Environment
environment = Environment.model_validate((await cp.session(session_id)).environment)
keys = await eyes.management.api_keys(ref)
version = (await cp.guard_state(session_id)).key_version
key = probe_key.derive(eyes.management.platform, ref, version)
async with invoke.http(environment) as client:
    async def ask(key):
        return (await probe_key.ask(client, environment, keys.anon_jwt, key)).status_code
    headers = {"apikey": key, "authorization": f"Bearer {key}"}
    rest = await client.get(f"{environment.rest_url}/notes", headers=headers)
    first, other = await ask(key), await ask(key[:-2] + "xx")
    await probe_key.issue(cp, eyes.management, session_id, ref)
    old, new = await ask(key), await ask(probe_key.derive(eyes.management.platform, ref, version + 1))
    await probe_key.revoke(cp, eyes.management, session_id, ref)
    revoked = await ask(probe_key.derive(eyes.management.platform, ref, version + 1))
await show("key", answers=[first, other, old, new, revoked], rest=rest.status_code)
""",
    )
    assert seen["key"]["answers"] == [200, 403, 403, 200, 403]
    assert seen["key"]["rest"] == 401
