"""Organizations: what groups projects. The embedded platform has one of its own and takes more."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from architect.embedded.platform.api_types import ReleaseChannel, moment
from architect.embedded.platform.errors import not_found
from architect.embedded.platform.keys import new_ref
from architect.embedded.platform.store import Row, Store

Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]
Plan = Literal["free", "pro", "team", "enterprise", "platform"]
_PROVIDER = "AWS"
#: Whom ``/v1/profile`` names: one stable id for each installation.
_OPERATOR = uuid.UUID("6c1cb4f2-8a0e-4d4c-9f0b-3f1f6f0a7c11")


async def create(
    store: Store,
    *,
    name: str,
    plan: Plan = "free",
    allowed_release_channels: list[ReleaseChannel] | None = None,
    opt_in_tags: list[str] | None = None,
) -> Row:
    """A new, empty organization."""
    channels = allowed_release_channels or ["ga"]
    values: dict[str, Any] = {"id": new_ref(), "name": name, "plan": plan, "opt_in_tags": opt_in_tags or []}
    row = await store.one("insert_organization", **values, allowed_release_channels=channels)
    assert row is not None
    return row


async def get(store: Store, slug: str) -> Row:
    """The organization. Raises :class:`ApiError` 404."""
    row = None if "\x00" in slug else await store.one("organization", id=slug)
    if row is None:
        raise not_found("Organization")
    return row


def wire(row: Row) -> dict[str, Any]:
    """As the list shows it."""
    return {"id": row["id"], "slug": row["id"], "name": row["name"]}


def detail(row: Row) -> dict[str, Any]:
    """As it shows alone."""
    kept = ("plan", "opt_in_tags", "allowed_release_channels")
    return {**wire(row), **{name: row[name] for name in kept}}


def wire_project(row: Row) -> dict[str, Any]:
    """A project or branch in the organization's own list."""
    healthy = row["status"] if row["status"] != "INACTIVE" else "GOING_DOWN"
    database = {"region": row["region"], "status": healthy, "cloud_provider": _PROVIDER}
    return {
        "ref": row["ref"],
        "name": row["name"],
        "cloud_provider": _PROVIDER,
        "region": row["region"],
        "is_branch": row["is_branch"],
        "status": row["status"],
        "inserted_at": moment(row["created_at"]),
        "databases": [{**database, "identifier": row["ref"], "type": "PRIMARY"}],
    }


def operator(organization_id: str) -> uuid.UUID:
    """The id of whoever holds the token."""
    return uuid.uuid5(_OPERATOR, organization_id)
