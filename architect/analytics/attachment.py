"""What is attached: one Iceberg snapshot with its data files, as a small JSON file beside the catalog.

A snapshot never changes, so the list of its files never does. Reading that list from here instead of from
the manifests keeps pyiceberg (more than a second to import) out of every build after the first. It is
only trusted while the catalog still points at the very metadata file it was made from.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlparse

from pydantic import BaseModel, ConfigDict, ValidationError

from architect.sql import query

CATALOG = "vibe_architect"
NAMESPACE = "demo"
TABLE = "flights"


class DataFile(BaseModel):
    """One Parquet file of the snapshot; ``month`` is its partition, ``size`` in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    month: int
    rows: int
    size: int


class Attachment(BaseModel):
    """The attached snapshot. ``desired_state`` is the hash of what was asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    desired_state: str
    catalog: str = CATALOG
    identifier: str = f"{NAMESPACE}.{TABLE}"
    table_uuid: str
    metadata_location: str
    snapshot_id: int
    parent_snapshot_id: int | None
    sequence_number: int
    committed_at: str
    manifest_list: str
    schema_id: int
    summary: dict[str, str]
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        return sum(f.rows for f in self.files)

    @property
    def size(self) -> int:
        return sum(f.size for f in self.files)


def folder(home: Path) -> Path:
    return home / "analytics"


def catalog_file(home: Path) -> Path:
    return folder(home) / "catalog.db"


def warehouse(home: Path) -> Path:
    return folder(home) / "warehouse"


def local_path(uri: str) -> Path:
    """The path of a ``file://`` location."""
    parsed = urlparse(uri)
    return Path(unquote(parsed.path) if parsed.scheme == "file" else uri)


def current_metadata(home: Path) -> str | None:
    """The metadata file the catalog points at now; ``None`` without a catalog or table."""
    path = catalog_file(home)
    if not path.is_file():
        return None
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        try:
            row = conn.execute(query("analytics", "catalog_pointer"), (CATALOG, NAMESPACE, TABLE)).fetchone()
        except sqlite3.DatabaseError:
            # No such table yet, or not a database: attaching says which.
            return None
    return str(row[0]) if row else None


def load(home: Path) -> Attachment | None:
    """The recorded attachment if the catalog still points at it and every file is there; else ``None``."""
    try:
        text = (folder(home) / "attached.json").read_text(encoding="utf-8")
        attached = Attachment.model_validate_json(text)
    except (OSError, ValidationError):
        return None
    if attached.metadata_location != current_metadata(home):
        return None
    if not local_path(attached.metadata_location).is_file():
        return None
    return attached if all(_intact(f) for f in attached.files) else None


def save(home: Path, attached: Attachment) -> None:
    """Write it atomically."""
    target = folder(home) / "attached.json"
    scratch = target.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(attached.model_dump_json(indent=1), encoding="utf-8")
    scratch.replace(target)


def _intact(file: DataFile) -> bool:
    try:
        return local_path(file.path).stat().st_size == file.size
    except OSError:
        return False
