"""Members of a tenant: an account in the Auth of the control plane's project, and a role in the database."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

import httpx
from supabase_auth import AsyncGoTrueAdminAPI
from supabase_auth.errors import AuthApiError, AuthError
from supabase_auth.types import User

from architect import redaction
from architect.control_project import ControlProject, control_project
from architect.database import Database, open_pool
from architect.errors import ArchitectError, InputError, NotFound, PlatformError
from architect.provision.platform import Platform
from architect.sessions.model import LOCAL_TENANT
from architect.settings import Connections

Role = Literal["owner", "admin", "member", "viewer"]
ROLES: tuple[str, ...] = get_args(Role)
MIN_PASSWORD, MAX_PASSWORD_BYTES = 8, 72
TIMEOUT_S = 30.0
PAGE = 200


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a tenant. ``email`` is ``None`` when the account is gone from Auth."""

    id: str
    email: str | None
    role: str
    since: datetime
    last_sign_in: datetime | None = None
    #: Whether the account was made just now.
    created: bool = False
    #: The password that was made up for it; nobody can read it later.
    password: str | None = field(default=None, repr=False)


class Members:
    """The members of one tenant."""

    def __init__(self, database: Database, admin: AsyncGoTrueAdminAPI, tenant_id: str) -> None:
        self._database = database
        self._admin = admin
        self._tenant_id = tenant_id

    @classmethod
    @asynccontextmanager
    async def open(cls, connections: Connections, tenant_id: str = LOCAL_TENANT) -> AsyncIterator[Members]:
        """The members of ``tenant_id``.

        Raises
        ------
        PlatformError
            The database or the control plane's project cannot be reached. Also later, by every method.
        InputError
            The control plane's project is not configured.
        """
        project = await control_project(connections)
        local = Platform.from_connections(connections).is_local
        try:
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not local) as http,
                open_pool(connections.database_url, size=1) as pool,
            ):
                yield cls(Database(connections.database_url, pool), _admin(project, http), tenant_id)
        except (AuthError, httpx.HTTPError) as error:
            raise PlatformError(f"The control plane's Auth service did not do it: {error}") from error

    async def add(self, email: str, role: Role | None = None, password: str | None = None) -> Member:
        """Make the account, if there is none, and give it ``role``; a ``password`` given replaces one there.

        Without a role a new member becomes ``member`` and an old one keeps hers.

        Raises ``InputError`` for an address or a password that cannot be used.
        """
        redaction.register(password, "password")
        _check_password(password)
        made_up = secrets.token_urlsafe(15) if password is None else None
        redaction.register(made_up, "password")
        user = await self._create(email, password or made_up or "")
        created = user is not None
        if user is None:
            user = await self._find(email)
            if password is not None:
                await self._admin.update_user_by_id(user.id, {"password": password, "email_confirm": True})
        try:
            [row] = await self._rows("put", user_id=user.id, role=role)
        except ArchitectError:
            if created:
                await self._admin.delete_user(user.id)  # else its password would be known to nobody
            raise
        return _member(row, user, created=created, password=made_up if created else None)

    async def everybody(self) -> list[Member]:
        """All members, the longest-standing first."""
        users = {user.id: user async for user in self._users()}
        return [_member(row, users.get(str(row["user_id"]))) for row in await self._rows("list")]

    async def remove(self, email: str) -> bool:
        """End the membership, and the account when it is in no other tenant; returns whether that is gone.

        Raises ``NotFound`` when nobody has this address.
        """
        user = await self._find(email)
        [row] = await self._rows("remove", user_id=user.id)
        if row["elsewhere"]:
            return False
        await self._admin.delete_user(user.id)
        return True

    async def _create(self, email: str, password: str) -> User | None:
        """The new account; ``None`` when there is one with this address."""
        try:
            made = await self._admin.create_user(
                {"email": email, "password": password, "email_confirm": True}
            )
        except AuthApiError as error:
            if error.code == "email_exists":
                return None
            if error.status in (400, 422):
                raise InputError(f"That cannot be an account: {error.message}") from error
            raise
        return made.user

    async def _find(self, email: str) -> User:
        async for user in self._users():
            if (user.email or "").lower() == email.strip().lower():
                return user
        raise NotFound(f"Nobody has the address {email}.", hint="`architect users list` shows who is there.")

    async def _users(self) -> AsyncIterator[User]:
        page = 1
        while True:
            found = await self._admin.list_users(page=page, per_page=PAGE)
            for user in found:
                yield user
            if len(found) < PAGE:
                return
            page += 1

    async def _rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        return await self._database.rows("members", name, {"tenant_id": self._tenant_id, **values})


def _admin(project: ControlProject, http: httpx.AsyncClient) -> AsyncGoTrueAdminAPI:
    headers = {"apikey": project.secret_key, "authorization": f"Bearer {project.secret_key}"}
    return AsyncGoTrueAdminAPI(url=f"{project.url}/auth/v1", headers=headers, http_client=http)


def _check_password(password: str | None) -> None:
    if password is None:
        return
    if len(password) < MIN_PASSWORD or len(password.encode()) > MAX_PASSWORD_BYTES:
        raise InputError(
            f"A password has at least {MIN_PASSWORD} characters and at most {MAX_PASSWORD_BYTES} bytes"
        )


def _member(
    row: dict[str, Any], user: User | None, *, created: bool = False, password: str | None = None
) -> Member:
    return Member(
        id=str(row["user_id"]),
        email=user.email if user else None,
        role=row["role"],
        since=row["created_at"],
        last_sign_in=user.last_sign_in_at if user else None,
        created=created,
        password=password,
    )
