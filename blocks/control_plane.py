"""Where the sessions, events and alerts live."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class ControlPlane(Block):
    """The control plane's own Postgres."""

    _block_type_name = "Control Plane"
    _block_type_slug = "control-plane"
    _description = "The Postgres that holds build sessions, events, spec chunks and drift alerts."

    database_url: SecretStr = Field(description="postgresql://user:password@host:5432/database")
