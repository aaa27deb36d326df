"""Settings from the environment, and where this process finds the control plane and the platform.

Every setting is an environment variable ``ARCHITECT_*``. Nothing needs to be set for the embedded platform;
for the hosted one set the first five.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from architect import redaction
from architect.embedded.home import home_dir
from architect.embedded.state import PlatformState
from architect.errors import InputError, PlatformNotRunning

HOSTED_ENVIRONMENT_URL = "https://{ref}.supabase.co"


class Settings(BaseSettings):
    """What an operator may set; secrets are ``SecretStr``. Raises InputError for a value that cannot be."""

    model_config = SettingsConfigDict(env_prefix="ARCHITECT_", extra="ignore")

    database_url: SecretStr | None = Field(default=None, description="Control plane, postgresql://...")
    api_url: str | None = Field(default=None, description="Management API, https://api.supabase.com")
    access_token: SecretStr | None = Field(
        default=None, description="Personal access token for the Management API"
    )
    organization_id: str | None = Field(default=None, description="Organization for builds in project mode")
    project_ref: str | None = Field(default=None, description="Base project for builds in branch mode")
    environment_url: str = Field(
        default=HOSTED_ENVIRONMENT_URL, description="URL of an environment, with {ref} in it"
    )

    control_url: str | None = Field(
        default=None, description="The control plane's own project, https://{ref}.supabase.co"
    )
    control_publishable_key: str | None = Field(default=None, description="Its publishable key")
    control_secret_key: SecretStr | None = Field(default=None, description="Its secret key")
    control_jwt_secret: SecretStr | None = Field(
        default=None, description="Its JWT secret, where it still signs with one; else its JWKS is asked"
    )

    max_hourly_cost: float = Field(
        default=0.01344, ge=0, description="The most a build's environment may cost an hour, in USD"
    )
    max_monthly_cost: float = Field(default=0, ge=0, description="The same a month")

    upkeep_every_s: float = Field(
        default=60, ge=10, description="How often upkeep looks for what was left open, in seconds"
    )

    drift_cron: str = Field(default="*/5 * * * *", description="When the drift sentinel sweeps, as cron")
    drift_at_once: int = Field(
        default=4, ge=1, le=100, description="Environments that one sweep looks at side by side"
    )
    drift_full_every_s: float = Field(
        default=3600, ge=60, description="Compare everything at least so often, in seconds"
    )
    drift_probe_every_s: float = Field(
        default=86_400, ge=3600, description="Compare behaviour at least so often, in seconds"
    )
    drift_probe_live: bool | None = Field(
        default=None,
        description="Try what people can do on live environments; left open, on embedded ones only, since "
        "the probe locks tables while it runs",
    )
    drift_glance: Literal["catalog", "function"] = Field(
        default="catalog",
        description="Tell changes by a token over the whole catalog, or by the environment's drift_check and "
        "its scoped key",
    )

    planner_model: str | None = Field(
        default=None, description="provider:model of the planner, see LangChain"
    )
    planner_api_key: SecretStr | None = Field(default=None, description="Its key")
    planner_base_url: str | None = Field(default=None, description="For OpenAI-compatible servers")
    planner_prompt_bytes: int = Field(
        default=60_000, ge=2_000, le=2_000_000, description="Bytes of spec in one prompt; a longer one is cut"
    )
    planner_answer_bytes: int = Field(
        default=1_000_000, ge=1_000, le=20_000_000, description="Bytes that are read of one answer"
    )
    planner_tokens: int = Field(
        default=500_000, ge=1_000, description="Tokens that one plan may take, in and out"
    )
    planner_seconds: float = Field(
        default=240, gt=0, le=280, description="Seconds that the model may take for one plan"
    )
    planner_attempts: int = Field(
        default=3, ge=1, le=3, description="Drafts: the first and at most two repairs"
    )
    planner_input_price: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="USD per million tokens that go in; without it no cost is told",
    )
    planner_output_price: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="The same for those that come out"
    )

    embedder_url: str | None = Field(
        default=None, description="OpenAI-compatible embeddings endpoint, ends in /v1"
    )
    embedder_model: str | None = Field(default=None, description="Its model, 384 dimensions")
    embedder_api_key: SecretStr | None = Field(default=None, description="Its key")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)
            names = [f"ARCHITECT_{'_'.join(map(str, found['loc'])).upper()}" for found in wrong]
            told = "; ".join(f"{name}: {found['msg']}" for name, found in zip(names, wrong, strict=True))
            hint = f"Correct or unset {', '.join(names)}."
            raise InputError(f"A setting cannot be used. {told}.", hint=hint) from None


@dataclass(frozen=True, slots=True)
class Connections:
    """Where this process works. The two secrets stay out of ``repr``."""

    #: DSN of the control plane's database.
    database_url: str = field(repr=False)
    api_url: str
    access_token: str = field(repr=False)
    organization_id: str
    #: The project whose branches builds make.
    project_ref: str
    environment_url_template: str
    prefect_api_url: str
    home: Path


def connections(settings: Settings | None = None) -> Connections:
    """The platform that is configured, else the embedded one of the state folder.

    Raises
    ------
    InputError
        A platform is configured, but not completely.
    PlatformNotRunning
        None is configured and the embedded platform was never started.
    """
    settings = settings or Settings()
    return _configured(settings) if settings.api_url else _embedded(settings)


def _configured(settings: Settings) -> Connections:
    needed = ("database_url", "access_token", "organization_id", "project_ref")
    missing = [f"ARCHITECT_{name.upper()}" for name in needed if getattr(settings, name) is None]
    prefect = os.environ.get("PREFECT_API_URL")
    missing += [] if prefect else ["PREFECT_API_URL"]
    if missing:
        raise InputError(
            "ARCHITECT_API_URL is set, but the platform it names is not configured completely",
            hint=f"Set {', '.join(missing)}, or unset ARCHITECT_API_URL to use the embedded platform.",
        )
    return Connections(
        database_url=_reveal(settings.database_url),
        api_url=(settings.api_url or "").rstrip("/"),
        access_token=_reveal(settings.access_token),
        organization_id=settings.organization_id or "",
        project_ref=settings.project_ref or "",
        environment_url_template=settings.environment_url,
        prefect_api_url=prefect or "",
        home=home_dir(),
    )


def _embedded(settings: Settings) -> Connections:
    home = home_dir()
    state = PlatformState.load(home)
    if state is None:
        raise PlatformNotRunning(f"No embedded platform was ever started in {home}")
    api_url = f"http://127.0.0.1:{state.platform_port}"
    server = f"127.0.0.1:{state.postgres_port}"
    dsn = f"postgresql://control_plane:{state.passwords['control_plane']}@{server}/control_plane"
    return Connections(
        database_url=_reveal(settings.database_url) or dsn,
        api_url=api_url,
        access_token=state.management_token,
        organization_id=state.organization_id,
        project_ref=state.workspace_ref,
        environment_url_template=f"{api_url}/p/{{ref}}",
        prefect_api_url=f"http://127.0.0.1:{state.prefect_port}/api",
        home=home,
    )


def _reveal(secret: SecretStr | None) -> str:
    """The value, known to redaction from here on."""
    if secret is None:
        return ""
    redaction.register(secret.get_secret_value(), "setting")
    return secret.get_secret_value()
