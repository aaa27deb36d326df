"""The catalog fingerprint of any environment, through the same tool server that changes it."""

from __future__ import annotations

from typing import Any

from architect.catalog import fingerprint
from architect.provision.mcp import McpServer
from architect.sql import query

Facts = dict[tuple[str, str], Any]


async def read(mcp: McpServer, ref: str) -> dict[str, Any]:
    """``{"version", "fingerprint", "facts", "kinds"}``, see :mod:`architect.catalog.fingerprint`."""
    sql = query("replay", "fingerprint").replace("/*digest*/", fingerprint.digest_sql())
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": sql})
    return dict(rows[0]["fingerprint"])


async def own(mcp: McpServer, ref: str) -> dict[str, Any] | None:
    """What the environment's own ``public.catalog_fingerprint()`` says; ``None`` when it has none."""
    there = await mcp.call("execute_sql", {"project_id": ref, "query": query("replay", "own_fingerprint")})
    if there[0]["there"] is None:
        return None
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": query("proof", "fingerprint")})
    return dict(rows[0]["answer"])


async def facts(mcp: McpServer, ref: str) -> Facts:
    """Every fact of ``ref`` by (kind, identity)."""
    sql = query("replay", "facts").replace("/*facts*/", fingerprint.facts_sql())
    rows = await mcp.call("execute_sql", {"project_id": ref, "query": sql})
    return {(kind, identity): fact for kind, identity, fact in rows[0]["facts"]}


def differences(original: Facts, replayed: Facts) -> list[str]:
    """In words, which objects are not the same."""
    return [
        f"{kind.replace('_', ' ')} {identity} {_how((kind, identity), original, replayed)}"
        for kind, identity in sorted(original.keys() | replayed.keys())
        if original.get((kind, identity)) != replayed.get((kind, identity))
    ]


def _how(key: tuple[str, str], original: Facts, replayed: Facts) -> str:
    if key not in replayed:
        return "is in the original only"
    return "differs" if key in original else "is in the replay only"
