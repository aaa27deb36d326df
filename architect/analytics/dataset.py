"""Attaching the demo dataset: deterministic, once, safe against a second attach at the same time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from architect.analytics import attachment, source
from architect.analytics.attachment import Attachment
from architect.errors import AnalyticsError

#: Part of the desired state: raise it when the layout of the table changes.
LAYOUT = 1


def desired_state() -> str:
    """SHA-256 of what an attach must lead to: the data, the columns and the layout."""
    wanted = {
        "catalog": attachment.CATALOG,
        "namespace": attachment.NAMESPACE,
        "table": attachment.TABLE,
        "dataset": source.DATASET,
        "data": source.digest(),
        "columns": list(source.COLUMNS.items()),
        "required": source.REQUIRED,
        "partitioned_by": ["month"],
        "layout": LAYOUT,
    }
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def configure(home: Path | str, session_id: str) -> dict[str, Any]:
    """Attach the dataset under ``home/analytics`` unless it is already there.

    Returns
    -------
    dict
        ``changed`` (whether this call wrote), dataset, catalog, identifier, table_uuid, snapshot_id (text),
        metadata_location, rows, files, bytes, partitioned_by, desired_state, elapsed_ms.

    Raises
    ------
    AnalyticsError
        The wheel is missing, the folder cannot be written, or the catalog is damaged.
    """
    started = time.perf_counter()
    root = Path(home).absolute()
    attached, changed = ensure(root, session_id)
    return {
        "changed": changed,
        "dataset": source.DATASET,
        "catalog": attached.catalog,
        "identifier": attached.identifier,
        "table_uuid": attached.table_uuid,
        "snapshot_id": str(attached.snapshot_id),
        "metadata_location": attached.metadata_location,
        "rows": attached.rows,
        "files": len(attached.files),
        "bytes": attached.size,
        "partitioned_by": ["month"],
        "desired_state": attached.desired_state,
        "elapsed_ms": round((time.perf_counter() - started) * 1000, 1),
    }


def ensure(home: Path, session_id: str) -> tuple[Attachment, bool]:
    """The attachment and whether it had to be made. Raises :class:`AnalyticsError`."""
    wanted = desired_state()
    attached = attachment.load(home)
    if attached is not None and attached.desired_state == wanted:
        return attached, False
    with locked(home):
        # Another process may have attached while this one waited.
        attached = attachment.load(home)
        if attached is not None and attached.desired_state == wanted:
            return attached, False
        from architect.analytics import iceberg

        attached = iceberg.attach(home, wanted, session_id)
        attachment.save(home, attached)
        return attached, True


def current(home: Path) -> Attachment:
    """What the catalog points at now, described anew when somebody else has moved it.

    Raises :class:`AnalyticsError` when nothing was ever attached.
    """
    attached = attachment.load(home)
    if attached is not None:
        return attached
    if attachment.current_metadata(home) is None:
        raise AnalyticsError(
            "No dataset is attached", hint="Build a session with analytics on, then query it."
        )
    with locked(home):
        from architect.analytics import iceberg

        attached = iceberg.describe_current(home)
        attachment.save(home, attached)
        return attached


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the folder's lock; it ends with the process, so a killed attach blocks nobody."""
    try:
        attachment.folder(home).mkdir(parents=True, exist_ok=True, mode=0o700)
        stream = (attachment.folder(home) / ".lock").open("a")
    except OSError as error:
        raise AnalyticsError(
            f"The analytics folder cannot be written: {error.strerror}",
            hint=f"Make {attachment.folder(home)} writable.",
        ) from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
