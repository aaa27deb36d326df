"""Ready means proven: each proof that fails is named with the answer it got."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from architect.embedded.postgres import Cluster
from architect.errors import NotReady, ProvisionError, ToolCallFailed
from architect.plan.templates import template
from architect.provision import deploy, migrate, readiness
from architect.provision import environment as environments
from architect.provision.environment import Environment
from architect.render import Migration, render
from tests.fixtures.platform import Platform
from tests.provisioning import Fault, Tools, proxied, tools

HELLO = "Deno.serve(() => Response.json({ ok: true }));"
#: So long a proof that must fail is repeated.
SHORT_S = 0.3


@pytest.fixture
async def t(platform: Platform) -> AsyncIterator[Tools]:
    async with tools(platform) as open_tools:
        yield open_tools


@pytest.fixture
async def made(t: Tools) -> AsyncIterator[Environment]:
    """A branch of its own for one test."""
    name = environments.name_for(str(uuid.uuid4()))
    environment = await environments.provision(t.mcp, t.management, t.platform, mode="branch", name=name)
    yield environment
    await environments.teardown(t.mcp, t.management, environment)


def function(slug: str = "hello", *, verify_jwt: bool = True) -> Any:
    return SimpleNamespace(slug=slug, source=slug, verify_jwt=verify_jwt)


def source(folder: Path, text: str = HELLO) -> Path:
    (folder / "index.ts").write_text(text, encoding="utf-8")
    return folder


async def test_an_environment_is_ready_when_all_three_proofs_succeed(
    t: Tools, made: Environment, tmp_path: Path
) -> None:
    await deploy.deploy_function(t.mcp, t.management, made, function(), folder=source(tmp_path))
    proof = await readiness.prove(t.mcp, t.management, made, function_slug="hello")
    assert set(proof) == {"query_ms", "rest_ms", "function_ms"}
    assert all(ms > 0 for ms in proof.values())
    assert set(await readiness.prove(t.mcp, t.management, made)) == {"query_ms", "rest_ms"}


async def test_a_missing_function_is_named(t: Tools, made: Environment) -> None:
    with pytest.raises(NotReady, match="404") as raised:
        await readiness.prove(t.mcp, t.management, made, function_slug="absent", deadline_s=SHORT_S)
    assert raised.value.details["proof"] == "function"


async def test_a_database_that_refuses_is_named(t: Tools, made: Environment, cluster: Cluster) -> None:
    database = f"env_{made.ref}"
    with psycopg.connect(cluster.dsn("postgres", "supabase_admin"), autocommit=True) as conn:
        conn.execute(
            psycopg.sql.SQL("alter database {} allow_connections false").format(
                psycopg.sql.Identifier(database)
            )
        )
        cluster.terminate(database)
        with pytest.raises(NotReady) as raised:
            await readiness.prove(t.mcp, t.management, made, deadline_s=SHORT_S)
        assert raised.value.details["proof"] == "query"
        conn.execute(
            psycopg.sql.SQL("alter database {} allow_connections true").format(
                psycopg.sql.Identifier(database)
            )
        )
    await readiness.prove(t.mcp, t.management, made)


async def test_a_gateway_that_refuses_is_not_taken_for_rest(t: Tools, made: Environment) -> None:
    for broken in (
        made.model_copy(update={"publishable_key": "sb_publishable_" + "x" * 24}),
        made.model_copy(update={"rest_url": made.rest_url + "x"}),
        made.model_copy(update={"rest_url": "http://127.0.0.1:9/rest/v1"}),
    ):
        with pytest.raises(NotReady) as raised:
            await readiness.prove(t.mcp, t.management, broken, deadline_s=SHORT_S)
        assert raised.value.details["proof"] == "rest"


async def test_rest_must_know_the_table_it_is_asked_for(t: Tools, made: Environment) -> None:
    with pytest.raises(NotReady, match="PGRST205") as raised:
        await readiness.prove(t.mcp, t.management, made, table="notes", deadline_s=SHORT_S)
    assert raised.value.details["proof"] == "rest"
    # Locked: anon is denied, and to be denied the table must be known.
    script = "create table notes (id int primary key); alter table notes enable row level security;"
    await t.mcp.call("apply_migration", {"project_id": made.ref, "name": "notes", "query": script})
    await readiness.prove(t.mcp, t.management, made, table="notes")
    await t.mcp.call("execute_sql", {"project_id": made.ref, "query": "grant select on notes to anon"})
    await readiness.prove(t.mcp, t.management, made, table="notes")


async def test_no_secret_is_in_the_error_of_a_failed_proof(
    t: Tools, made: Environment, platform: Platform, tmp_path: Path
) -> None:
    keys_sent = "r.headers.get('apikey') + r.headers.get('authorization')"
    echo = f"Deno.serve((r) => new Response({keys_sent}, {{status: 500}}))"
    with pytest.raises(NotReady) as raised:
        await deploy.deploy_function(
            t.mcp, t.management, made, function(), folder=source(tmp_path, echo), deadline_s=SHORT_S
        )
    shown = str(raised.value.to_dict())
    keys = platform.keys(made.ref)
    assert "redacted" in shown
    assert not any(keys[name] in shown for name in ("secret", "service_role"))


async def test_a_function_is_deployed_once_and_again_when_it_differs(
    t: Tools, made: Environment, tmp_path: Path
) -> None:
    folder = source(tmp_path)

    async def bring(**settings: Any) -> dict[str, Any]:
        return await deploy.deploy_function(t.mcp, t.management, made, function(**settings), folder=folder)

    first = await bring()
    again = await bring()
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["version"] == first["version"]
    assert again["digest"] == first["digest"]
    assert t.called.count("deploy_edge_function") == 1
    opened = await bring(verify_jwt=False)
    source(folder, HELLO.replace("true", "1"))
    changed = await bring(verify_jwt=False)
    assert opened["changed"]
    assert changed["changed"]
    assert len({first["digest"], opened["digest"], changed["digest"]}) == 3
    assert t.called.count("deploy_edge_function") == 3


@pytest.mark.parametrize(
    "text", ["throw new Error('at boot')", "Deno.serve(() => new Response('x', {status: 418}))"]
)
async def test_a_deploy_is_not_done_before_the_function_has_answered(
    t: Tools, made: Environment, tmp_path: Path, text: str
) -> None:
    with pytest.raises(NotReady, match="function hello"):
        await deploy.deploy_function(
            t.mcp, t.management, made, function(), folder=source(tmp_path, text), deadline_s=SHORT_S
        )


async def test_an_unknown_function_source_is_an_error(t: Tools, made: Environment) -> None:
    with pytest.raises(ProvisionError, match="no edge function source 'nothing'"):
        await deploy.deploy_function(t.mcp, t.management, made, function("nothing"))


async def test_the_functions_of_a_plan_answer_in_a_built_environment(t: Tools, made: Environment) -> None:
    for migration in render(template("blank")):
        await migrate.apply(t.mcp, made.ref, migration)
    for slug in ("drift_check", "spec_gate"):
        result = await deploy.deploy_function(t.mcp, t.management, made, function(slug))
        assert result["url"] == f"{made.functions_url}/{slug}"


def migration(sql: str, name: str = "make_notes") -> Migration:
    return Migration(name, "tables", sql, ())


async def test_a_migration_is_applied_once(t: Tools, made: Environment) -> None:
    notes = migration("create table notes (id int primary key);\n")
    first = await migrate.apply(t.mcp, made.ref, notes)
    assert await migrate.apply(t.mcp, made.ref, notes) == first
    assert len(first) == 14
    assert first.isdigit()
    assert t.called.count("apply_migration") == 1
    ledger = (await t.mcp.call("list_migrations", {"project_id": made.ref}))["migrations"]
    assert [e["version"] for e in ledger if e.get("name") == migrate.ledger_name(notes)] == [first]


async def test_an_older_migration_of_the_same_name_is_not_taken_for_it(t: Tools, made: Environment) -> None:
    await migrate.apply(t.mcp, made.ref, migration("create table notes (id int primary key);\n"))
    await migrate.apply(t.mcp, made.ref, migration("create table bids (id int primary key);\n"))
    query = (
        "select to_regclass('public.notes') is not null and to_regclass('public.bids') is not null as both"
    )
    assert await t.mcp.call("execute_sql", {"project_id": made.ref, "query": query}) == [{"both": True}]


async def test_a_refused_migration_leaves_nothing_behind(t: Tools, made: Environment) -> None:
    broken = migration("create table notes (id int primary key);\ncreate table notes (id int);\n")
    with pytest.raises(ToolCallFailed) as raised:
        await migrate.apply(t.mcp, made.ref, broken)
    assert raised.value.details["sqlstate"] == "42P07"
    assert await migrate.version_of(t.mcp, made.ref, migrate.ledger_name(broken)) is None
    query = "select to_regclass('public.notes') is null as gone"
    assert await t.mcp.call("execute_sql", {"project_id": made.ref, "query": query}) == [{"gone": True}]


async def test_a_migration_whose_answer_was_lost_is_not_applied_twice(platform: Platform) -> None:
    notes = migration("create table notes (id int primary key);\n")
    name = environments.name_for(str(uuid.uuid4()))
    with proxied(platform) as proxy:
        async with tools(platform, api_url=proxy.url) as t:
            made = await environments.provision(t.mcp, t.management, t.platform, mode="branch", name=name)
            proxy.faults.append(Fault("POST", "/database/migrations$", status=503, after=True, times=1))
            version = await migrate.apply(t.mcp, made.ref, notes)
            assert await migrate.apply(t.mcp, made.ref, notes) == version
            assert proxy.count("POST", "/database/migrations$") == 1
            await environments.teardown(t.mcp, t.management, made)
