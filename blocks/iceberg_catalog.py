"""The catalog of the analytics dataset."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class IcebergCatalog(Block):
    """A Supabase Analytics Bucket or any other Iceberg REST catalog."""

    _block_type_name = "Iceberg Catalog"
    _block_type_slug = "iceberg-catalog"
    _description = "Where the analytics tables live; without one a file catalog in the state folder is used."

    uri: str = Field(description="https://{ref}.supabase.co/storage/v1/iceberg")
    warehouse: str = Field(description="Bucket name")
    token: SecretStr
    s3_endpoint: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    s3_region: str | None = None
