"""Ready means proven: a query, an anonymous read through REST and a function invoke have succeeded."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx

from architect.provision import health, invoke
from architect.provision.environment import Environment
from architect.provision.management import ManagementClient
from architect.provision.mcp import McpServer

DEADLINE_S = 60.0
#: No plan makes this table. REST can only say so after it has read the catalog.
ABSENT_TABLE = "architect_readiness_probe"
_ABSENT_CODES = frozenset({"PGRST205", "42P01"})
_DENIED_CODE = "42501"


async def prove(
    mcp: McpServer,
    management: ManagementClient,
    environment: Environment,
    *,
    function_slug: str | None = None,
    table: str | None = None,
    deadline_s: float = DEADLINE_S,
) -> dict[str, float]:
    """Prove that ``environment`` works, whatever its status says.

    Parameters
    ----------
    function_slug
        A deployed function to invoke with the secret key; without one that proof is left out.
    table
        A table that REST must know. Without one REST is asked for a table that is not there.
    deadline_s
        How long each proof is repeated, with growing pauses.

    Returns
    -------
    dict
        ``query_ms``, ``rest_ms`` and ``function_ms`` of the attempts that succeeded.

    Raises
    ------
    NotReady
        ``details['proof']`` is ``query``, ``rest`` or ``function``, ``details['answer']`` the last answer.
    """
    async with invoke.http(environment) as client:

        async def rest() -> str | None:
            url = f"{environment.rest_url}/{table or ABSENT_TABLE}"
            response = await client.get(url, params={"limit": "1"})
            return None if _speaks_rest(response, absent=table is None) else invoke.quoted(response)

        proofs: dict[str, Coroutine[Any, Any, float]] = {
            "query": health.usable(mcp, environment.ref, deadline_s=deadline_s),
            "rest": invoke.insist("rest", rest, deadline_s),
        }
        if function_slug is not None:
            proofs["function"] = _function(client, management, environment, function_slug, deadline_s)
        ended = await asyncio.gather(*proofs.values(), return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return {f"{name}_ms": ms for name, ms in zip(proofs, ended, strict=True) if isinstance(ms, float)}


async def _function(
    client: httpx.AsyncClient,
    management: ManagementClient,
    environment: Environment,
    slug: str,
    deadline_s: float,
) -> float:
    keys = await management.api_keys(environment.ref)
    return await invoke.insist(
        "function", lambda: invoke.function(client, environment, slug, keys), deadline_s
    )


def _speaks_rest(response: httpx.Response, *, absent: bool) -> bool:
    """Whether Postgres itself, through REST and as anon, has given this answer."""
    try:
        body = response.json()
    except ValueError:
        return False
    if response.is_success:
        return isinstance(body, list)
    code = body.get("code") if isinstance(body, dict) else None
    if absent:
        return response.status_code == 404 and code in _ABSENT_CODES
    # Denied is an answer too: the table is known, and anon has no grant.
    return response.status_code in (401, 403) and code == _DENIED_CODE
