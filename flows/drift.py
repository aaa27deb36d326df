"""The sweep of the drift sentinel: every environment is glanced at, and checked in full where that is due."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from architect.sentinel import decisions, watch
from blocks.resolve import connections, settings
from tasks.check_environment import check_environment

ARTIFACT = "drift-sweep"


@flow(name="drift", persist_result=False)
async def drift(session_id: str | None = None) -> dict[str, Any]:
    """Look at the environments whose turn it is; then carry out what people asked for and nobody did.

    A glance is one question for a change token; where it is the one of the last full check, nothing has
    changed. Everything is compared at least every hour, and behaviour every night.

    Parameters
    ----------
    session_id
        Look at this one only, now.
    """
    target = await connections()
    async with watch.open_round(target, await settings()) as round:
        due = await round.due(session_id)
        glances = await round.glance(due)
        checked = await asyncio.gather(*(check_environment(one.id, one) for one in glances.changed))
        gone = await round.cp.close_gone()
        left = await round.left()
    for request in left:
        await decisions.carry_out(request.id, target)
    if checked:
        await _report(len(due), checked)
    return {
        "looked": len(due),
        "unchanged": len(glances.unchanged),
        "checked": len(checked),
        "opened": sum(one["opened"] for one in checked),
        "closed": sum(one["closed"] for one in checked) + gone,
        "blind": [one["session"] for one in checked if one["state"] == "blind"],
        "carried_out": [request.id for request in left],
    }


async def _report(looked: int, checked: list[dict[str, Any]]) -> None:
    """What an operator sees of the sweep in the engine's own page."""
    alerts = [row for one in checked for row in one["alerts"]]
    states = {
        word: sum(one["state"] == word for one in checked) for word in ("clear", "drift", "blind", "busy")
    }
    lines = [
        f"**{looked}** environments looked at, **{len(checked)}** compared in full: "
        + ", ".join(f"{count} {word}" for word, count in states.items() if count),
        *(f"- **{row['severity']}** `{row['resource']}`: {row['reason']}" for row in alerts[:50]),
    ]
    await acreate_markdown_artifact(
        "\n".join(lines), key=f"{ARTIFACT}-summary", description="Drift, the last sweep"
    )
    await acreate_table_artifact(alerts, key=ARTIFACT, description="Open alerts of the environments compared")
