"""Keys for a frontend or an agent: scoped, expiring, revocable, and all under row-level security."""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from architect import redaction
from architect.errors import InputError, NotFound, ProvisionError
from architect.provision.management import ManagementClient
from architect.sessions import ControlPlane, Session
from architect.sessions.keys import SessionKey

log = logging.getLogger(__name__)
Purpose = Literal["frontend", "agent"]
ROLES = ("anon", "authenticated")
SERVICES = ("rest", "auth", "storage", "functions", "realtime")
#: An agent's key ends by itself unless somebody says otherwise.
AGENT_LIFETIME = timedelta(hours=24)
#: What is kept of a key, to recognise it by: the words it begins with and five characters.
_PREFIX = re.compile(r"(?:sb_[a-z]+_)?.{5}")
LONGEST = timedelta(days=366)
_DURATION = re.compile(r"([0-9]{1,8})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NAME = re.compile(r"[a-z_][a-z0-9_]{3,63}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key may do. :meth:`checked` refuses what makes no sense."""

    purpose: Purpose = "frontend"
    role: str = "anon"
    #: The user an agent acts as; row-level security takes it for that user.
    subject: UUID | None = None
    #: ``None`` is every service.
    services: tuple[str, ...] | None = None
    read_only: bool = False

    def checked(self, *, local: bool) -> Scope:
        """Itself. Raises :class:`InputError` that names the option and the way out."""
        if self.role not in ROLES:
            raise InputError(
                f"No key is issued for the role {self.role!r}",
                hint="Choose anon or authenticated; service_role is never handed out.",
            )
        if self.purpose == "frontend" and (
            self.role != "anon" or self.subject or self.services is not None or self.read_only
        ):
            raise InputError(
                "A frontend's key is publishable and acts as anon until a user signs in",
                hint="For --role, --user, --services or --read-only issue one --for agent.",
            )
        if self.role == "anon" and self.subject is not None:
            raise InputError(
                "Who acts as a user acts as authenticated", hint="Leave out --role, or leave out --user."
            )
        unknown = set(self.services or ()) - set(SERVICES)
        if unknown:
            raise InputError(
                f"There is no service {min(unknown)!r}", hint=f"Choose from {', '.join(SERVICES)}."
            )
        if self.read_only and self.services == ("functions",):
            raise InputError(
                "A key that only reads may call no function: nobody can tell what a function does",
                hint="Leave out --read-only, or choose other --services.",
            )
        if (self.services is not None or self.read_only) and not local:
            raise InputError(
                "Hosted Supabase cannot hold a key to services or to reading",
                hint="Leave out --services and --read-only; grants and policies of the role decide there.",
            )
        return self

    @property
    def template(self) -> dict[str, Any] | None:
        """The claims of the JWT that a secret key stands for; ``None`` for a publishable key."""
        if self.purpose == "frontend":
            return None
        claims: dict[str, Any] = {"role": self.role}
        if self.subject is not None:
            claims["sub"] = str(self.subject)
        if self.services is not None:
            claims["va_services"] = list(self.services)
        if self.read_only:
            claims["va_read_only"] = True
        return claims


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh key. ``value`` is shown once and kept nowhere."""

    record: SessionKey
    value: str = field(repr=False)


async def issue(
    cp: ControlPlane,
    management: ManagementClient,
    session: Session,
    scope: Scope,
    *,
    expires: str | None = None,
    name: str | None = None,
) -> Issued:
    """A new key for the session's environment.

    ``expires`` is a duration such as ``90s``, ``15m``, ``12h`` or ``7d``, or ``never``; by default an agent's
    key lives a day and a frontend's until it is revoked. On the embedded platform expiry holds to the second;
    on hosted the key is removed by the next round of upkeep.

    Raises
    ------
    InputError
        The scope, the duration or the name makes no sense, or the session has no environment.
    ProvisionError
        The platform refused.
    """
    scope = scope.checked(local=management.platform.is_local)
    ref = _ref(session)
    name = _checked_name(name or f"{scope.purpose}_{secrets.token_hex(4)}")
    until = _until(expires, scope.purpose)
    kind: Literal["publishable", "secret"] = "publishable" if scope.purpose == "frontend" else "secret"
    # Noted first: whatever happens after the platform has made it, there is somebody who knows of it.
    record = await cp.key_begun(session.id, **columns(scope), ref=ref, name=name, expires_at=until)
    try:
        made = await management.create_api_key(
            ref,
            kind=kind,
            name=name,
            description=described(record),
            template=scope.template,
            expires_at=until,
        )
    except ProvisionError:
        with contextlib.suppress(ProvisionError):
            await _take_back(cp, management, record)
        raise
    value = str(made["api_key"])
    if kind == "secret":
        redaction.register(value, "issued-key")
    noted = await cp.key_made(record.id, platform_id=str(made["id"]), prefix=_prefix(value))
    return Issued(noted, value)


async def revoke(
    cp: ControlPlane, management: ManagementClient, session: Session, key_id: str
) -> list[SessionKey]:
    """Revoke one key of a session by its id (or the beginning of it), or ``all``. Safe to repeat.

    Raises :class:`NotFound` when the session has no single key called so, :class:`ProvisionError` when the
    platform does not take it back.
    """
    chosen = await cp.keys(session.id)
    if key_id != "all":
        chosen = [record for record in chosen if key_id and record.id.startswith(key_id)]
        if len(chosen) != 1:
            raise NotFound(
                f"Session {session.id} has no single key {key_id!r}",
                hint=f"See `architect keys list {session.id}`.",
            )
    return [await _take_back(cp, management, record) for record in chosen if record.revoked_at is None]


async def retire_due(cp: ControlPlane, management: ManagementClient) -> int:
    """Take keys off the platform that have expired or were never shown; returns how many went."""
    retired = 0
    for record in await cp.keys_due():
        try:
            await _take_back(cp, management, record)
        except ProvisionError as error:
            log.warning("key %s of session %s is due: %s", record.id, record.session_id, error.message)
        else:
            retired += 1
    return retired


async def _take_back(cp: ControlPlane, management: ManagementClient, record: SessionKey) -> SessionKey:
    platform_id = record.platform_id
    if platform_id is None:
        told = await management.described_api_keys(record.ref)
        platform_id = next((key_id for key_id, text in told.items() if text == described(record)), None)
    if platform_id is not None:
        await management.delete_api_key(record.ref, platform_id)
    # Noted only now that the platform has let go of it: a key that is said to be revoked must be.
    return await cp.key_revoked(record.id)


def columns(scope: Scope) -> dict[str, Any]:
    """The scope as it is noted."""
    services = None if scope.services is None else list(scope.services)
    return {
        "purpose": scope.purpose,
        "role": scope.role,
        "subject": scope.subject,
        "services": services,
        "read_only": scope.read_only,
    }


def _ref(session: Session) -> str:
    if session.status != "succeeded":
        raise InputError(
            f"Session {session.id} has no proven environment to hand out (it is {session.status})",
            hint=f"Build it first: architect retry {session.id}",
        )
    if not session.environment:
        raise InputError(f"The environment of session {session.id} was deleted", hint="Build it anew.")
    return str(session.environment["ref"])


def _until(expires: str | None, purpose: Purpose) -> datetime | None:
    if expires == "never" or (expires is None and purpose == "frontend"):
        return None
    if expires is None:
        return datetime.now(UTC) + AGENT_LIFETIME
    found = _DURATION.fullmatch(expires)
    lifetime = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < lifetime <= LONGEST:
        raise InputError(
            f"{expires!r} is no lifetime for a key",
            hint=f"Write such as 90s, 15m, 12h or 7d, up to {LONGEST.days}d, or never.",
        )
    return datetime.now(UTC) + lifetime


def _prefix(value: str) -> str:
    found = _PREFIX.match(value)
    return found[0] if found else ""


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a key", hint="Use 4 to 64 of a-z, 0-9 and _, not beginning with a digit."
        )
    return name


def described(record: SessionKey) -> str:
    """What the platform is told of a key, and by which it is found again."""
    return f"Key {record.id}, issued by Vibe Architect for session {record.session_id}"
