"""Temporary database logins, as the Supabase CLI asks for them. Their passwords expire."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from psycopg import AsyncConnection, sql

from architect.embedded.postgres import Cluster
from architect.redaction import register
from architect.sql import query as named

TTL_S = 300
OWNER, READER = "postgres", "supabase_read_only_user"


async def create(cluster: Cluster, ref: str, database: str, *, read_only: bool) -> tuple[str, str]:
    """A login for ``database`` alone, and its password. It acts as the owner there, or as the reader."""
    role, password = f"cli_login_{ref}_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    register(password, "database-password")
    until = datetime.now(UTC) + timedelta(seconds=TTL_S)
    acts_as = sql.Identifier(READER if read_only else OWNER)
    async with await _connect(cluster) as conn:
        await _drop(conn, await _names(conn, "expired", ""))
        # Only the verifier travels, so that no statement log holds the password.
        verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        made = sql.Identifier(role)
        async with conn.transaction():
            await conn.execute(
                sql.SQL("create role {} login noinherit password {} valid until {}").format(
                    made, sql.Literal(verifier), sql.Literal(until.isoformat())
                )
            )
            await conn.execute(sql.SQL("grant {} to {}").format(acts_as, made))
            # Nothing is inherited, so this is the one database it can open.
            place = sql.Identifier(database)
            await conn.execute(sql.SQL("grant connect on database {} to {}").format(place, made))
            # What it makes belongs to the owner, and nothing is left when the login goes.
            await conn.execute(sql.SQL("alter role {} set role = {}").format(made, acts_as))
    return role, password


async def drop(cluster: Cluster, ref: str) -> None:
    """End the sessions of every temporary login of ``ref`` and remove it."""
    async with await _connect(cluster) as conn:
        await _drop(conn, await _names(conn, "of_project", f"{ref}_"))


async def _names(conn: AsyncConnection, which: str, prefix: str) -> list[str]:
    rows = await (
        await conn.execute(named("login_roles", which), {"prefix": f"cli_login_{prefix}"})
    ).fetchall()
    return [row[0] for row in rows]


async def _drop(conn: AsyncConnection, roles: list[str]) -> None:
    for role in roles:
        await conn.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(role)))
        await conn.execute(named("login_roles", "end_sessions"), {"role": role})
        await conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
        await conn.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


async def _connect(cluster: Cluster) -> AsyncConnection:
    dsn = cluster.dsn("postgres", role="supabase_admin")
    return await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=10)
