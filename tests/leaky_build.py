"""A build whose renderer opens the read policy of ``orders`` to every signed-in user; run as a script."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

from architect.errors import ArchitectError
from architect.plan.model import Plan
from architect.render import Migration, render
from architect.sessions import BuildOptions, ControlPlane
from architect.settings import connections
from flows.launch import run_here
from tasks import migrate

POLICY = re.compile(r'(create policy "?orders_select"?.*?using )\(.*?\);', re.S)


def leaky(plan: Plan) -> list[Migration]:
    """What the renderer gives, with the hole."""
    migrations = []
    for migration in render(plan):
        sql, holes = POLICY.subn(r"\1(true);", migration.sql)
        assert holes == (migration.concern == "policies")
        migrations.append(replace(migration, sql=sql))
    return migrations


async def main(spec: str) -> None:
    """Build, and print the session, its events and the error as JSON."""
    migrate.render = leaky
    async with ControlPlane.open(connections().database_url) as cp:
        session = await cp.create_session(
            spec_text=Path(spec).read_text(encoding="utf-8"),
            template="marketplace",
            options=BuildOptions(enable_analytics=False),
        )
        error: ArchitectError | None = None
        try:
            await run_here(session.id, 1)
        except ArchitectError as raised:
            error = raised
        ended = await cp.session(session.id)
        events = [event.api_dict() for event in await cp.events(session.id)]
    found = {"session": ended.api_dict(), "events": events, "error": error.to_dict() if error else None}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
