"""Writing and describing the Iceberg table. Importing this module is dear, so only an attach does."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IcebergType, IntegerType, NestedField, StringType, TimestamptzType
from sqlalchemy.exc import SQLAlchemyError

from architect.analytics import source
from architect.analytics.attachment import (
    CATALOG,
    NAMESPACE,
    TABLE,
    Attachment,
    DataFile,
    catalog_file,
    local_path,
    warehouse,
)
from architect.errors import AnalyticsError

#: Names of the snapshot property that says what the snapshot holds, and for whom it was written.
STATE_PROPERTY = "architect.desired-state"
SESSION_PROPERTY = "session_id"
_IDENTIFIER = (NAMESPACE, TABLE)


def open_catalog(home: Path) -> SqlCatalog:
    """The catalog under ``home``, made if missing. Raises :class:`AnalyticsError` when damaged."""
    warehouse(home).mkdir(parents=True, exist_ok=True)
    uri = f"sqlite:///{catalog_file(home)}"
    try:
        catalog = SqlCatalog(CATALOG, uri=uri, warehouse=warehouse(home).as_uri())
        catalog.create_namespace_if_not_exists(NAMESPACE)
    except SQLAlchemyError as error:
        raise AnalyticsError(
            "The Iceberg catalog cannot be opened",
            hint=f"Remove the folder {catalog_file(home).parent}; the next build attaches the dataset again.",
            cause=str(error.__cause__ or error),
        ) from error
    return catalog


def attach(home: Path, desired_state: str, session_id: str) -> Attachment:
    """Bring the table to ``desired_state``: look first, write at most one snapshot, describe it."""
    catalog = open_catalog(home)
    try:
        table = _table(catalog, home)
        if _state_of(table.current_snapshot()) != desired_state:
            properties = {STATE_PROPERTY: desired_state, SESSION_PROPERTY: session_id}
            if table.current_snapshot() is None:
                table.append(source.read(), snapshot_properties=properties)
            else:
                table.overwrite(source.read(), snapshot_properties=properties)
        return describe(table)
    finally:
        catalog.close()


def describe_current(home: Path) -> Attachment:
    """The catalog's current snapshot, whoever wrote it."""
    catalog = open_catalog(home)
    try:
        return describe(catalog.load_table(_IDENTIFIER))
    finally:
        catalog.close()


def describe(table: Table) -> Attachment:
    """The current snapshot with its data files. Raises :class:`AnalyticsError` for row-level deletes."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        raise AnalyticsError("The dataset is empty", hint="Configure the analytics again.")
    tasks = list(table.scan(snapshot_id=snapshot.snapshot_id).plan_files())
    if any(task.delete_files for task in tasks):
        raise AnalyticsError("The dataset holds row-level deletes, which the query engine would not see")
    files = [
        DataFile(
            path=task.file.file_path,
            month=task.file.partition[0],
            rows=task.file.record_count,
            size=task.file.file_size_in_bytes,
        )
        for task in tasks
    ]
    return Attachment(
        desired_state=_state_of(snapshot),
        table_uuid=str(table.metadata.table_uuid),
        metadata_location=table.metadata_location,
        snapshot_id=snapshot.snapshot_id,
        parent_snapshot_id=snapshot.parent_snapshot_id,
        sequence_number=snapshot.sequence_number or 0,
        committed_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC).isoformat(),
        manifest_list=snapshot.manifest_list,
        schema_id=snapshot.schema_id or 0,
        summary=dict(sorted(snapshot.summary.additional_properties.items())) if snapshot.summary else {},
        files=tuple(sorted(files, key=lambda f: (f.month, f.path))),
    )


def schema() -> Schema:
    """:data:`source.COLUMNS` as an Iceberg schema with field ids 1..n."""
    types: dict[str, IcebergType] = {
        "int": IntegerType(),
        "string": StringType(),
        "timestamptz": TimestamptzType(),
    }
    return Schema(
        *(
            NestedField(i, name, types[kind], required=name in source.REQUIRED)
            for i, (name, kind) in enumerate(source.COLUMNS.items(), 1)
        )
    )


def _table(catalog: SqlCatalog, home: Path) -> Table:
    wanted = schema()
    try:
        table = catalog.load_table(_IDENTIFIER)
        if table.schema().as_struct() == wanted.as_struct() and _files_present(table):
            return table
        catalog.drop_table(_IDENTIFIER)
    except NoSuchTableError:
        pass
    except OSError:
        # The metadata file itself is gone: the entry points nowhere.
        catalog.drop_table(_IDENTIFIER)
    # What is left there belongs to no table: the rest of an attach that was killed or damaged.
    shutil.rmtree(warehouse(home) / NAMESPACE / TABLE, ignore_errors=True)
    month = wanted.find_field("month")
    partitions = PartitionSpec(PartitionField(month.field_id, 1000, IdentityTransform(), "month"))
    return catalog.create_table(_IDENTIFIER, schema=wanted, partition_spec=partitions)


def _files_present(table: Table) -> bool:
    return all(local_path(t.file.file_path).is_file() for t in table.scan().plan_files())


def _state_of(snapshot: Snapshot | None) -> str:
    """The desired state the snapshot was written for; empty when somebody else wrote it."""
    if snapshot is None or snapshot.summary is None:
        return ""
    return str(snapshot.summary.additional_properties.get(STATE_PROPERTY, ""))
