"""Security and performance lints, computed from an environment's catalog.

Names, levels and cache keys are those of Supabase's splinter, so that clients recognise them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Literal

from architect.embedded.platform import query

Kind = Literal["security", "performance"]


@cache
def scripts(kind: Kind) -> tuple[str, ...]:
    """The lint queries of ``kind``, in the order of their numbers."""
    folder = files(__package__).joinpath("sql", "advisors", kind)
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(f.read_text(encoding="utf-8") for f in found)


async def lints(dsn: str, kind: Kind) -> list[dict[str, Any]]:
    """Every finding of ``kind``: ``name, title, level, facing, categories, description, detail, remediation,
    metadata, cache_key``."""
    found: list[dict[str, Any]] = []
    async with query.connect(dsn) as conn:
        for script in scripts(kind):
            found += (await query.fetch(conn, script)).rows
    return found
