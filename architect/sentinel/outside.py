"""Facts of an environment that no catalog holds: its edge functions, and the settings of Auth and REST."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from architect.catalog.facts.snapshot import Blind, Fact, Key
from architect.errors import ProvisionError
from architect.provision.deploy import content_digest
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer
from architect.redaction import hides

#: Kinds of the facts that are read here; a snapshot of the catalog has none of them.
KINDS = frozenset({"edge_function", "auth_setting", "api_setting"})
#: What REST is set to; the rest of its settings are sizes of its pool.
REST = ("db_schema", "db_extra_search_path", "max_rows")
#: Function sources asked for side by side.
AT_ONCE = 4

Facts = dict[Key, Fact]


async def read(mcp: McpServer, management: ManagementClient, ref: str) -> tuple[Facts, list[Blind]]:
    """The facts, and what could not be read: a token may lack the right to it."""
    parts: list[tuple[str, Callable[[], Awaitable[Facts]]]] = [
        ("edge functions", lambda: _functions(mcp, ref)),
        ("Auth settings", lambda: _auth(management, ref)),
        ("API settings", lambda: _rest(management, ref)),
    ]
    found: Facts = {}
    blind: list[Blind] = []
    for (what, _), outcome in zip(
        parts, await asyncio.gather(*(read() for _, read in parts), return_exceptions=True), strict=True
    ):
        if isinstance(outcome, ProvisionError):
            blind.append(Blind(what, outcome.message))
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            found |= outcome
    return found, blind


async def _functions(mcp: McpServer, ref: str) -> Facts:
    listed = await mcp.call("list_edge_functions", {"project_id": ref}, logged=False)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(entry: dict[str, Any]) -> Fact:
        slug = str(entry["slug"])
        async with slots:
            found = await mcp.call(
                "get_edge_function", {"project_id": ref, "function_slug": slug}, logged=False
            )
        files = {str(file["name"]): str(file["content"]) for file in found["files"]}
        verify_jwt = bool(found.get("verify_jwt"))
        # Not its version: who deploys the same once more changes nothing.
        detail = {
            "slug": slug,
            "verify_jwt": verify_jwt,
            "entrypoint": found.get("entrypoint_path"),
            "digest": content_digest(files, verify_jwt),
        }
        return Fact(Key("edge_function", "", slug), detail)

    facts = await asyncio.gather(*(one(entry) for entry in listed["functions"]))
    return {fact.key: fact for fact in facts}


async def _auth(management: ManagementClient, ref: str) -> Facts:
    settings = await management.auth_config(ref)
    return dict(
        _setting("auth_setting", name, value) for name, value in settings.items() if value is not None
    )


async def _rest(management: ManagementClient, ref: str) -> Facts:
    settings = await management.rest_config(ref)
    return dict(
        _setting("api_setting", name, settings[name]) for name in REST if settings.get(name) is not None
    )


def _setting(kind: str, name: str, value: Any) -> tuple[Key, Fact]:
    """A setting as a fact; of a secret only whether there is one."""
    key = Key(kind, "", name)
    return key, Fact(key, {"secret": True} if hides(name) else {"value": value})
