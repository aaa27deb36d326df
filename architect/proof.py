"""The proof that ends a build: the environment works, and allows what the plan promises and nothing more."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio

from architect.catalog import access as matrices
from architect.catalog import rest_proof
from architect.catalog.access import AccessMatrix
from architect.errors import AccessMismatch
from architect.provision import readiness as proofs
from architect.sql import query
from architect.workbench import Workbench

#: Differences named in the error; the rest is counted.
NAMED = 20


async def readiness(bench: Workbench) -> dict[str, Any]:
    """Prove that a query, an anonymous REST read and a function invoke succeed; timings in ms."""
    return await proofs.prove(
        await bench.mcp(),
        await bench.management(),
        await bench.environment(),
        function_slug=next((function.slug for function in (await bench.plan()).functions), None),
    )


async def access(bench: Workbench) -> AccessMatrix:
    """Try every cell on the live database and hold it against the plan.

    Raises
    ------
    AccessMismatch
        A cell is wider or narrower than promised; the message names the first, ``details`` all.
    """
    plan = await bench.plan()
    environment = await bench.environment()
    rows = await (await bench.mcp()).call(
        "execute_sql",
        {"project_id": environment.ref, "query": matrices.probe_sql(plan)},
        safe=True,  # it rolls back what it tries
    )
    seen = matrices.observed(rows)
    differences = matrices.compare(matrices.promised(plan), seen)
    if differences:
        first = differences[0]
        more = f" (and {len(differences) - 1} more cells)" if len(differences) > 1 else ""
        raise AccessMismatch(
            f"{first.direction.upper()} than promised: {first.sentence}{more}",
            cells=[difference.to_json() for difference in differences[:NAMED]],
            count=len(differences),
        )
    return seen


async def rest(bench: Workbench) -> dict[str, Any]:
    """The second, independent proof: two signed-up users and anon, through REST."""
    plan = await bench.plan()
    environment = await bench.environment()
    keys = await (await bench.management()).api_keys(environment.ref)
    mcp = await bench.mcp()

    async def delete(users: list[str]) -> None:
        sql = rest_proof.remove_users_sql(users)
        await mcp.call("execute_sql", {"project_id": environment.ref, "query": sql}, safe=True)

    def prove() -> dict[str, Any]:
        return rest_proof.prove(
            plan,
            url=environment.url,
            publishable_key=environment.publishable_key,
            secret_key=keys.secret,
            remove_users=lambda users: anyio.from_thread.run(delete, users),
        )

    return await anyio.to_thread.run_sync(prove)


async def live(bench: Workbench) -> dict[str, Any]:
    """What the environment says of itself: tables listed, security advisors, catalog fingerprint."""
    environment = await bench.environment()
    mcp = await bench.mcp()
    project = {"project_id": environment.ref}
    listed, advisors, catalog = await asyncio.gather(
        mcp.call("list_tables", {**project, "schemas": ["public"]}),
        mcp.call("get_advisors", {**project, "type": "security"}),
        mcp.call("execute_sql", {**project, "query": query("proof", "fingerprint")}, safe=True),
    )
    return {
        "tablesListed": len(listed["tables"] if isinstance(listed, dict) else listed),
        "advisors": advisors,
        "fingerprint": catalog[0]["answer"]["fingerprint"],
    }


async def outputs(
    bench: Workbench,
    *,
    readiness: dict[str, Any],
    matrix: AccessMatrix,
    rest: dict[str, Any],
    live: dict[str, Any],
) -> dict[str, Any]:
    """What the session hands out: nothing a browser may not have."""
    plan = await bench.plan()
    environment = await bench.environment()
    return {
        "url": environment.url,
        "publishableKey": environment.publishable_key,
        "tables": [
            {"name": table.name, "policies": [policy.name for policy in table.policies]}
            for table in plan.tables
        ],
        "functions": [
            {"slug": function.slug, "url": f"{environment.functions_url}/{function.slug}"}
            for function in plan.functions
        ],
        "accessMatrix": matrix.to_json(),
        "restProof": rest,
        "readiness": readiness,
        "openQuestions": [question.question for question in plan.open_questions],
        **live,
    }
