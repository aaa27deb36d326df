"""The real MCP server does on this platform what it does on the hosted one: every tool in account mode."""

from __future__ import annotations

import re

from tests.conformance.mcp import (
    ACCOUNT,
    BRANCH_COST,
    BRANCHING,
    DATABASE,
    MIGRATION,
    NAME,
    OTHER,
    SOURCE,
    UNLISTED,
    Run,
    confirmation,
)
from tests.conformance.report import Drive
from tests.fixtures.platform import MCP_FEATURES, Platform


async def test_every_tool_in_account_mode(platform: Platform, drive: Drive) -> None:
    docs = f"--content-api-url={platform.api_url}/platform/content/graphql"
    async with platform.mcp(docs, f"--features={MCP_FEATURES},docs") as mcp:
        run = Run(mcp, drive(NAME, mcp.version))
        listed = await mcp.tools()
        assert set(listed) == ACCOUNT | DATABASE | BRANCHING | OTHER | {"search_docs"}
        with run.op("search_docs"):
            found = await mcp.call(
                "search_docs", graphql_query='{ searchDocs(query: "x") { nodes { title } } }'
            )
            assert found == {"result": {"searchDocs": {"nodes": []}}}
            assert "searchDocs(query:String!" in listed["search_docs"].description
        await _organizations(run, platform)
        await _project(run, platform)
        ref, branch_id = await _branch(run, platform)
        try:
            await _database(run, ref)
            await _functions(run, platform, ref)
            await _development(run, platform, ref)
            await _storage(run, platform, ref)
            await _branch_actions(run, platform, ref, branch_id)
        finally:
            with run.op("delete_branch"):
                await mcp.call("delete_branch", branch_id=branch_id)
        left = (await mcp.call("list_branches", project_id=platform.workspace_ref))["branches"]
        assert ref not in {b["project_ref"] for b in left}
        default = next(b for b in left if b["is_default"])
        refusal = re.escape("Cannot delete the default branch.")
        await run.refused("delete_branch", refusal, "of the default branch", branch_id=default["id"])
        assert run.driven == set(listed) | UNLISTED


async def _organizations(run: Run, platform: Platform) -> None:
    organization = platform.organization_id
    with run.op("list_organizations"):
        listed = (await run.mcp.call("list_organizations"))["organizations"]
        assert organization in [o["id"] for o in listed]
        assert set(listed[0]) == {"id", "slug", "name"}
    with run.op("get_organization"):
        shown = await run.mcp.call("get_organization", id=organization)
        assert {"id", "name", "plan", "opt_in_tags", "allowed_release_channels"} <= set(shown)
    with run.op("get_cost"):
        assert await run.mcp.call("get_cost", type="branch", organization_id=organization) == BRANCH_COST
    with run.op("confirm_cost"):
        confirmed = await run.mcp.call("confirm_cost", **BRANCH_COST)
        assert confirmed["confirmation_id"] == confirmation(BRANCH_COST)


async def _project(run: Run, platform: Platform) -> None:
    cost = await run.mcp.call("get_cost", type="project", organization_id=platform.organization_id)
    confirmed = await run.mcp.call("confirm_cost", **cost)
    with run.op("create_project"):
        project = await run.mcp.call(
            "create_project",
            name="over-mcp",
            region="eu-central-1",
            organization_id=platform.organization_id,
            confirm_cost_id=confirmed["confirmation_id"],
        )
        ref = project["ref"]
        assert (project["organization_slug"], project["region"]) == (platform.organization_id, "eu-central-1")
    try:
        with run.op("list_projects"):
            listed = (await run.mcp.call("list_projects"))["projects"]
            assert {platform.workspace_ref, ref} <= {p["ref"] for p in listed}
        with run.op("get_project"):
            assert (await run.mcp.call("get_project", id=ref))["status"] == "ACTIVE_HEALTHY"
        with run.op("pause_project"):
            await run.mcp.call("pause_project", project_id=ref)
            assert (await run.mcp.call("get_project", id=ref))["status"] == "INACTIVE"
        with run.op("restore_project"):
            await run.mcp.call("restore_project", project_id=ref)
            assert (await run.mcp.call("get_project", id=ref))["status"] == "ACTIVE_HEALTHY"
            assert await run.mcp.call("execute_sql", project_id=ref, query="select 1 as one") == [{"one": 1}]
    finally:
        with platform.client() as api:
            assert api.delete(f"/projects/{ref}").status_code == 200


