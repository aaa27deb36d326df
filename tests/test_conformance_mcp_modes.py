"""The real MCP server for one project, reading only, and with what it must refuse."""

from __future__ import annotations

from typing import Any

from tests.conformance.mcp import (
    ACCOUNT,
    BRANCH_COST,
    BRANCHING,
    DATABASE,
    MIGRATION,
    NAME,
    OTHER,
    SOURCE,
    WRITES,
    Run,
    confirmation,
)
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform

#: Each would write; the last one looks like a read.
WRITE_ATTEMPTS = [
    "create table public.made (id int)",
    "insert into public.notes (body) values ('x')",
    "drop table public.notes",
    "rollback; insert into public.notes (body) values ('x')",
    "set transaction read write; insert into public.notes (body) values ('x')",
    "set role postgres; insert into public.notes (body) values ('x')",
    "with made as (insert into public.notes (body) values ('x') returning 1) select * from made",
]


async def test_project_mode_knows_one_project(platform: Platform, branch: str, drive: Drive) -> None:
    async with platform.mcp(f"--project-ref={branch}") as mcp:
        run = Run(mcp, drive(NAME, mcp.version), "--project-ref")
        listed = await mcp.tools()
        assert set(listed) == DATABASE | BRANCHING | OTHER
        assert not [n for n, tool in listed.items() if "project_id" in tool.input_schema["properties"]]
        with run.op("apply_migration"):
            assert await mcp.call("apply_migration", name="notes", query=MIGRATION) == {"success": True}
        for tool, arguments, found in _reads():
            with run.op(tool):
                assert found in str(await mcp.call(tool, **arguments))
        with run.op("deploy_edge_function"):
            files = [{"name": "index.ts", "content": SOURCE}]
            await mcp.call("deploy_edge_function", name="hello", files=files)
            assert "hello" in str(await mcp.call("list_edge_functions"))
        await run.refused("list_tables", "Unrecognized key", "with a project_id", project_id=branch)
    async with platform.mcp(f"--project-ref={platform.workspace_ref}") as mcp:
        run = Run(mcp, drive(NAME, mcp.version), "--project-ref")
        with run.op("create_branch"):
            # confirm_cost belongs to the account tools; its id is a pure function of the cost.
            given = {"name": "scoped", "confirm_cost_id": confirmation(BRANCH_COST)}
            made = await mcp.call("create_branch", **given)
        try:
            with run.op("list_branches"):
                assert "scoped" in {b["name"] for b in (await mcp.call("list_branches"))["branches"]}
        finally:
            with run.op("delete_branch"):
                await mcp.call("delete_branch", branch_id=made["id"])


def _reads() -> list[tuple[str, dict[str, Any], str]]:
    return [
        ("list_tables", {"schemas": ["public"]}, "public.notes"),
        ("list_migrations", {}, "notes"),
        ("list_extensions", {}, "plpgsql"),
        ("execute_sql", {"query": "select count(*)::int as n from notes"}, "{'n': 0}"),
        ("get_advisors", {"type": "security"}, "rls_enabled_no_policy"),
        ("get_publishable_keys", {}, "sb_publishable_"),
        ("generate_typescript_types", {}, "notes"),
        ("query_logs", {"sql": "select id from logs limit 1"}, "untrusted-data"),
        ("list_storage_buckets", {}, "[]"),
        ("get_storage_config", {}, "fileSizeLimit"),
    ]


async def test_read_only_mode_only_reads(platform: Platform, branch: str, drive: Drive) -> None:
    platform.sql(branch, MIGRATION)
    counts = ("pg_class", "pg_largeobject_metadata", "public.notes")
    state = "select " + ", ".join(f'(select count(*) from {table}) as "{table}"' for table in counts)
    before = platform.sql(branch, state)
    async with platform.mcp("--read-only") as mcp:
        run = Run(mcp, drive(NAME, mcp.version), "--read-only")
        assert set(await mcp.tools()) == (ACCOUNT | DATABASE | BRANCHING | OTHER) - WRITES
        with run.op("execute_sql"):
            rows = await mcp.call("execute_sql", project_id=branch, query="select 1 + 1 as two")
            assert rows == [{"two": 2}]
        for query in WRITE_ATTEMPTS:
            refusal = "permission denied|read-only|must be|25006|cannot|not allowed"
            await run.refused("execute_sql", refusal, f"refuses: {query}", project_id=branch, query=query)
        with run.op("execute_sql", "undoes what a function of its query did"):
            await mcp.call("execute_sql", project_id=branch, query="select pg_catalog.lo_create(4711)")
        for tool, arguments in _writes(platform, branch).items():
            await run.refused(tool, "in read-only mode", **arguments)
        assert run.driven >= WRITES
    assert platform.sql(branch, state) == before


def _writes(platform: Platform, branch: str) -> dict[str, dict[str, Any]]:
    project, one = {"project_id": branch}, {"branch_id": branch}
    storage = {"imageTransformation": {"enabled": False}, "s3Protocol": {"enabled": False}}
    made = {"name": "x", "region": "eu-central-1", "organization_id": platform.organization_id}
    free = {"type": "project", "recurrence": "monthly", "amount": 0}
    return {
        "create_project": {**made, "confirm_cost_id": confirmation(free)},
        "pause_project": project,
        "restore_project": project,
        "apply_migration": {**project, "name": "x", "query": "create table public.x (id int)"},
        "deploy_edge_function": {**project, "name": "x", "files": [{"name": "index.ts", "content": SOURCE}]},
        "create_branch": {**project, "name": "x", "confirm_cost_id": confirmation(BRANCH_COST)},
        "delete_branch": one,
        "merge_branch": one,
        "reset_branch": one,
        "rebase_branch": one,
        "update_storage_config": {**project, "config": {"fileSizeLimit": 1, "features": storage}},
    }


async def test_errors_are_told(platform: Platform, drive: Drive) -> None:
    async with platform.mcp("--features=account,database", token="sbp_" + "0" * 40) as mcp:
        run = Run(mcp, drive(NAME, mcp.version), "wrong token")
        assert set(await mcp.tools()) == ACCOUNT | DATABASE
        await run.refused("list_organizations", "Unauthorized")
        await run.refused(
            "execute_sql", "Unauthorized", project_id=platform.workspace_ref, query="select 1 as one"
        )
    async with platform.mcp() as mcp:
        run = Run(mcp, drive(NAME, mcp.version), "unknown project")
        unknown = {"project_id": "a" * 20}
        await run.refused("get_project", "Project not found", id="a" * 20)
        await run.refused("execute_sql", "Project not found", **unknown, query="select 1 as one")
        await run.refused("list_tables", "Project not found", **unknown)
        await run.refused("list_edge_functions", "Project not found", **unknown)
        await run.refused("delete_branch", "Branch not found", branch_id="a" * 20)
        confirm = {"confirm_cost_id": "made up"}
        refusal = "Cost confirmation ID does not match"
        await run.refused("create_branch", refusal, "without confirmation", **unknown, name="x", **confirm)
