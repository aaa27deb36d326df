"""Where environments are made. Embedded or hosted is a matter of these values and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from architect import redaction

if TYPE_CHECKING:
    from architect.settings import Connections


@dataclass(frozen=True, slots=True)
class Platform:
    """One Supabase platform as its Management API, with the organization and base project to build in."""

    api_url: str
    access_token: SecretStr
    organization_id: str
    project_ref: str
    #: With ``{ref}``: ``https://{ref}.supabase.co`` on the hosted platform.
    environment_url_template: str

    def __post_init__(self) -> None:
        redaction.register(self.access_token.get_secret_value(), "access-token")

    @classmethod
    def from_connections(cls, connections: Connections | None = None) -> Platform:
        """The platform of ``connections``; of the settings when not given. Raises ``PlatformNotRunning``."""
        if connections is None:
            from architect.settings import connections as configured

            connections = configured()
        return cls(
            api_url=connections.api_url.rstrip("/"),
            access_token=SecretStr(connections.access_token),
            organization_id=connections.organization_id,
            project_ref=connections.project_ref,
            environment_url_template=connections.environment_url_template,
        )

    def environment_url(self, ref: str) -> str:
        """The base URL that supabase-js and supabase-py are given for ``ref``."""
        return self.environment_url_template.replace("{ref}", ref).rstrip("/")

    @property
    def api_host(self) -> str:
        """``host:port`` of the Management API: all the network that the tool server needs."""
        parts = urlsplit(self.api_url)
        return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    @property
    def is_local(self) -> bool:
        """Whether the Management API is on this machine, where no proxy may come between."""
        return urlsplit(self.api_url).hostname in ("127.0.0.1", "localhost", "::1")
