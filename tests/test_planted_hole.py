"""A policy that lets too much through fails the build, and the leaking cell is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from architect.settings import connections

from architect.errors import AccessMismatch
from architect.render import Migration, render
from architect.sessions import BuildOptions, ControlPlane
from tests.fixtures.stack import EXAMPLES, Stack

pytestmark = pytest.mark.stack


def leaky(plan: Any) -> list[Migration]:
    """The renderer, with the read policy of ``orders`` opened to every signed-in user."""
    migrations = []
    for migration in render(plan):
        sql = migration.sql
        if migration.concern == "policies":
            start = (
                sql.index('on "public"."orders"') if 'on "public"."orders"' in sql else sql.index("orders")
            )
            using = sql.index("using (", start)
            end = sql.index(";", using)
            sql = sql[:using] + "using (true)" + sql[end:]
            assert sql != migration.sql
        migrations.append(replace(migration, sql=sql))
    return migrations


def test_a_planted_hole_fails_the_build(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.in_process(monkeypatch):
        from flows.launch import run_here
        from tasks import migrate

        monkeypatch.setattr(migrate, "render", leaky)
        text = (EXAMPLES / "marketplace.md").read_text(encoding="utf-8")
        before = stack.environments()

        async def attempt() -> Any:
            async with ControlPlane.open(connections().database_url) as cp:
                session = await cp.create_session(
                    spec_text=text, template="marketplace", options=BuildOptions(enable_analytics=False)
                )
                with pytest.raises(AccessMismatch) as caught:
                    await run_here(session.id, 1)
                return await cp.session(session.id), await cp.events(session.id), caught.value

        session, events, error = asyncio.run(attempt())
    assert session.status == "failed"
    assert events[-1].type == "build_failed"
    cells = error.details["cells"]
    assert {cell["table"] for cell in cells} == {"orders"}
    assert {cell["direction"] for cell in cells} == {"wider"}
    assert "orders" in events[-1].message
    assert "WIDER" in events[-1].message
    assert stack.environments() == before, "a leaking environment is not left behind"
