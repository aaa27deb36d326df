"""What the embedded platform remembers between runs: ports, passwords, refs. One file, mode 0600."""

from __future__ import annotations

import os
import secrets
import string
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from architect import redaction
from architect.embedded.home import HomeUnusable
from architect.embedded.ports import free_ports

ROLES = (
    "supabase_admin",
    "postgres",
    "authenticator",
    "supabase_read_only_user",
    "lite_admin",
    "control_plane",
    "platform",
    "prefect",
)
FILE = "state.json"


class PlatformState(BaseModel):
    """Ports on 127.0.0.1, one password per database role, the management token and the fixed refs."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    postgres_port: int
    platform_port: int
    prefect_port: int
    #: 0 in the state of an older version; ``architect up`` chooses one.
    api_port: int = 0
    passwords: dict[str, str]
    management_token: str
    organization_id: str
    workspace_ref: str
    control_ref: str

    @classmethod
    def create(cls) -> PlatformState:
        """A new state with free ports and fresh secrets; not saved yet."""
        postgres, platform, prefect, api = free_ports(4)
        state = cls(
            postgres_port=postgres,
            platform_port=platform,
            prefect_port=prefect,
            api_port=api,
            passwords={role: secrets.token_hex(24) for role in ROLES},
            management_token=f"sbp_{secrets.token_hex(20)}",
            organization_id=_letters(20),
            workspace_ref=_letters(20),
            control_ref=_letters(20),
        )
        state.register_secrets()
        return state

    @classmethod
    def load(cls, home: Path) -> PlatformState | None:
        """The saved state, or None when there is none. Raises :class:`HomeUnusable` when it is unreadable."""
        path = home / FILE
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise HomeUnusable(f"Cannot read {path}: {error.strerror}") from error
        try:
            state = cls.model_validate_json(text)
        except ValidationError as error:
            raise HomeUnusable(
                f"{path} is damaged ({error.error_count()} problems)",
                hint="Restore the file from a backup. To start afresh, and lose every local environment, "
                "delete the state folder.",
            ) from error
        state.register_secrets()
        return state

    def save(self, home: Path) -> None:
        """Write the file atomically, readable by its owner only."""
        path = home / FILE
        draft = path.with_name(f".{FILE}.{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self.model_dump_json(indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise HomeUnusable(f"Cannot write {path}: {error.strerror}") from error

    def register_secrets(self) -> None:
        """Let the redaction know every secret of this state."""
        for role, password in self.passwords.items():
            redaction.register(password, f"password-{role}")
        redaction.register(self.management_token, "access-token")


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(count))
