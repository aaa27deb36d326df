"""Where environments are made."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class SupabasePlatform(Block):
    """A Supabase platform, hosted or embedded, reached by its Management API and the MCP server."""

    _block_type_name = "Supabase Platform"
    _block_type_slug = "supabase-platform"
    _description = "The Management API that builds use, and the project whose branches they make."

    api_url: str = Field(default="https://api.supabase.com", description="Management API")
    access_token: SecretStr = Field(description="A personal access token (sbp_...)")
    organization_id: str = Field(description="Organization id or slug, for builds in project mode")
    project_ref: str = Field(pattern=r"^[a-z]{20}$", description="Base project, for builds in branch mode")
    environment_url: str = Field(
        default="https://{ref}.supabase.co", description="URL of an environment, with {ref} in it"
    )
