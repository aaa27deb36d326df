"""One real build, followed live by supabase-js and realtime-py: every event once and in order, the cursor."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import httpx
import pytest
from realtime import AsyncRealtimeClient

from architect.embedded import runtime
from architect.events.cursor import NODES
from tests.conformance.deno import command
from tests.conformance.report import Drive
from tests.fixtures.stack import EXAMPLES, Stack
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
PASSWORD = "correct horse battery"
MEMBER = {"email": "follower@example.com", "password": PASSWORD}
STRANGER = {"email": "stranger@example.com", "password": PASSWORD}


@pytest.fixture(scope="module")
def control(stack: Stack) -> dict[str, Any]:
    """The control plane's project, with a member and with somebody of another tenant."""
    address = f"http://127.0.0.1:{stack.state.platform_port}/platform/control"
    headers = {"authorization": f"Bearer {stack.state.management_token}"}
    found: dict[str, Any] = httpx.get(address, headers=headers, trust_env=False).raise_for_status().json()
    for person in (MEMBER, STRANGER):
        done = stack.architect("users", "add", person["email"], "--password-stdin", input=person["password"])
        assert done.returncode == 0, done.stderr
    tenant = str(uuid4())
    stack.rows("insert into public.tenants (id, name) values (%s, 'Elsewhere') returning id", (tenant,))
    stack.rows(
        "update public.tenant_members set tenant_id = %s from auth.users u"
        " where u.id = user_id and u.email = %s returning user_id",
        (tenant, STRANGER["email"]),
    )
    return found


@dataclass
class Seen:
    """What realtime-py was told."""

    events: list[dict[str, Any]] = field(default_factory=list)
    cursors: list[dict[str, Any]] = field(default_factory=list)
    presences: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = False

    async def until(self, type: str) -> None:
        """Wait for an event."""
        async with asyncio.timeout(120):
            while type not in {event["type"] for event in self.events}:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def realtime_py(control: dict[str, Any], session: str) -> AsyncIterator[Seen]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(
            f"{control['url']}/auth/v1/token", params={"grant_type": "password"}, json=MEMBER,
            headers={"apikey": control["publishable_key"]},
        )  # fmt: skip
    client = AsyncRealtimeClient(f"{control['url']}/realtime/v1", control["publishable_key"], max_retries=100)
    await client.connect()
    await client.set_auth(answer.json()["access_token"])
    seen = Seen()
    config = {"private": True, "broadcast": {"ack": False, "self": False}}
    channel = client.channel(
        f"build:{session}", {"config": {**config, "presence": {"key": "", "enabled": True}}}
    )

    def on_broadcast(message: Any) -> None:
        kept = seen.cursors if message["event"] == "cursor" else seen.events
        kept.append(message["payload"])

    def on_sync() -> None:
        here = channel.presence_state().get("architect", [])
        seen.presences += [{k: v for k, v in one.items() if k != "presence_ref"} for one in here]
        seen.gone = not here

    channel.on_broadcast("*", on_broadcast)
    channel.on_presence_sync(on_sync)
    await channel.subscribe()
    try:
        yield seen
    finally:
        await client.close()


@asynccontextmanager
async def supabase_js(settings: dict[str, Any], *ports: int) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *command("follow_build.ts", *ports), stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=runtime.npm_dir(),
        env=runtime.deno_env(), limit=10_000_000,
    )  # fmt: skip
    try:
        tell(process, settings)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def tell(process: Process, line: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(line).encode() + b"\n")


async def told(process: Process) -> Any:
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(120):
        line = await process.stdout.readline()
        return json.loads(line) if line else pytest.fail((await process.stderr.read()).decode())


