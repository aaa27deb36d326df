"""What an operator may tune on the embedded platform's server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Positive = Annotated[float, Field(gt=0)]
Bytes = Annotated[int, Field(gt=0)]


class Options(BaseSettings):
    """Read from ``ARCHITECT_PLATFORM_*`` environment variables."""

    model_config = SettingsConfigDict(env_prefix="ARCHITECT_PLATFORM_")

    #: Stop an environment's Lite, or an edge function, after this many quiet seconds.
    lite_idle_s: Positive = 60
    function_idle_s: Positive = 60
    #: Longest a function, or REST, Auth and Storage, may take to answer.
    function_timeout_s: Positive = 150
    lite_timeout_s: Positive = 120
    #: Largest request body at the gateway and at the Management API.
    max_gateway_body: Bytes = 64 * 1024 * 1024
    max_api_body: Bytes = 24 * 1024 * 1024
    #: Routes for tests: reset, make anything, arm faults. Only for connections on loopback.
    fixtures: bool = False
