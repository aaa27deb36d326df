"""One definition of "the same catalog": normalised facts of a database and one hash over them.

The facts say what the tables, policies, grants, functions and API roles are; oids, names of databases, the
order of creation and the caller's search_path do not show in them. The same SQL runs over a direct connection
and as ``public.catalog_fingerprint()``, which the edge function ``drift_check`` asks.
"""

from __future__ import annotations

from typing import Any, LiteralString, cast

from psycopg import AsyncConnection, Connection

from architect.sql import query

_FILE = "catalog_fingerprint"
_EMPTY_PATH: LiteralString = "set local search_path = ''"


def facts_sql() -> LiteralString:
    """A query with one row ``kind, identity, fact`` (text, text, jsonb) per fact. Run it under an empty
    search_path: otherwise deparsed names lose their schema."""
    return query(_FILE, "facts")


def digest_sql() -> LiteralString:
    """A query with one row ``fingerprint`` (jsonb): version, fingerprint, number of facts, hash per kind."""
    return cast("LiteralString", query(_FILE, "digest").replace("/*facts*/", facts_sql()))


def function_sql() -> str:
    """``public.catalog_fingerprint() returns jsonb``, which only service_role may call."""
    return query(_FILE, "function").replace("/*digest*/", digest_sql()) + "\n"


def fingerprint(connection: Connection[Any]) -> dict[str, Any]:
    """The fingerprint of the database behind ``connection``:
    ``{"version", "fingerprint", "facts", "kinds": {kind: {"facts", "hash"}}}``."""
    with connection.transaction():
        connection.execute(_EMPTY_PATH)
        return _only(connection.cursor().execute(digest_sql()).fetchone())


async def fingerprint_async(connection: AsyncConnection[Any]) -> dict[str, Any]:
    """:func:`fingerprint` over an async connection."""
    async with connection.transaction():
        await connection.execute(_EMPTY_PATH)
        cursor = await connection.cursor().execute(digest_sql())
        return _only(await cursor.fetchone())


def facts(connection: Connection[Any]) -> dict[tuple[str, str], Any]:
    """Every fact of the database by (kind, identity)."""
    with connection.transaction():
        connection.execute(_EMPTY_PATH)
        rows = connection.cursor().execute(facts_sql()).fetchall()
    return {(kind, identity): fact for kind, identity, fact in rows}


def _only(row: Any) -> dict[str, Any]:
    value = row["fingerprint"] if isinstance(row, dict) else row[0]
    return cast("dict[str, Any]", value)
