"""What an operator may set on the session API."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ApiOptions(BaseSettings):
    """Read from ``ARCHITECT_API_*`` environment variables."""

    model_config = SettingsConfigDict(env_prefix="ARCHITECT_API_", extra="ignore")

    host: str = "127.0.0.1"
    #: Default: the port that the embedded platform has set aside for it.
    port: int | None = Field(default=None, ge=1, le=65_535)
    #: Origins of pages, besides its own, whose scripts may call the API; separated by commas.
    cors_origins: str = ""
    #: Connections to the control plane's database.
    pool_size: int = Field(default=8, ge=1, le=100)
    #: Longest a request waits for one of them.
    database_wait_s: float = Field(default=3.0, gt=0)
    #: Longest a query may take.
    statement_timeout_ms: int = Field(default=10_000, ge=100)
    #: Longest that a plan may take which is asked for without a build.
    plan_timeout_s: float = Field(default=60.0, gt=0, le=600)
    #: Where people find the Prefect UI, when it is not beside the Prefect API.
    prefect_ui_url: str | None = None

    @property
    def origins(self) -> list[str]:
        """``cors_origins`` one by one."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