async def _branch(run: Run, platform: Platform) -> tuple[str, str]:
    workspace = platform.workspace_ref
    with run.op("create_branch"):
        made = await run.mcp.call(
            "create_branch",
            project_id=workspace,
            name="conformance",
            confirm_cost_id=confirmation(BRANCH_COST),
        )
        assert (made["parent_project_ref"], made["is_default"]) == (workspace, False)
    with run.op("list_branches"):
        listed = (await run.mcp.call("list_branches", project_id=workspace))["branches"]
        assert {"main", "conformance"} <= {b["name"] for b in listed}
    await run.refused("get_project", "Project not found", "of a branch", id=made["project_ref"])
    return made["project_ref"], made["id"]


async def _database(run: Run, ref: str) -> None:
    mcp = run.mcp
    with run.op("apply_migration"):
        done = await mcp.call("apply_migration", project_id=ref, name="notes", query=MIGRATION)
        assert done == {"success": True}
    with run.op("list_migrations"):
        migrations = (await mcp.call("list_migrations", project_id=ref))["migrations"]
        assert [m["name"] for m in migrations] == ["notes"]
        assert re.fullmatch(r"\d{14}", migrations[0]["version"])
    with run.op("execute_sql"):
        await mcp.call("execute_sql", project_id=ref, query="insert into notes (body) values ('x')")
        rows = await mcp.call("execute_sql", project_id=ref, query="select id, body from notes")
        assert rows == [{"id": 1, "body": "x"}]
    with run.op("list_tables"):
        tables = await mcp.call("list_tables", project_id=ref, schemas=["public"], verbose=True)
        assert [(t["name"], t["rls_enabled"], t["primary_keys"]) for t in tables["tables"]] == [
            ("public.notes", True, ["id"])
        ]
        assert "advisory" not in tables
        await mcp.call("execute_sql", project_id=ref, query="create table bare (id int primary key)")
        advisory = (await mcp.call("list_tables", project_id=ref))["advisory"]
        assert (advisory["id"], "bare" in advisory["remediation_sql"]) == ("rls_disabled", True)
    with run.op("list_extensions"):
        extensions = (await mcp.call("list_extensions", project_id=ref))["extensions"]
        assert {"plpgsql", "vector"} <= {e["name"] for e in extensions}
    await run.refused("execute_sql", "42P01", "of bad SQL", project_id=ref, query="select * from nope")
    await run.refused("execute_sql", "42601", "of no SQL", project_id=ref, query="not sql")
    twice = {"project_id": ref, "name": "again", "query": MIGRATION}
    await run.refused("apply_migration", "42P07", "of bad SQL", **twice)


async def _functions(run: Run, platform: Platform, ref: str) -> None:
    mcp, files = run.mcp, [{"name": "index.ts", "content": SOURCE}]
    with run.op("deploy_edge_function"):
        made = await mcp.call("deploy_edge_function", project_id=ref, name="hello", files=files)
        assert (made["slug"], made["version"], made["verify_jwt"]) == ("hello", 1, True)
        assert platform.call(ref, "hello", platform.keys(ref)["anon"]).text == "from mcp"
        again = await mcp.call(
            "deploy_edge_function", project_id=ref, name="hello", files=files, verify_jwt=False
        )
        assert (again["id"], again["version"], again["verify_jwt"]) == (made["id"], 2, False)
        assert platform.call(ref, "hello").text == "from mcp"
    with run.op("list_edge_functions"):
        listed = (await mcp.call("list_edge_functions", project_id=ref))["functions"]
        assert [(f["slug"], f["entrypoint_path"]) for f in listed] == [("hello", "index.ts")]
    with run.op("get_edge_function"):
        got = await mcp.call("get_edge_function", project_id=ref, function_slug="hello")
        assert got["files"] == files
    await run.refused("get_edge_function", "not found", "of none", project_id=ref, function_slug="nope")


