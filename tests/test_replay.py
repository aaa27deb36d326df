"""A session's tool calls, run again, give the same results and the same catalog; or it is said where not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from architect.audit import bundle, keys, record, verify
from architect.catalog.fingerprint import fingerprint
from architect.embedded.postgres import Cluster
from architect.errors import Conflict, InputError, NotFound, NotReplayable
from architect.provision import environment as environments
from architect.provision.environment import Environment
from architect.provision.replay import Report, replay
from architect.sessions import ControlPlane, Session, ToolCallRecorder
from tests.fixtures.examples import Examples
from tests.fixtures.platform import Platform
from tests.fixtures.stack import Stack
from tests.provisioning import Tools, target, tools

SECRET = "canary-51c07f3a-of-the-replay"
NOTES = """
create table public.notes (id uuid primary key default gen_random_uuid(), body text not null);
alter table public.notes enable row level security;
"""
MORE = "alter table public.notes add column at timestamptz default now();"
PING = [{"name": "index.ts", "content": "Deno.serve(() => new Response('pong'));"}]


class KilledAfter:
    """Notes calls in the control plane, but dies after one of them was made and before its end was noted."""

    def __init__(self, inner: ToolCallRecorder, name: str) -> None:
        self.inner, self.name, self.n = inner, name, 0

    async def start(self, server: str, tool: str, arguments: dict[str, Any], **more: Any) -> int:
        n = await self.inner.start(server, tool, arguments, **more)
        self.n = n if arguments.get("name") == self.name else self.n
        return n

    async def finish(self, n: int, *outcome: Any, **more: Any) -> None:
        if n == self.n:
            raise ConnectionResetError("the process was killed here")
        await self.inner.finish(n, *outcome, **more)


@dataclass
class Built:
    """A finished session whose log holds all that is hard to replay."""

    cp: ControlPlane
    session: Session
    environment: Environment
    tools: Tools
    platform: Platform

    async def replay(self, **options: Any) -> Report:
        session = await self.cp.session(self.session.id)
        log = Path(self.tools.mcp._log)
        return await replay(self.cp, self.tools.platform, session, log=log, **options)

    def branches(self) -> set[str]:
        with self.platform.client() as client:
            rows = client.get(f"/projects/{self.platform.workspace_ref}/branches").json()
        return {branch["name"] for branch in rows}


@pytest.fixture
async def built(
    platform: Platform,
    cluster: Cluster,
    control_plane: ControlPlane,
    build_session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Built]:
    cp, id = control_plane, build_session.id
    monkeypatch.setenv("ARCHITECT_SECRET_MAIL_KEY", SECRET)
    name = environments.name_for(id)
    await cp.set_status(id, "running")
    recorder = KilledAfter(cp.tool_call_recorder(id), "more")
    async with tools(platform, recorder=recorder) as t:  # type: ignore[arg-type]
        made = await environments.provision(t.mcp, t.management, t.platform, mode="branch", name=name)
        await cp.save_environment(id, made.to_json())
        await cp.resource_created(id, "branch", made.ref, {"name": name})
        await fill(t, made.ref)
        await cp.save_outputs(id, {"fingerprint": catalog(cluster, made.ref)["fingerprint"]})
        await cp.set_status(id, "succeeded")
        yield Built(cp, await cp.session(id), made, t, platform)
        await t.management.delete_branch(made.ref)


async def fill(t: Tools, ref: str) -> None:
    """Migrations, one of them by a process that was killed, a secret, rows with made-up ids, a function."""
    here = {"project_id": ref}
    await t.mcp.call("apply_migration", {**here, "name": "notes", "query": NOTES})
    with pytest.raises(ConnectionResetError):
        await t.mcp.call("apply_migration", {**here, "name": "more", "query": MORE})
    with pytest.raises(Exception, match="already exists"):
        await t.mcp.call("apply_migration", {**here, "name": "again", "query": NOTES})
    t.mcp.secrets.add("mail_key", SECRET)
    insert = f"insert into notes (body) values ('{SECRET}') returning id, id as again, body, at"
    await t.mcp.call("execute_sql", {**here, "query": insert})
    ledger = await t.mcp.call("list_migrations", here)
    version = ledger["migrations"][0]["version"]
    sql = f"select name, version from supabase_migrations.schema_migrations where version = '{version}'"
    await t.mcp.call("execute_sql", {**here, "query": sql})
    await t.mcp.call("get_project_url", here)
    await t.mcp.call(
        "deploy_edge_function",
        {**here, "name": "ping", "entrypoint_path": "index.ts", "verify_jwt": True, "files": PING},
    )
    await t.mcp.call("list_edge_functions", here)


def catalog(cluster: Cluster, ref: str) -> dict[str, Any]:
    with psycopg.connect(cluster.dsn(f"env_{ref}", "postgres"), autocommit=True) as connection:
        return fingerprint(connection)


def told(report: Report) -> list[tuple[str, str]]:
    return [(o.step.call.tool, o.status) for o in report.outcomes if o.status != "represented"]


async def test_the_log_of_a_killed_build_replays_to_the_same(built: Built, platform: Platform) -> None:
    before = built.branches()
    heard: list[Any] = []
    report = await built.replay(tell=heard.append)
    assert told(report) == [
        ("get_publishable_keys", "same"),
        ("apply_migration", "same"),
        ("apply_migration", "not comparable"),
        ("apply_migration", "skipped"),
        ("execute_sql", "same"),
        ("list_migrations", "same"),
        ("execute_sql", "same"),
        ("get_project_url", "same"),
        ("deploy_edge_function", "same"),
        ("list_edge_functions", "same"),
    ]
    assert [(o.step.call.n, o.why) for o in heard] == [(o.step.call.n, o.why) for o in report.outcomes]
    reasons = [o.why for o in report.outcomes if o.status in ("not comparable", "skipped")]
    assert "its effect stood" in reasons[0]
    assert reasons[1] == "Postgres refused it"
    assert report.same
    assert report.prints.equal
    assert report.prints.base == report.prints.before != report.prints.after == report.prints.original
    assert built.branches() == before, "the replay's branch is gone"
    noted = [r for r in await built.cp.resources(built.session.id, removed=True) if "replay" in r.metadata]
    assert [r.removed_at is not None for r in noted] == [True]

    header, entries = record.of_replay(report)
    text = json.dumps([header, entries])
    assert "mail_key" in text
    for secret in (SECRET, platform.token, *platform.keys(built.environment.ref).values()):
        assert secret not in text
    sealed = bundle.seal(header, entries, keys.signing_key(platform.home))
    assert len(sealed["seal"]["links"]) == len(await built.cp.tool_calls(built.session.id))
    assert verify.verify(sealed, keys.public_key(platform.home) or b"").valid

    assert await built.tools.management.delete_branch(built.environment.ref)
    await built.cp.drop_environment(built.session.id)
    later = await built.replay()
    assert later.same, "the log is enough when the original is gone"
    assert later.prints.original is None
    assert record.of_replay(later)[0]["environment"]["ref"] == built.environment.ref
    assert "it names a version of a ledger that is gone" in [o.why for o in later.outcomes]


async def test_what_is_not_the_same_is_named(built: Built, platform: Platform) -> None:
    """The log is changed behind the control plane's back; then the original drifts."""
    calls = await built.cp.tool_calls(built.session.id)
    insert = next(c for c in calls if "insert" in str(c.arguments.get("query", "")))
    changed = {**insert.arguments, "query": "create table planted (); insert into notes (body) values ('x')"}
    rewrite(built, insert.n, changed)
    report = await built.replay()
    assert not report.same
    assert report.prints.equal is False
    assert ("execute_sql", "differs") in told(report)
    # Digests of two rules say nothing about each other.
    assert report.outcomes[-1].why == "it was recorded by rule rows/0, and is functions/1 now"
    assert "relation public.planted is in the replay only" in report.differences

    rewrite(built, insert.n, insert.arguments)
    platform.sql(built.environment.ref, "alter table notes disable row level security")
    report = await built.replay()
    assert report.prints.equal, "the log still gives what the build recorded"
    assert report.prints.original != report.prints.after, "and the original has drifted"


