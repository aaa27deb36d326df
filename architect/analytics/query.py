"""A closed set of named queries on the attached dataset; every answer says where it comes from."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from architect.analytics import dataset
from architect.analytics.attachment import Attachment, DataFile, local_path
from architect.errors import AnalyticsError, InputError
from architect.sql import query as sql_text

#: What one query may use; the data of one scan fits many times.
MEMORY_LIMIT = "256MB"
THREADS = 2


class Parameters(BaseModel):
    """What every query takes: one month, or the whole year."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    month: int | None = Field(default=None, ge=1, le=12)


class Limited(Parameters):
    """A ranking."""

    limit: int = Field(default=10, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query: what it answers and what it takes. Its SQL is the block of the same name."""

    name: str
    answers: str
    parameters: type[Parameters]


QUERIES: dict[str, NamedQuery] = {
    q.name: q
    for q in (
        NamedQuery("busiest_routes", "Which routes have the most flights?", Limited),
        NamedQuery("delays_by_carrier", "How late does each carrier leave and arrive?", Parameters),
        NamedQuery("flights_per_day", "How many flights leave each day?", Parameters),
    )
}
#: What a build shows.
DEFAULT_QUERY = "busiest_routes"


def run_analytics_query(
    home: Path | str,
    session_id: str,
    query: str | None = None,
    **parameters: Any,
) -> dict[str, Any]:
    """Run a named query on the attached snapshot.

    Parameters
    ----------
    home
        The state folder; the dataset is in ``home/analytics``.
    session_id
        The session that asks; it comes back in the answer.
    query
        A key of :data:`QUERIES`; without one :data:`DEFAULT_QUERY`.
    parameters
        ``month`` (1-12, default the whole year) and, for rankings, ``limit`` (1-100).

    Returns
    -------
    dict
        ``session_id``, ``query``, ``parameters``, ``columns``, ``rows`` (list of JSON objects in the
        query's order) and ``provenance``.

    Raises
    ------
    InputError
        No such query, or a parameter that is not allowed.
    AnalyticsError
        Nothing is attached, or the engine cannot read it.
    """
    named, given = _checked(query or DEFAULT_QUERY, parameters)
    attached = dataset.current(Path(home).absolute())
    # Identity partitioning by month: a file of another month holds no row that the filter keeps.
    month = given["month"]
    files = [f for f in attached.files if month is None or f.month == month]
    text = sql_text("analytics", named.name)
    started = time.perf_counter()
    engine_version, columns, rows = _execute(text, given, files)
    elapsed_ms = round((time.perf_counter() - started) * 1000, 2)
    return {
        "session_id": session_id,
        "query": named.name,
        "parameters": given,
        "columns": columns,
        "rows": rows,
        "provenance": {
            **_origin(attached),
            "row_filter": "true" if month is None else f"month = {month}",
            "files_scanned": len(files),
            "files_total": len(attached.files),
            "bytes_scanned": sum(f.size for f in files),
            "bytes_total": attached.size,
            "engine": "duckdb",
            "engine_version": engine_version,
            "sql": text,
            "elapsed_ms": elapsed_ms,
            "row_count": len(rows),
            "result_hash": result_hash(columns, rows),
        },
    }


def result_hash(columns: list[str], rows: list[dict[str, Any]]) -> str:
    """SHA-256 of the canonical JSON of the answer, hex."""
    text = json.dumps([columns, rows], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(name: str, parameters: Mapping[str, Any]) -> tuple[NamedQuery, dict[str, Any]]:
    named = QUERIES.get(name)
    if named is None:
        raise InputError("There is no such analytics query", hint=f"Choose one of: {', '.join(QUERIES)}.")
    try:
        return named, named.parameters.model_validate(dict(parameters)).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        allowed = ", ".join(named.parameters.model_fields)
        raise InputError(f"{named.name}: {where}: {first['msg']}", hint=f"It takes: {allowed}.") from error


def _origin(attached: Attachment) -> dict[str, Any]:
    # Snapshot ids as text: they exceed what a browser's numbers can hold.
    return {
        "catalog": attached.catalog,
        "identifier": attached.identifier,
        "table_uuid": attached.table_uuid,
        "metadata_location": attached.metadata_location,
        "snapshot_id": str(attached.snapshot_id),
        "parent_snapshot_id": None
        if attached.parent_snapshot_id is None
        else str(attached.parent_snapshot_id),
        "sequence_number": attached.sequence_number,
        "committed_at": attached.committed_at,
        "manifest_list": attached.manifest_list,
        "schema_id": attached.schema_id,
        "summary": attached.summary,
    }


def _execute(
    text: str, parameters: dict[str, Any], files: list[DataFile]
) -> tuple[str, list[str], list[dict[str, Any]]]:
    # Imported here: attaching must not pay for the engine.
    import duckdb

    paths = [str(local_path(f.path)) for f in files]
    config: dict[str, Any] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": THREADS,
        "autoinstall_known_extensions": False,
    }
    try:
        with duckdb.connect(":memory:", config=config) as conn:
            # The engine may read these files and nothing else.
            conn.execute("set allowed_paths = $paths", {"paths": paths})
            conn.execute("set enable_external_access = false")
            conn.execute("set lock_configuration = true")
            cursor = conn.execute(text, {"files": paths, **parameters})
            columns = [d[0] for d in cursor.description or []]
            found = cursor.fetchall()
    except duckdb.Error as error:
        raise AnalyticsError(f"The query engine failed: {error}") from error
    return duckdb.__version__, columns, [dict(zip(columns, map(_plain, row), strict=True)) for row in found]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