async def _development(run: Run, platform: Platform, ref: str) -> None:
    mcp, keys = run.mcp, platform.keys(ref)
    with run.op("get_project_url"):
        # Made up by the MCP server itself, which never asks the platform.
        assert ref in (await mcp.call("get_project_url", project_id=ref))["url"]
    with run.op("get_publishable_keys"):
        shown = (await mcp.call("get_publishable_keys", project_id=ref))["keys"]
        assert {k["api_key"] for k in shown} == {keys["publishable"], keys["anon"]}
    with run.op("generate_typescript_types"):
        types = (await mcp.call("generate_typescript_types", project_id=ref))["types"]
        assert re.search(r'"notes": \{\s+Row: \{\s+"body": string', types)
    with run.op("get_advisors"):
        security = (await mcp.call("get_advisors", project_id=ref, type="security"))["result"]["lints"]
        assert "rls_enabled_no_policy" in {lint["name"] for lint in security}
        performance = await mcp.call("get_advisors", project_id=ref, type="performance")
        assert isinstance(performance["result"]["lints"], list)
    with run.op("query_logs"):
        sql = "select timestamp, event_message from logs where source = 'postgres_logs' limit 50"
        assert (
            'relation \\"nope\\" does not exist'
            in (await mcp.call("query_logs", project_id=ref, sql=sql))["result"]
        )
    with run.op("get_logs"):
        for service in ("api", "postgres", "edge-function", "edge-function-runtime", "auth", "storage"):
            assert "untrusted-data" in (await mcp.call("get_logs", project_id=ref, service=service))["result"]


async def _storage(run: Run, platform: Platform, ref: str) -> None:
    mcp = run.mcp
    with run.op("list_storage_buckets"):
        assert (await mcp.call("list_storage_buckets", project_id=ref))["buckets"] == []
        platform.sql(ref, "insert into storage.buckets (id, name, public) values ('b', 'b', true)")
        listed = (await mcp.call("list_storage_buckets", project_id=ref))["buckets"]
        assert [(b["id"], b["public"]) for b in listed] == [("b", True)]
    with run.op("get_storage_config"):
        config = await mcp.call("get_storage_config", project_id=ref)
        assert {"fileSizeLimit", "features"} <= set(config)
    with run.op("update_storage_config"):
        changed = {"fileSizeLimit": 1_000_000, "features": config["features"]}
        assert await mcp.call("update_storage_config", project_id=ref, config=changed) == {"success": True}
        assert (await mcp.call("get_storage_config", project_id=ref))["fileSizeLimit"] == 1_000_000


async def _branch_actions(run: Run, platform: Platform, ref: str, branch_id: str) -> None:
    mcp, workspace = run.mcp, platform.workspace_ref
    with run.op("reset_branch"):
        await mcp.call("reset_branch", branch_id=branch_id)
        tables = (await mcp.call("list_tables", project_id=ref))["tables"]
        assert [t["name"] for t in tables] == ["public.notes"], "what no migration made is gone"
        await mcp.call("reset_branch", branch_id=branch_id, migration_version="0")
        assert (await mcp.call("list_migrations", project_id=ref))["migrations"] == []
        assert (await mcp.call("list_tables", project_id=ref))["tables"] == []
    # Merge and rebase change the parent, so they get a parent of their own.
    with platform.client() as api:
        body = {"name": "parent", "organization_slug": platform.organization_id, "region": "eu-central-1"}
        parent = api.post("/projects", json={**body, "db_pass": "x1Y2z3A4b5C6"}).json()["ref"]
        assert parent != workspace
        try:
            branch = api.post(f"/projects/{parent}/branches", json={"branch_name": "work"}).json()
            await mcp.call("apply_migration", project_id=branch["project_ref"], name="notes", query=MIGRATION)
            with run.op("merge_branch"):
                await mcp.call("merge_branch", branch_id=branch["id"])
                merged = (await mcp.call("list_migrations", project_id=parent))["migrations"]
                assert [m["name"] for m in merged] == ["notes"]
                tables = (await mcp.call("list_tables", project_id=parent))["tables"]
                assert [t["name"] for t in tables] == ["public.notes"]
            with run.op("rebase_branch"):
                await mcp.call(
                    "apply_migration", project_id=parent, name="two", query="create table two (id int)"
                )
                await mcp.call("rebase_branch", branch_id=branch["id"])
                rebased = await mcp.call("list_migrations", project_id=branch["project_ref"])
                assert [m["name"] for m in rebased["migrations"]] == ["notes", "two"]
        finally:
            api.delete(f"/projects/{parent}")
