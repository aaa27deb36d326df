"""The SQL that attaches the dataset to a hosted Supabase project through its Iceberg wrapper."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from architect.analytics import attachment, source
from architect.sql import quote_identifier, quote_literal

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,50}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s'\"\\]+$", max_length=300)]

_PLACEHOLDER = re.compile(r""":(?:'(?P<literal>[a-z]+)'|"(?P<name>[a-z]+)"|(?P<plain>state)\b)""")
_POSTGRES_TYPES = {"int": "integer", "string": "text", "timestamptz": "timestamp with time zone"}


class WrappersTarget(BaseModel):
    """Where the Iceberg table is and what it shall be called here.

    The ``*_secret`` fields are the *names* of Vault secrets. ``storage_url`` is the project's storage
    endpoint without the trailing slash, ``bucket`` the analytics bucket.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    storage_url: Url
    bucket: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,30}$")] = "us-east-1"
    namespace: Name = attachment.NAMESPACE
    table: Name = attachment.TABLE
    schema_name: Name = "analytics"
    server: Name = "analytics_iceberg"
    token_secret: Name = "analytics_catalog_token"  # noqa: S105 - a name
    access_key_id_secret: Name = "analytics_s3_access_key_id"  # noqa: S105 - a name
    secret_access_key_secret: Name = "analytics_s3_secret_access_key"  # noqa: S105 - a name

    @classmethod
    def hosted(cls, project_ref: str, bucket: str) -> WrappersTarget:
        """A bucket of the hosted project ``project_ref``."""
        return cls(storage_url=f"https://{project_ref}.supabase.co/storage/v1", bucket=bucket)


def desired_state(target: WrappersTarget) -> str:
    """SHA-256 of what the script leads to, hex."""
    wanted = {"target": target.model_dump(), "columns": columns()}
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def columns() -> dict[str, str]:
    """Column -> Postgres type, as the imported foreign table must have them."""
    return {name: _POSTGRES_TYPES[kind] for name, kind in source.COLUMNS.items()}


def wrappers_sql(target: WrappersTarget) -> str:
    """The script for ``target``: deterministic, idempotent, without secrets or transaction control."""
    state = desired_state(target)
    options = {
        "catalog_uri": f"{target.storage_url}/iceberg",
        "warehouse": target.bucket,
        "s3.endpoint": f"{target.storage_url}/s3",
        "region_name": target.region,
    }
    secrets = {
        "vault_token": target.token_secret,
        "vault_aws_access_key_id": target.access_key_id_secret,
        "vault_aws_secret_access_key": target.secret_access_key_secret,
    }
    values = {
        "state": state,
        "mark": f"vibe-architect:{state}",
        "options": json.dumps(options, sort_keys=True),
        "secrets": json.dumps(secrets, sort_keys=True),
        "columns": json.dumps(columns(), sort_keys=True),
        "namespace": target.namespace,
        "table": target.table,
        "server": target.server,
        "schema": target.schema_name,
        "next": f"{target.schema_name}_next",
    }
    return _fill(files(__package__).joinpath("sql", "wrappers.sql").read_text(encoding="utf-8"), values)


def _fill(text: str, values: dict[str, str]) -> str:
    """Replace psql-style placeholders: ``:'x'`` by a literal, ``:"x"`` by an identifier."""

    def put(match: re.Match[str]) -> str:
        if name := match["literal"]:
            return quote_literal(values[name])
        if name := match["name"]:
            return quote_identifier(values[name])
        return values[match["plain"]]

    return _PLACEHOLDER.sub(put, text)