def rewrite(built: Built, n: int, arguments: dict[str, Any]) -> None:
    """Change the log as the owner of the table, whom no grant holds."""
    with psycopg.connect(built.cp._dsn, autocommit=True) as connection:
        connection.execute(
            "update public.build_tool_calls set arguments = %s where session_id = %s and n = %s",
            (json.dumps(arguments), built.session.id, n),
        )
        connection.execute(
            "update public.build_tool_calls set result_rule = 'rows/0' where tool = 'list_edge_functions'"
        )


async def test_a_replay_writes_only_where_it_may(
    built: Built, platform: Platform, cluster: Cluster, branch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, ref = platform.workspace_ref, built.environment.ref

    def catalogs() -> list[dict[str, Any]]:
        return [catalog(cluster, r) for r in (base, ref)]

    untouched = catalogs()
    for onto, error, said in (
        (base, InputError, "never replayed onto the base"),
        ("main", InputError, "never replayed onto the base"),
        (ref, InputError, f"live environment of session {built.session.id}"),
        (built.environment.name, InputError, "live environment"),
        ("nobody", NotFound, "no branch 'nobody'"),
    ):
        with pytest.raises(error, match=said):
            await built.replay(onto=onto)
    platform.sql(branch, "create table other ()")
    with pytest.raises(InputError, match=r"not as the base project is: it differs in .*relation"):
        await built.replay(onto=branch)
    report = await built.replay(onto=branch, force=True)
    assert not report.same
    assert "relation public.other is in the replay only" in report.differences
    assert all("public.other" in difference for difference in report.differences)
    assert catalogs() == untouched
    assert platform.sql(branch, "select count(*)::int as n from notes") == [{"n": 1}], "and it is still there"

    before = built.branches()
    monkeypatch.delenv("ARCHITECT_SECRET_MAIL_KEY")
    with pytest.raises(NotReplayable, match="ARCHITECT_SECRET_MAIL_KEY"):
        await built.replay()
    assert built.branches() == before, "nothing was made for it"


async def test_a_session_without_an_end_or_an_environment_is_not_replayed(
    platform: Platform, control_plane: ControlPlane, build_session: Session, tmp_path: Path
) -> None:
    async def attempt() -> Report:
        session = await control_plane.session(build_session.id)
        return await replay(control_plane, target(platform), session, log=tmp_path / "mcp.log")

    with pytest.raises(Conflict, match="is queued"):
        await attempt()
    await control_plane.fail(build_session.id, {"message": "x"})
    with pytest.raises(NotReplayable, match="nothing to replay"):
        await attempt()


def replayed(stack: Stack, session: str, *options: str) -> dict[str, Any]:
    """Run the command; what it prints. It must have found everything the same."""
    done = stack.architect("replay", session, "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.stack
def test_an_example_replays_to_the_same_fingerprint(stack: Stack, examples: Examples) -> None:
    session = examples("marketplace")
    environments_before = stack.environments()
    report = replayed(stack, session["id"])
    out = Path(report["bundle"])
    assert out.parent == stack.home / "audit"
    prints = report["fingerprints"]
    assert report["same"]
    assert prints["after"]["fingerprint"] == session["outputs"]["fingerprint"] == prints["recorded"]
    assert prints["before"] == prints["base"] != prints["after"] == prints["original_now"]
    assert set(report["outcomes"]) == {"represented", "skipped", "same"}, report["outcomes"]
    assert {c["tool"] for c in report["calls"] if c["replayed"]["status"] == "same"} >= {
        "apply_migration", "deploy_edge_function", "execute_sql", "list_tables", "get_advisors",
    }  # fmt: skip
    assert stack.environments() == environments_before, "the branch made for it is gone"

    bundled = verify.read(out)
    public = keys.public_key(stack.home)
    assert public is not None
    assert verify.verify(bundled, public).valid
    assert bundled["header"]["session"]["id"] == session["id"]
    text = out.read_text(encoding="utf-8")
    hidden = stack.rows(
        "select jwt_secret, secret_key, service_role_key from environments", database="platform"
    )
    secrets = {*stack.state.passwords.values(), stack.state.management_token}
    secrets |= {value for row in hidden for value in row.values()}
    assert not [secret for secret in secrets if secret in text]


@pytest.mark.stack
def test_the_commands_as_people_use_them(stack: Stack, examples: Examples, tmp_path: Path) -> None:
    """And the third example."""
    session = examples("saas")
    shown = stack.architect("replay", session["id"], "--keep", "--out", str(tmp_path / "kept.json"))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "SAME " in shown.stdout
    assert "the catalog is the same" in shown.stdout
    calls = stack.rows("select tool from build_tool_calls where session_id = %(id)s", {"id": session["id"]})
    assert sum(shown.stdout.count(f" {tool} ") for tool in {row["tool"] for row in calls}) == len(calls)
    report = verify.read(tmp_path / "kept.json")["header"]["replay"]
    assert report["fingerprints"]["after"]["fingerprint"] == session["outputs"]["fingerprint"]
    kept = report["environment"]
    assert f"env_{kept['ref']}" in stack.environments()

    again = stack.architect("replay", session["id"], "--onto", kept["name"])
    assert again.returncode == 2, "it is not as the base project any more"
    assert "--force" in again.stderr

    log = tmp_path / "log.json"
    assert stack.architect("audit", "export", session["id"], str(log)).returncode == 0
    value = json.loads(log.read_text(encoding="utf-8"))
    position = next(i for i, e in enumerate(value["entries"], 1) if e["tool"] == "apply_migration")
    value["entries"][position - 1]["arguments"]["query"] += "\ndrop table public.projects;"
    log.write_text(json.dumps(value), encoding="utf-8")
    refused = stack.architect("audit", "verify", str(log))
    assert refused.returncode == 1
    assert f"Entry {position} was altered (call {position}, apply_migration)" in refused.stdout

    api = f"http://127.0.0.1:{stack.state.platform_port}/v1"
    token = {"authorization": f"Bearer {stack.state.management_token}"}
    httpx.delete(f"{api}/branches/{kept['ref']}", headers=token, timeout=60).raise_for_status()
