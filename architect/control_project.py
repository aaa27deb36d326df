"""The control plane's own Supabase project: where people sign in and builds are followed live."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from architect import redaction
from architect.errors import InputError, PlatformError, PlatformNotRunning
from architect.provision.platform import Platform
from architect.settings import Connections, Settings

TIMEOUT_S = 10.0
JWKS_PATH = "/auth/v1/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class ControlProject:
    """URL and keys of the project. Secrets stay out of ``repr``.

    Tokens of its users are signed with ``jwt_secret`` (HS256) or with a key of ``jwks_url``: one of the two
    is set.
    """

    #: ``{url}/auth/v1``, ``{url}/rest/v1`` and ``{url}/realtime/v1`` are its services.
    url: str
    publishable_key: str
    secret_key: str = field(repr=False)
    jwt_secret: str | None = field(default=None, repr=False)
    jwks_url: str | None = None

    def __post_init__(self) -> None:
        redaction.register(self.secret_key, "secret-key")
        redaction.register(self.jwt_secret, "jwt-secret")


async def control_project(connections: Connections, settings: Settings | None = None) -> ControlProject:
    """The project that ``ARCHITECT_CONTROL_*`` names, else the one of the embedded platform.

    Raises
    ------
    InputError
        The platform is not the embedded one and the settings do not name the project, or not completely.
    PlatformNotRunning
        The embedded platform does not answer.
    PlatformError
        It answers with an error.
    """
    settings = settings or Settings()
    if settings.control_url is not None:
        return _configured(settings.control_url, settings)
    if not Platform.from_connections(connections).is_local:
        raise InputError(
            "The control plane's own project is not configured",
            hint="Set ARCHITECT_CONTROL_URL, with its _PUBLISHABLE_KEY and its _SECRET_KEY.",
        )
    return await _embedded(connections)


def _configured(url: str, settings: Settings) -> ControlProject:
    needed = ("control_publishable_key", "control_secret_key")
    missing = [f"ARCHITECT_{name.upper()}" for name in needed if not getattr(settings, name)]
    if missing:
        raise InputError(
            "ARCHITECT_CONTROL_URL is set, but the project it names is not configured completely",
            hint=f"Set {' and '.join(missing)}, or unset ARCHITECT_CONTROL_URL to use the embedded platform.",
        )
    url, jwt_secret = url.rstrip("/"), _reveal(settings.control_jwt_secret)
    return ControlProject(
        url=url,
        publishable_key=settings.control_publishable_key or "",
        secret_key=_reveal(settings.control_secret_key) or "",
        jwt_secret=jwt_secret,
        jwks_url=None if jwt_secret else f"{url}{JWKS_PATH}",
    )


async def _embedded(connections: Connections) -> ControlProject:
    headers = {"authorization": f"Bearer {connections.access_token}"}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=TIMEOUT_S, trust_env=False) as client:
            response = await client.get(f"{connections.api_url}/platform/control")
    except httpx.TransportError as error:
        raise PlatformNotRunning() from error
    if response.status_code != 200:
        raise PlatformError(
            "The platform does not tell of the control plane's own project", status=response.status_code
        )
    found = response.json()
    return ControlProject(
        url=found["url"],
        publishable_key=found["publishable_key"],
        secret_key=found["secret_key"],
        jwt_secret=found["jwt_secret"],
    )


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
