"""What the MCP server's tools are called and cost, and a counter of the calls a test drives."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conformance.report import Client
from tests.fixtures.platform import Mcp, McpFailed

NAME = "supabase MCP server"
ACCOUNT = {
    "list_organizations", "get_organization", "list_projects", "get_project", "get_cost", "confirm_cost",
    "create_project", "pause_project", "restore_project",
}  # fmt: skip
DATABASE = {"list_tables", "list_extensions", "list_migrations", "apply_migration", "execute_sql"}
BRANCHING = {
    "create_branch", "list_branches", "delete_branch", "merge_branch", "reset_branch", "rebase_branch",
}  # fmt: skip
OTHER = {
    "query_logs", "get_advisors", "get_project_url", "get_publishable_keys", "generate_typescript_types",
    "list_edge_functions", "get_edge_function", "deploy_edge_function",
    "list_storage_buckets", "get_storage_config", "update_storage_config",
}  # fmt: skip
WRITES = {
    "create_project", "pause_project", "restore_project", "apply_migration", "deploy_edge_function",
    "create_branch", "delete_branch", "merge_branch", "reset_branch", "rebase_branch",
    "update_storage_config",
}  # fmt: skip
#: Callable, though the server lists only its successor.
UNLISTED = {"get_logs"}
BRANCH_COST = {"type": "branch", "recurrence": "hourly", "amount": 0.01344}
MIGRATION = """
create table public.notes (id bigint generated always as identity primary key, body text not null);
alter table public.notes enable row level security;
"""
SOURCE = "Deno.serve(() => new Response('from mcp'));"


class Run:
    """Counts the calls of one test and knows which tools it has driven."""

    def __init__(self, mcp: Mcp, client: Client, mode: str = "") -> None:
        self.mcp = mcp
        self._client = client
        self._mode = f" [{mode}]" if mode else ""
        self.driven: set[str] = set()

    @contextmanager
    def op(self, tool: str, note: str = "") -> Iterator[None]:
        self.driven.add(tool)
        with self._client(f"{tool}{note and f' {note}'}{self._mode}"):
            yield

    async def refused(self, tool: str, match: str, note: str = "is refused", **arguments: Any) -> None:
        """Drive a call that must fail with ``match`` in its message."""
        with self.op(tool, note), pytest.raises(McpFailed, match=match):
            await self.mcp.call(tool, **arguments)


def confirmation(cost: dict[str, Any]) -> str:
    """The id `confirm_cost` gives for a cost; a pure function of it."""
    text = json.dumps(cost, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
