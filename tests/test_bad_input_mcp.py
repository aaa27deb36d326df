"""Bad input on the MCP path: a server that lies, dies or asks; and hostile arguments to the real one.

Judged by what is left: the log of calls in the control plane, the catalog and the ledger of the environment.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from architect.catalog.fingerprint import fingerprint
from architect.embedded.postgres import Cluster
from architect.errors import InputError, ProvisionError, ToolCallFailed
from architect.provision import connection, patience
from architect.provision.mcp import McpServer
from architect.provision.platform import Platform as Target
from architect.sessions import ControlPlane, Session
from tests import fake_mcp_server as fake
from tests.fixtures.platform import Platform
from tests.provisioning import tools

OURS = "sbp_" + "5" * 40
SECRETS = (OURS, fake.TOKEN, "hunter2secret")
NOWHERE = Target("http://127.0.0.1:9", SecretStr(OURS), "org", "a" * 20, "http://127.0.0.1:9/p/{ref}")
Misbehaving = Callable[..., Any]


@pytest.fixture
def misbehaving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architect_home: Path, control_plane: ControlPlane
) -> Misbehaving:
    """``async with misbehaving(mode) as (mcp, session)``: our client, and the fake in place of the server."""
    monkeypatch.setattr(connection, "GRACE_S", 0.1)
    monkeypatch.setattr(patience, "BACKOFF_S", (0.0, 0.0, 0.0))

    @asynccontextmanager
    async def start(mode: str) -> AsyncIterator[tuple[McpServer, Session]]:
        program = tmp_path / f"deno-{mode}"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} {fake.__file__} {mode}\n")
        program.chmod(0o755)
        monkeypatch.setattr(connection.runtime, "deno_bin", lambda: program)
        session = await control_plane.create_session(spec_text="Each note has a title.", template="blank")
        recorder = control_plane.tool_call_recorder(session.id)
        async with McpServer.start(NOWHERE, recorder, log=tmp_path / "mcp.log") as mcp:
            yield mcp, session
        assert fakes_running() == []

    return start


def fakes_running() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if any("fake_mcp_server" in a for a in p.cmdline())]


async def test_noise_around_an_answer_is_passed_over(
    misbehaving: Misbehaving, control_plane: ControlPlane
) -> None:
    for mode in ("behaves", "makes_noise"):
        async with misbehaving(mode) as (mcp, session):
            assert await mcp.call("list_projects", {}, timeout_s=5) == {"projects": []}, mode
        assert [call.ok for call in await control_plane.tool_calls(session.id)] == [True]


async def test_a_server_that_asks_is_told_no_and_nothing_else(misbehaving: Misbehaving) -> None:
    for mode in fake.REQUESTS:
        async with misbehaving(mode) as (mcp, _):
            ((told,),) = (await mcp.call("list_projects", {}, timeout_s=5)).values()
        assert set(told) == {"jsonrpc", "id", "error"}, mode
        assert told["error"]["message"].endswith(("not supported", "Method not found")), mode
        assert OURS not in json.dumps(told)


#: mode -> (reason, words of the message)
BROKEN = {
    "answers_prose": ("malformed", "not JSON"),
    "answers_nothing": ("malformed", "not JSON"),
    "answers_a_number": ("malformed", "no usable 'projects'"),
    "answers_nan": ("malformed", "NaN"),
    "answers_another_shape": ("malformed", "no usable 'projects'"),
    "answers_too_deep": ("malformed", "recursion"),
    "answers_a_long_number": ("malformed", "digits"),
    "answers_without_content": ("malformed", "content: Field required"),
    "answers_a_picture_of_nothing": ("malformed", "content.0"),
    "refuses_with_a_dump": ("refused", "not found"),
    "dies": ("lost", "panic"),
    "is_cut_off": ("lost", "died"),
    "says_nothing": ("timeout", "no answer within 0.4 s"),
    "answers_somebody_else": ("timeout", "no answer within 0.4 s"),
    "hides_its_tools": ("timeout", "no answer within 0.4 s"),
}


async def test_a_broken_answer_is_an_error_that_names_it(
    misbehaving: Misbehaving, control_plane: ControlPlane
) -> None:
    for mode, (reason, said) in BROKEN.items():
        async with misbehaving(mode) as (mcp, session):
            with pytest.raises(ToolCallFailed) as raised:
                await mcp.call("list_projects", {}, timeout_s=0.4 if reason == "timeout" else 20)
        error = raised.value
        assert (error.details["reason"], said in error.message) == (reason, True), (mode, error.message)
        assert error.message.startswith("list_projects: ")
        (call,) = await control_plane.tool_calls(session.id)
        assert (call.ok, call.error, call.result_digest) == (False, error.message, None), mode
        # What a failed build does with an error: nothing in it can stop the control plane from taking it.
        await control_plane.set_status(session.id, "running")
        ended = await control_plane.fail(session.id, error.to_dict())
        assert (ended.error_dict() or {})["message"] == error.message
        shown = json.dumps(error.to_dict()) + str(call.error) + str(ended.error)
        assert not any(hidden in shown for hidden in (*SECRETS, "\\u001b", "\\u0000")), mode


async def test_a_server_that_cannot_be_greeted_is_given_up(
    misbehaving: Misbehaving, control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "START_TIMEOUT_S", 0.5)
    for mode, said in (("never_greets", "did not answer in time"), ("dies_at_once", "did not")):
        with pytest.raises(ProvisionError, match=said) as raised:
            async with misbehaving(mode):
                pass
        assert raised.value.hint
        assert not any(secret in json.dumps(raised.value.to_dict()) for secret in SECRETS)
        assert fakes_running() == []
    for session in await control_plane.sessions():
        assert await control_plane.tool_calls(session.id) == []


T = "create table pwned (id int);"
WIDE = f"create table wide ({', '.join(f'c{n} int' for n in range(1601))})"
LONG = "x" * 63


def migration(name: str, query: str) -> tuple[str, dict[str, Any]]:
    return "apply_migration", {"name": name, "query": query}


def function(**options: Any) -> tuple[str, dict[str, Any]]:
    files = [{"name": "index.ts", "content": "Deno.serve(() => new Response('pwned'))"}]
    whole = {"name": "pwned", "entrypoint_path": "index.ts", "verify_jwt": True, "files": files, **options}
    return "deploy_edge_function", whole


def sql(query: str) -> tuple[str, dict[str, Any]]:
    return "execute_sql", {"query": query}


def on(project: str) -> tuple[str, dict[str, Any]]:
    return "execute_sql", {"project_id": project, "query": T}


#: Call and what its error says; nothing of it may be left.
HOSTILE_CALLS: list[tuple[tuple[str, dict[str, Any]], str]] = [
    # Refused before anything is sent.
    (migration("a\x00b", T), r"name holds NUL \(U\+0000\) at character 2"),
    (migration("a", T + "\x00; drop table x"), "query holds NUL"),
    (migration("a", T + "\ud800"), r"query holds half of a surrogate pair \(U\+D800\)"),
    (function(files=[{"name": "index.ts", "content": "a\x00"}]), r"files\[0\].content holds NUL"),
    (sql(f"select 1; {T} /*{'x' * 10_000_000}*/"), "the tool server takes 10,000,000"),
    # A migration is whole or not there.
    (migration("", T), "name"),
    (migration("x" * 300, T), "255 characters"),
    (migration("a", ""), "query"),
    (migration("a", f"{T} select 1/0"), "22012"),
    (migration("a", f"{T} commit; {T}"), "COMMIT is not allowed"),
    (migration("a", f"begin; {T} end"), "BEGIN is not allowed"),
    (migration("a", f"{T} vacuum"), "25001"),
    (migration("a", f"{T} create table other (n int references nowhere)"), "42P01"),
    (migration("a", f"{T} copy pwned from program 'id'"), "42501"),
    (migration("a", f"{T} set role supabase_admin"), "42501"),
    (migration("a", f"{T} alter role postgres superuser"), "42501"),
    (migration("a", f"{T} drop schema auth cascade"), "42501"),
    (migration("a", "select " + "(" * 20_000 + "1" + ")" * 20_000), "42601|54001|memory exhausted"),
    # What Postgres itself cannot have.
    (migration("a", f"{T} {WIDE}"), "54011"),
    (migration("a", f"{T} create table other (xmin int)"), "42701"),
    (migration("a", f'create table "{LONG}a" (n int); create table "{LONG}b" (n int)'), "42P07"),
    (migration("a", f"{T} create table other (id text references auth.users)"), "42804"),
    (migration("a", f"{T} create table other (n int references pwned (id))"), "42830"),
    (migration("a", f"{T} select '\"\\u0000\"'::jsonb ->> 0"), "22P05"),
    (migration("a", f"{T} select '\"\\ud800\"'::jsonb"), "22P02"),
    # Names that are paths.
    (on("../../organizations"), "Not Found"),
    (on("a/b?c#d"), "Not Found"),
    (on(""), "Not Found"),
    (on("x'; drop table environments; --"), "not found"),
    (("execute_sql", {"query": None}), "query"),
    (("execute_sql", {"query": T, "surprise": 1}), "Unrecognized key"),
    (function(name="../../pwned"), "name: Invalid"),
    (function(name="a/../pwned"), "name: Invalid"),
    (function(name=".."), "name: Invalid"),
    (function(name="x" * 200), "slug"),
    (function(files=[{"name": "../../../pwned.ts", "content": "1"}]), "Invalid file name"),
    (function(files=[{"name": "/tmp/pwned.ts", "content": "1"}]), "Invalid file name"),
    (function(files=[]), "At least one file"),
    (function(entrypoint_path="../../index.ts"), "Invalid file name"),
    (function(entrypoint_path="other.ts"), "not among"),
    (function(import_map_path="/etc/passwd"), "not among"),
    (("get_edge_function", {"function_slug": ".."}), "not found"),
    (("get_edge_function", {"function_slug": "../../branches"}), "Not Found"),
    (("delete_branch", {"project_id": None, "branch_id": ".."}), "Not Found"),
    (("delete_branch", {"project_id": None, "branch_id": "x' or true; --"}), "not found"),
    (("get_advisors", {"type": "'; drop table x"}), "type"),
    (("no_such_tool", {}), "tool not found"),
]


async def test_hostile_arguments_to_the_real_server_leave_nothing(
    platform: Platform, branch: str, cluster: Cluster
) -> None:
    before = state(platform, cluster, branch)
    async with tools(platform) as t:
        for (tool, arguments), said in HOSTILE_CALLS:
            sent = {"project_id": branch, **arguments}
            sent = {name: value for name, value in sent.items() if name != "project_id" or value is not None}
            with pytest.raises((ToolCallFailed, InputError), match=said) as raised:
                await t.mcp.call(tool, sent, timeout_s=30)
            assert raised.value.message.startswith(f"{tool}: ")
            assert platform.token not in str(raised.value.to_dict())
        assert len(t.mcp.starts_ms) == 1, "a bad argument must not end the server"
        assert await t.mcp.call("execute_sql", {"project_id": branch, "query": "select 1 as n"}) == [{"n": 1}]
        logged = [call for call in t.recorder.calls if not call["ok"]]
        assert len(logged) == len(HOSTILE_CALLS) - 5
    assert state(platform, cluster, branch) == before


async def test_a_policy_that_reads_its_own_table_fails_when_it_is_asked(
    platform: Platform, branch: str
) -> None:
    """42P17 comes at query time only: creating such a policy is no error anywhere."""
    script = """create table seats (org int, owner uuid); alter table seats enable row level security;
        grant select on seats to authenticated;
        create policy fellows on seats for select to authenticated
          using (org in (select s.org from seats s where s.owner = auth.uid()))"""
    async with tools(platform) as t:
        await t.mcp.call("apply_migration", {"project_id": branch, "name": "recursive", "query": script})
        ask = "set local role authenticated; select * from seats"
        with pytest.raises(ToolCallFailed, match="42P17"):
            await t.mcp.call("execute_sql", {"project_id": branch, "query": ask})


def state(platform: Platform, cluster: Cluster, branch: str) -> dict[str, Any]:
    """All that a call could have changed."""
    with cluster.connect(f"env_{branch}") as connection, platform.client() as client:
        return {
            "catalog": fingerprint(connection)["kinds"],
            "ledger": client.get(f"/projects/{branch}/database/migrations").json(),
            "functions": client.get(f"/projects/{branch}/functions").json(),
            "branches": [b["id"] for b in client.get(f"/projects/{platform.workspace_ref}/branches").json()],
            "projects": client.get("/projects").json(),
        }
