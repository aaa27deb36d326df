"""Security and performance lints, computed from an environment's catalog.

Names, levels, texts and cache keys are those of Supabase's own linter, so that clients recognise them. Its
lint 0019 is left out: it is about queues, and the extension for them is not on this platform.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from architect.embedded.platform import query

Kind = Literal["security", "performance"]
REMEDIATION = "https://supabase.com/docs/guides/database/database-linter?lint={}"
#: Schemas whose content is the platform's business, here and on the hosted platform.
PLATFORM_SCHEMAS = (
    "_timescaledb_cache", "_timescaledb_catalog", "_timescaledb_config", "_timescaledb_internal", "auth",
    "cron", "extensions", "graphql", "graphql_public", "information_schema", "net", "pg_catalog", "pgbouncer",
    "pgmq", "pgroonga", "pgsodium", "pgsodium_masks", "pgtle", "realtime", "repack", "storage",
    "supabase_functions", "supabase_migrations", "tiger", "topology", "vault",
)  # fmt: skip
PLATFORM_ROLES = ("control_plane", "lite_admin", "platform", "prefect")
_SETTINGS = """
select set_config('search_path', '', false), set_config('lint.platform_schemas', $1, false),
       set_config('lint.api_schemas', $2, false), set_config('lint.platform_roles', $3, false)
"""


@dataclass(frozen=True, slots=True)
class Lint:
    """One rule: what all its findings say, and the query for ``detail``, ``metadata`` and ``cache_key``."""

    about: dict[str, Any]
    sql: str


@cache
def rules(kind: Kind) -> tuple[Lint, ...]:
    """The rules of ``kind``, in the order of their numbers."""
    folder = files(__package__).joinpath("sql", "advisors")
    described = json.loads(folder.joinpath("lints.json").read_text(encoding="utf-8"))
    scripts = (file for file in folder.joinpath(kind).iterdir() if file.name.endswith(".sql"))
    return tuple(
        Lint(_about(number, kind, described[number]), file.read_text(encoding="utf-8"))
        for file in sorted(scripts, key=lambda file: file.name)
        for number in [file.name.removesuffix(".sql")]
    )


async def lints(dsn: str, kind: Kind, api_schemas: Sequence[str]) -> list[dict[str, Any]]:
    """Every finding of ``kind``: ``name, title, level, facing, categories, description, detail, remediation,
    metadata, cache_key``. ``api_schemas`` are those that REST serves."""
    found: list[dict[str, Any]] = []
    settings = [_array(names) for names in (PLATFORM_SCHEMAS, api_schemas, PLATFORM_ROLES)]
    async with query.connect(dsn) as conn:
        await query.fetch(conn, _SETTINGS, settings)
        for lint in rules(kind):
            found += [{**lint.about, **row} for row in (await query.fetch(conn, lint.sql)).rows]
    return found


def _about(number: str, kind: Kind, described: dict[str, str]) -> dict[str, Any]:
    return {
        "name": number.split("_", 1)[1],
        "title": described["title"],
        "level": described["level"],
        "facing": "EXTERNAL",
        "categories": [kind.upper()],
        "description": described["description"],
        "remediation": described.get("remediation", REMEDIATION.format(number)),
        **({"name": described["name"]} if "name" in described else {}),
    }


def _array(names: Sequence[str]) -> str:
    return "{" + ",".join(json.dumps(name, ensure_ascii=False) for name in names) + "}"
