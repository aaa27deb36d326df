"""The embedded platform alone: branches, what MCP adds to a query, 500 tables, edge functions."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import psycopg
from pydantic import SecretStr
from rich.table import Table

from architect.provision.mcp import McpServer
from architect.provision.platform import Platform
from architect.provision.recorder import MemoryRecorder
from benchmarks.stack import Stack

BRANCHES = 20
CALLS = 50
TABLES = 500
COLD_STARTS = 5
FUNCTION = "Deno.serve((request) => Response.json({ method: request.method }));"
#: What a table costs a catalog reader: columns, a key, a policy and an index.
MAKE_TABLES = """
do $$ begin
  for i in 1..{count} loop
    execute format('create table public.bench_%s (id bigint generated always as identity primary key,'
      ' owner_id uuid not null, name text not null, created_at timestamptz not null default now())', i);
    execute format('alter table public.bench_%s enable row level security', i);
    execute format('create policy p on public.bench_%s for select to authenticated'
      ' using (owner_id = (select auth.uid()))', i);
    execute format('create index on public.bench_%s (owner_id)', i);
  end loop;
end $$
"""
#: The yardstick of list_tables: every column of the same tables, asked directly.
COLUMNS = """
select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'
"""
DIRECT = "select 1, direct (connect, ask)"
DIRECT_COLUMNS = f"columns of {TABLES} tables, direct"

Figures = dict[str, list[float]]


async def platform_figures(stack: Stack) -> Figures:
    """Seconds of every single call, by what was done."""
    base = f"http://127.0.0.1:{stack.state.platform_port}"
    headers = {"authorization": f"Bearer {stack.state.management_token}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=120, trust_env=False) as client:
        figures = {"branch create to first query": await _branches(stack, client)}
        made = await client.post(_branches_path(stack), json={"branch_name": "bench"})
        ref = made.raise_for_status().json()["project_ref"]
        try:
            figures |= await _queries(stack, client, ref)
            figures |= await _functions(client, ref)
        finally:
            await client.delete(f"/v1/branches/{ref}")
    return figures


async def _branches(stack: Stack, client: httpx.AsyncClient) -> list[float]:
    """POST a branch until its first query has answered, with the deletion left out."""
    found = []
    for number in range(BRANCHES):
        started = time.perf_counter()
        made = await client.post(_branches_path(stack), json={"branch_name": f"b{number}"})
        ref = made.raise_for_status().json()["project_ref"]
        (await _select_one(client, ref)).raise_for_status()
        found.append(time.perf_counter() - started)
        (await client.delete(f"/v1/branches/{ref}")).raise_for_status()
    return found


async def _queries(stack: Stack, client: httpx.AsyncClient, ref: str) -> Figures:
    platform = _platform(stack)
    dsn = stack.cluster.dsn(f"env_{ref}", "postgres")
    async with McpServer.start(platform, MemoryRecorder(), log=stack.home / "logs" / "bench-mcp.log") as mcp:
        one = {"project_id": ref, "query": "select 1"}
        figures = {
            DIRECT: await _timed(lambda: asyncio.to_thread(_ask, dsn, "select 1")),
            "select 1, Management API": await _timed(lambda: _select_one(client, ref)),
            "select 1, MCP execute_sql": await _timed(lambda: mcp.call("execute_sql", one)),
        }
        await asyncio.to_thread(_ask, dsn, MAKE_TABLES.format(count=TABLES))
        listing = {"project_id": ref, "schemas": ["public"]}
        figures[DIRECT_COLUMNS] = await _timed(lambda: asyncio.to_thread(_ask, dsn, COLUMNS), CALLS // 5)
        figures[f"list_tables of {TABLES} tables, MCP"] = await _timed(
            lambda: mcp.call("list_tables", listing), CALLS // 5
        )
        figures[f"list_tables verbose of {TABLES}, MCP"] = await _timed(
            lambda: mcp.call("list_tables", {**listing, "verbose": True}), CALLS // 5
        )
    return figures


def _platform(stack: Stack) -> Platform:
    api_url = f"http://127.0.0.1:{stack.state.platform_port}"
    return Platform(
        api_url=api_url,
        access_token=SecretStr(stack.state.management_token),
        organization_id=stack.state.organization_id,
        project_ref=stack.state.workspace_ref,
        environment_url_template=f"{api_url}/p/{{ref}}",
    )


async def _functions(client: httpx.AsyncClient, ref: str) -> Figures:
    """A deploy ends the function's process, so that the call after it starts one."""
    cold = []
    for _ in range(COLD_STARTS):
        metadata = '{"name": "bench", "entrypoint_path": "index.ts", "verify_jwt": false}'
        parts = [
            ("metadata", ("blob", metadata, "application/json")),
            ("file", ("index.ts", FUNCTION, "application/typescript")),
        ]
        path = f"/v1/projects/{ref}/functions/deploy"
        (await client.post(path, params={"slug": "bench"}, files=parts)).raise_for_status()
        cold += await _timed(lambda: _invoke(client, ref), 1)
    return {"function, cold": cold, "function, warm": await _timed(lambda: _invoke(client, ref))}


async def _timed(call: Callable[[], Awaitable[Any]], times: int = CALLS) -> list[float]:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        await call()
        found.append(time.perf_counter() - started)
    return found


def _ask(dsn: str, query: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        if cursor.description:
            cursor.fetchall()


async def _select_one(client: httpx.AsyncClient, ref: str) -> httpx.Response:
    return await client.post(f"/v1/projects/{ref}/database/query", json={"query": "select 1"})


async def _invoke(client: httpx.AsyncClient, ref: str) -> None:
    (await client.post(f"/p/{ref}/functions/v1/bench")).raise_for_status()


def _branches_path(stack: Stack) -> str:
    return f"/v1/projects/{stack.state.workspace_ref}/branches"


def platform_table(figures: Figures) -> Table:
    """Median and 95th percentile of each, and what MCP and the catalog cost against asking directly."""
    table = Table("the platform", "p50", "p95", "times the direct way")
    direct = {"select 1": DIRECT, "list_tables": DIRECT_COLUMNS}
    for name, values in figures.items():
        yardstick = next((d for start, d in direct.items() if name.startswith(start) and name != d), None)
        ratio = statistics.median(values) / statistics.median(figures[yardstick]) if yardstick else None
        p95 = sorted(values)[max(0, round(0.95 * len(values)) - 1)]
        table.add_row(
            name, _ms(statistics.median(values)), _ms(p95), f"{ratio:.1f}" if ratio is not None else ""
        )
    return table


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
