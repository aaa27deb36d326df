"""The session API: how many sessions a second one server takes, beside a bare insert of the same row."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

import httpx
import psycopg
from rich.table import Table

from architect.control_project import control_project
from architect.members import Members
from architect.sessions.model import LOCAL_TENANT
from architect.settings import connections
from benchmarks.stack import Stack

REQUESTS, AT_ONCE = 200, 8
SPEC = "# Notes\n\nEverybody reads notes; only the owner changes one.\n"
INSERT = (
    "insert into public.build_sessions (tenant_id, kind, status, template, vibe_text)"
    " values (%s, 'build', 'queued', 'blank', %s)"
)


async def api_figures(stack: Stack) -> dict[str, float]:
    """Requests a second, by what was asked. The runner must not run: nobody is to build these."""
    base = f"http://127.0.0.1:{stack.state.api_port}"
    headers = {"authorization": f"Bearer {await _sign_in()}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60, trust_env=False) as client:

        async def post() -> None:
            body = {"vibeText": SPEC, "template": "blank"}
            (await client.post("/sessions", json=body)).raise_for_status()

        async def get() -> None:
            (await client.get("/sessions?limit=20")).raise_for_status()

        await post()
        posts, gets = await _rate(post), await _rate(get)
    return {
        "POST /sessions": posts,
        "GET /sessions?limit=20": gets,
        "  yardstick: a bare insert": await _bare(stack),
    }


async def _sign_in() -> str:
    """An access token of a member made for this."""
    target = connections()
    email, password = "bench@example.com", secrets.token_urlsafe(16)
    async with Members.open(target) as members:
        await members.add(email, "member", password)
    control = await control_project(target)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.post(
            f"{control.url}/auth/v1/token?grant_type=password",
            json={"email": email, "password": password},
            headers={"apikey": control.publishable_key},
        )
    return str(answer.raise_for_status().json()["access_token"])


async def _bare(stack: Stack) -> float:
    dsn = stack.cluster.dsn("control_plane", "supabase_admin")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:

        async def insert() -> None:
            await connection.execute(INSERT, (LOCAL_TENANT, SPEC))

        return await _rate(insert)


async def _rate(ask: Callable[[], Awaitable[None]]) -> float:
    """Times a second, some at once."""
    left = iter(range(REQUESTS))

    async def worker() -> None:
        for _ in left:
            await ask()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return REQUESTS / (time.perf_counter() - started)


def api_table(found: dict[str, float]) -> Table:
    """What a person reads."""
    table = Table("session API", "a second", title=f"{REQUESTS} requests, {AT_ONCE} at once")
    for what, rate in found.items():
        table.add_row(what, f"{rate:.0f}")
    return table
