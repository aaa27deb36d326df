"""Sessions as a caller reads and changes them, on a transaction that acts as the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from architect.api.bodies import NewSession
from architect.api.database import Connection
from architect.api.errors import Forbidden, IdempotencyConflict
from architect.database import rows
from architect.errors import InputError, NotFound
from architect.sessions.model import Session, wire_time

WRITERS = ("owner", "admin", "member")


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that was asked for; ``created`` is false when an earlier request had made it."""

    id: str
    status: str
    attempt: int
    created: bool


def session_key(session_id: str) -> str:
    """The id in its one spelling. Raises :class:`NotFound` for what no session can be called."""
    try:
        return str(UUID(session_id))
    except ValueError:
        raise no_session() from None


def no_session() -> NotFound:
    """The same whether there is no such session or it is another tenant's."""
    return NotFound("There is no such session.", hint="GET /sessions lists those you may see.")


async def one(connection: Connection, name: str, session_id: str, **values: Any) -> DictRow:
    """The row of a query about one session. Raises :class:`NotFound` when the caller sees none."""
    found = await rows(connection, "api", name, {"session_id": session_key(session_id), **values})
    if not found:
        raise no_session()
    return found[0]


async def create(connection: Connection, asked: NewSession, spec: str, key: str | None) -> Begun:
    """Begin a build, or find the one that the same request began.

    Raises
    ------
    InputError
        The tenant has to be named.
    NotFound
        The caller is no member of that tenant.
    Forbidden
        The caller may begin no build there.
    IdempotencyConflict
        The key belongs to another request.
    """
    tenant = await choose_tenant(connection, asked.tenant_id)
    values = {
        "tenant_id": tenant,
        "template": asked.template,
        "vibe_text": spec,
        "options": Jsonb(asked.options.model_dump(by_alias=True)),
        "idempotency_key": key,
        "request_digest": asked.digest(),
    }
    made = await rows(connection, "api", "create", values)
    if made:
        return Begun(str(made[0]["id"]), made[0]["status"], made[0]["attempt"], created=True)
    before = (await rows(connection, "api", "requested", values))[0]
    if before["request_digest"] != values["request_digest"]:
        raise IdempotencyConflict("The Idempotency-Key was used for another request")
    return Begun(str(before["id"]), before["status"], before["attempt"], created=False)


async def may_build(connection: Connection) -> None:
    """Raises :class:`Forbidden` unless the caller may begin builds in some tenant."""
    await _writable(connection)


async def choose_tenant(connection: Connection, wanted: UUID | None) -> UUID:
    """The tenant that a new session belongs to; without ``wanted`` the only one there is to choose."""
    if wanted is not None:
        tenants = {tenant["id"]: tenant["role"] for tenant in await rows(connection, "api", "tenants", {})}
        if wanted not in tenants:
            raise NotFound("There is no such tenant.", hint="GET /me lists yours.")
        if tenants[wanted] not in WRITERS:
            raise Forbidden()
        return wanted
    writable = await _writable(connection)
    if len(writable) > 1:
        named = ", ".join(f"{tenant['id']} ({tenant['name']})" for tenant in writable[:10])
        raise InputError(
            "tenantId: you may begin builds in more than one tenant",
            hint=f"Name one of: {named}.",
            field="tenantId",
        )
    return UUID(str(writable[0]["id"]))


async def _writable(connection: Connection) -> list[DictRow]:
    """The tenants in which the caller may begin builds, at least one. Raises :class:`Forbidden`."""
    tenants = await rows(connection, "api", "tenants", {})
    writable = [tenant for tenant in tenants if tenant["role"] in WRITERS]
    if not writable:
        raise Forbidden("You may begin builds in no tenant" if tenants else "You are no member of any tenant")
    return writable


def detail(row: DictRow) -> dict[str, Any]:
    """A session as ``GET /sessions/{id}`` tells it."""
    session = Session.model_validate(row)
    return {
        **session.api_dict(),
        "tenantId": session.tenant_id,
        "createdAt": wire_time(session.created_at),
        "startedAt": session.started_at and wire_time(session.started_at),
        "finishedAt": session.finished_at and wire_time(session.finished_at),
        "lastSeq": session.last_seq,
        "cursor": session.last_cursor,
    }


def summary(row: DictRow) -> dict[str, Any]:
    """A session as a line of the list."""
    return {
        "id": str(row["id"]),
        "status": row["status"],
        "template": row["template"],
        "title": row["title"] or "Untitled",
        "createdAt": wire_time(row["created_at"]),
        "startedAt": row["started_at"] and wire_time(row["started_at"]),
        "finishedAt": row["finished_at"] and wire_time(row["finished_at"]),
        "url": row["url"],
        "approval": row["approval"],
    }