async def build(stack: Stack, session: str, control: dict[str, Any], port: int) -> None:
    """Run the build; its presence reaches Realtime through ``port``."""
    environment = {
        "ARCHITECT_CONTROL_URL": f"http://127.0.0.1:{port}/p/{control['ref']}",
        "ARCHITECT_CONTROL_PUBLISHABLE_KEY": control["publishable_key"],
        "ARCHITECT_CONTROL_SECRET_KEY": control["secret_key"],
    }
    process = await asyncio.create_subprocess_exec(
        *stack.command("retry", session, "--json"), env={**stack.env, **environment}, cwd=EXAMPLES.parent,
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    said, problems = await process.communicate()
    assert process.returncode == 0, said.decode() + problems.decode()


#: Makes a session of the marketplace example.
NEW_SESSION = f"""
import asyncio, pathlib
from architect.sessions import ControlPlane
from architect.settings import connections

async def new_session():
    async with ControlPlane.open(connections().database_url) as cp:
        text = pathlib.Path({str(EXAMPLES / "marketplace.md")!r}).read_text()
        return (await cp.create_session(spec_text=text, template="marketplace")).id
"""
#: Runs one node in a group that is given up afterwards.
GIVEN_UP = """
from prefect import flow
from prefect.transactions import atransaction
from architect import workbench
from tasks.ingest_vibe import ingest_vibe

@flow
async def given_up(session):
    async with workbench.open_bench(session, connections()) as bench, atransaction():
        await ingest_vibe(session, bench.spec_hash, bench.generation)
        raise RuntimeError("given up")

async def both():
    session = await new_session()
    try:
        await given_up(session)
    except RuntimeError:
        return session

print(asyncio.run(both()))
"""


async def test_a_build_is_followed_live(
    stack: Stack, no_upkeep: None, control: dict[str, Any], drive: Drive
) -> None:
    platform = stack.state.platform_port
    async with TcpProxy.to(platform) as laptop, TcpProxy.to(platform) as server:
        settings = {
            "url": control["url"], "publishableKey": control["publishable_key"],
            "proxyUrl": f"http://127.0.0.1:{laptop.port}/p/{control['ref']}",
            "api": f"http://127.0.0.1:{stack.state.api_port}", "member": MEMBER, "stranger": STRANGER,
        }  # fmt: skip
        ports = (platform, laptop.port, stack.state.api_port)
        async with supabase_js(settings, *ports) as js:
            js_version = (await told(js))["version"]
            session = (
                await asyncio.to_thread(stack.python, f"{NEW_SESSION}print(asyncio.run(new_session()))")
            ).strip()
            tell(js, {"session": session})
            async with realtime_py(control, session) as py:
                outsiders = await told(js)
                running = asyncio.create_task(build(stack, session, control, server.port))
                await py.until("plan_created")
                async with asyncio.timeout(30):
                    while not server.connections:
                        await asyncio.sleep(0.02)
                presence_was_there = server.cut()
                laptop.open = False
                laptop.cut()
                await py.until("edge_function_deployed")
                laptop.open = True
                await running
                expected = await asyncio.to_thread(stack.events, session)
                tell(js, {"events": len(expected)})
                js_saw = await told(js)
                await py.until("build_succeeded")
                async with asyncio.timeout(30):
                    while not py.gone or len(py.events) < len(expected):
                        await asyncio.sleep(0.05)

    client = drive("supabase-js", js_version)
    with client("realtime: who has no right to cannot join a build"):
        assert outsiders["denied"] == 404
        for refused in outsiders["refused"]:
            assert refused["status"] == "CHANNEL_ERROR"
            assert "Unauthorized" in refused["error"]
    sequence = list(range(1, len(expected) + 1))
    with client("realtime: all events of a build in order"):
        assert js_saw["undisturbed"]["live"] == sequence
        assert js_saw["undisturbed"]["list"] == expected
        assert js_saw["undisturbed"]["filled"] == 0
    with client("realtime: a build followed across a cut connection"):
        interrupted = js_saw["interrupted"]
        assert interrupted["list"] == expected
        assert interrupted["filled"] > 0, "the cut was one"
        assert len(interrupted["live"]) == len(set(interrupted["live"])) < len(sequence)
        assert interrupted["statuses"].count("SUBSCRIBED") >= 2
    with client("realtime: presence and cursor of a build"):
        followed(js_saw["undisturbed"]["seen"], js_saw["undisturbed"]["cursors"], expected)
    other = drive("realtime-py", version("realtime"))
    with other("all events of a build in order"):
        assert py.events == expected
    with other("presence and cursor of a build"):
        followed(py.presences, py.cursors, expected)

    # The build's own connection was cut, too.
    assert presence_was_there == 1
    assert server.connections >= 2
    [row] = stack.rows("select status, last_cursor from public.build_sessions where id = %s", (session,))
    assert row["status"] == "succeeded"
    assert row["last_cursor"] == py.cursors[-1]


def test_a_node_whose_result_was_not_kept_is_reported(stack: Stack, no_upkeep: None) -> None:
    session = stack.python(NEW_SESSION + GIVEN_UP).splitlines()[-1]
    noted = [(event["type"], event["payload"].get("node")) for event in stack.events(session)]
    assert noted[:3] == [(f"node_{end}", "ingest_vibe") for end in ("started", "completed", "rolled_back")]
    [row] = stack.rows("select status from public.build_nodes where session_id = %s", (session,))
    assert row["status"] == "canceled"


def followed(
    presences: list[dict[str, Any]], cursors: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    """Both say where the architect is; presence in few words, cursors all the way to the end."""
    for position in (*presences, *cursors):
        assert position.keys() - {"ts"} == {"actor", "step", "focus", "progress"}
        assert position["actor"] == "architect"
        assert position["step"] in NODES
        assert position["focus"] is None or set(position["focus"]) == {"type", "name"}
    assert len({position["step"] for position in presences}) >= 2
    steps = [position["step"] for position in cursors]
    assert sorted(steps, key=NODES.index) == steps
    progress = [position["progress"] for position in cursors]
    assert progress == sorted(progress)
    assert (steps[-1], progress[-1]) == ("finalize", 1)
    # What comes between two broadcasts is not shown; whatever is shown is something that the log tells of.
    told = [event["payload"]["focus"] for event in events if "focus" in event["payload"]]
    assert {focus["type"] for focus in told} == {"table", "policy", "function", "analytics"}
    shown = [position["focus"] for position in cursors if position["focus"]]
    assert shown
    assert all(focus in told for focus in shown)
