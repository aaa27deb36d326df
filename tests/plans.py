"""Small plans, and how to apply and use them on a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from architect.plan.model import (
    AUTH_USERS,
    Column,
    ColumnType,
    Command,
    ForeignKey,
    GenUuid,
    Origin,
    Plan,
    PlannerRecord,
    Policy,
    ServiceOnly,
    Table,
)
from architect.render import Migration, render

T = Origin.TEMPLATE
ALL = list(Command)


def column(name: str, type: ColumnType = "text", **more: Any) -> Column:
    return Column(name=name, type=type, origin=T, **more)


def key() -> Column:
    return column("id", "uuid", default=GenUuid())


def reference(columns: str, table: str, references: str = "id", **more: Any) -> ForeignKey:
    return ForeignKey(columns=[columns], table=table, references=[references], origin=T, **more)


def to_user(name: str) -> ForeignKey:
    return reference(name, AUTH_USERS, on_delete="cascade")


def table(
    name: str, columns: Sequence[Column], policies: Sequence[Policy] | None = None, **more: Any
) -> Table:
    """A table with the key ``id``, for the service only unless ``policies`` say otherwise."""
    decision: list[Policy] = [ServiceOnly(name="service", origin=T, commands=ALL)]
    if policies is not None:
        decision = list(policies)
    return Table(
        id=more.pop("id", name),
        name=name,
        origin=T,
        columns=[key(), *columns],
        primary_key=more.pop("primary_key", ["id"]),
        policies=decision,
        **more,
    )


def plan(*tables: Table, **more: Any) -> Plan:
    return Plan(template="blank", planner=PlannerRecord(kind="reader"), tables=list(tables), **more)


def apply(conn: psycopg.Connection[Any], built: Plan) -> list[Migration]:
    """Apply the rendered plan, each migration as one script, as the MCP server does."""
    migrations = render(built)
    for migration in migrations:
        conn.execute(migration.sql.encode())
    return migrations


@contextmanager
def caller(
    conn: psycopg.Connection[Any], role: str, user: UUID | None = None, **claims: Any
) -> Iterator[psycopg.Connection[Any]]:
    """Act as PostgREST does for a request of ``role``; whatever happened is rolled back."""
    token = {"role": role, **({"sub": str(user)} if user else {}), **claims}
    with conn.transaction(force_rollback=True):
        conn.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(token)])
        # The form older servers set and Supabase Lite's auth.uid() reads.
        conn.execute("select set_config('request.jwt.claim.sub', %s, true)", [token.get("sub", "")])
        conn.execute(f"set local role {role}")
        yield conn
