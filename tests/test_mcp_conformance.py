"""The real MCP server does on this platform what it does on the hosted one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fixtures.platform import Mcp, McpFailed, Platform

MIGRATION = """
create table public.notes (id bigint generated always as identity primary key, body text not null);
alter table public.notes enable row level security;
"""
SOURCE = "Deno.serve(() => new Response('from mcp'));"


async def test_a_branch_from_birth_to_death(platform: Platform) -> None:
    async with platform.mcp() as mcp:
        organizations = await mcp.call("list_organizations")
        assert platform.organization_id in str(organizations)
        assert (await mcp.call("get_organization", id=platform.organization_id))["plan"]
        assert platform.workspace_ref in str(await mcp.call("list_projects"))
        cost = await mcp.call("get_cost", type="branch", organization_id=platform.organization_id)
        assert cost
        confirmed = await mcp.call("confirm_cost", type="branch", recurrence="hourly", amount=0.01344)
        branch = await mcp.call(
            "create_branch",
            project_id=platform.workspace_ref,
            name="conformance",
            confirm_cost_id=confirmed["confirmation_id"],
        )
        ref, branch_id = branch["project_ref"], branch["id"]
        try:
            await _database(mcp, ref)
            await _functions(mcp, platform, ref)
            advisors = await mcp.call("get_advisors", project_id=ref, type="security")
            assert "rls_enabled_no_policy" in str(advisors)
            await mcp.call("get_advisors", project_id=ref, type="performance")
            keys = await mcp.call("get_publishable_keys", project_id=ref)
            assert platform.keys(ref)["publishable"] in str(keys)
            assert platform.keys(ref)["secret"] not in str(keys)
            assert await mcp.call("list_storage_buckets", project_id=ref) is not None
            await mcp.call("reset_branch", branch_id=branch_id)
            await mcp.call("rebase_branch", branch_id=branch_id)
            names = {
                b["name"] for b in _items(await mcp.call("list_branches", project_id=platform.workspace_ref))
            }
            assert {"main", "conformance"} <= names
        finally:
            await mcp.call("delete_branch", branch_id=branch_id)
        left = _items(await mcp.call("list_branches", project_id=platform.workspace_ref))
        assert ref not in {b["project_ref"] for b in left}


async def _database(mcp: Mcp, ref: str) -> None:
    assert await mcp.call("apply_migration", project_id=ref, name="notes", query=MIGRATION) == {
        "success": True
    }
    migrations = _items(await mcp.call("list_migrations", project_id=ref))
    assert [m["name"] for m in migrations] == ["notes"]
    assert re.fullmatch(r"\d{14}", migrations[0]["version"])
    await mcp.call("execute_sql", project_id=ref, query="insert into notes (body) values ('x')")
    rows = await mcp.call("execute_sql", project_id=ref, query="select id, body from notes")
    assert rows == [{"id": 1, "body": "x"}]
    tables = await mcp.call("list_tables", project_id=ref, schemas=["public"], verbose=True)
    assert "notes" in str(tables)
    assert "vector" in str(await mcp.call("list_extensions", project_id=ref))
    with pytest.raises(McpFailed, match="42P01"):
        await mcp.call("execute_sql", project_id=ref, query="select * from nope")
    with pytest.raises(McpFailed, match="42P07"):
        await mcp.call("apply_migration", project_id=ref, name="again", query=MIGRATION)


async def _functions(mcp: Mcp, platform: Platform, ref: str) -> None:
    await mcp.call(
        "deploy_edge_function", project_id=ref, name="hello", files=[{"name": "index.ts", "content": SOURCE}]
    )
    listed = _items(await mcp.call("list_edge_functions", project_id=ref))
    assert [(f["slug"], f["entrypoint_path"]) for f in listed] == [("hello", "index.ts")]
    got = await mcp.call("get_edge_function", project_id=ref, function_slug="hello")
    assert got["files"] == [{"name": "index.ts", "content": SOURCE}]
    assert platform.call(ref, "hello", platform.keys(ref)["anon"]).text == "from mcp"


async def test_read_only_mode_only_reads(platform: Platform, branch: str) -> None:
    platform.sql(branch, "create table t (id int); insert into t values (1)")
    async with platform.mcp("--read-only") as mcp:
        rows = await mcp.call("execute_sql", project_id=branch, query="select * from t")
        assert rows == [{"id": 1}]
        with pytest.raises(McpFailed, match="permission denied for schema public"):
            await mcp.call("execute_sql", project_id=branch, query="create table u (id int)")


async def test_a_project_over_mcp(platform: Platform) -> None:
    async with platform.mcp() as mcp:
        cost = await mcp.call("get_cost", type="project", organization_id=platform.organization_id)
        assert cost
        confirmed = await mcp.call("confirm_cost", type="project", recurrence="monthly", amount=0)
        project = await mcp.call(
            "create_project",
            name="over-mcp",
            region="eu-central-1",
            organization_id=platform.organization_id,
            confirm_cost_id=confirmed["confirmation_id"],
        )
        ref = project.get("id") or project["ref"]
        try:
            assert (await mcp.call("get_project", id=ref))["status"] == "ACTIVE_HEALTHY"
            assert await mcp.call("execute_sql", project_id=ref, query="select 1 as one") == [{"one": 1}]
            await mcp.call("pause_project", project_id=ref)
            await mcp.call("restore_project", project_id=ref)
        finally:
            with platform.client() as api:
                assert api.delete(f"/projects/{ref}").status_code == 200


def _items(answer: Any) -> list[dict[str, Any]]:
    """The list inside a tool's answer, bare or under its one key."""
    if isinstance(answer, dict):
        return next(value for value in answer.values() if isinstance(value, list))
    return answer
