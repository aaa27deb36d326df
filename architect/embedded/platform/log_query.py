"""Runs a SELECT in ClickHouse's words on log entries: DuckDB in memory, cut off from files and network."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from architect.embedded.platform.store import Row
from architect.sql import load

MAX_SECONDS = 10.0
MAX_ROWS = 1_000
#: Read in ClickHouse as '' where a row lacks them, here as NULL unless every row has them.
KEYS = (
    "identifier", "request.method", "request.path", "request.search", "response.status_code",
    "response.origin_time", "parsed.error_severity", "parsed.sql_state_code", "function_id", "deployment_id",
    "version", "execution_time_ms", "execution_id", "level", "event_type", "status", "path", "msg", "error",
    "workflow_run",
)  # fmt: skip
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "memory_limit": "256MB",
    "threads": "1",
}
#: What tells of the machine instead of the logs.
_FOREIGN = re.compile(
    r"\b(duckdb_\w+|pragma_\w+|current_setting|getvariable|information_schema|pg_catalog)\b", re.I
)


class BadQuery(Exception):
    """The query is not one that is answered here; the text says why."""


def run(sql: str, entries: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of ``sql`` over the table ``logs``. Blocking. Raises :class:`BadQuery`."""
    _check(sql)
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        _prepare(connection, entries)
        watch = threading.Timer(MAX_SECONDS, connection.interrupt)
        watch.start()
        try:
            found = connection.execute(sql)
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, map(_value, row), strict=True)) for row in found.fetchmany(MAX_ROWS)]
        except duckdb.InterruptException as error:
            raise BadQuery(f"The query took longer than {MAX_SECONDS:.0f} seconds") from error
        except duckdb.Error as error:
            # What follows the first paragraph is advice for somebody who may change settings.
            raise BadQuery(str(error).split("\n\n")[0]) from error
        finally:
            watch.cancel()
    finally:
        connection.close()


def _check(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise BadQuery(str(error)) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise BadQuery("Exactly one SELECT is allowed")
    foreign = _FOREIGN.search(sql)
    if foreign:
        raise BadQuery(f"{foreign.group()} is not available; the table is logs")


def _prepare(connection: duckdb.DuckDBPyConnection, entries: Sequence[Row]) -> None:
    statements = load("log_query")
    connection.execute(statements["zone"])
    connection.execute(statements["table"])
    for name, macro in statements.items():
        if name.startswith("macro_"):
            connection.execute(macro)
    seen = {key for entry in entries for key in entry["attributes"]}
    missing = dict.fromkeys([*KEYS, *sorted(seen)], "")
    if entries:
        columns = zip(*(_stored(entry, missing) for entry in entries), strict=True)
        connection.execute(statements["fill"], [list(column) for column in columns])
    connection.execute(statements["lock"])


def _stored(entry: Row, missing: dict[str, str]) -> list[Any]:
    attributes = {**missing, **entry["attributes"]}
    at = entry["at"].astimezone(UTC).replace(tzinfo=None)
    return [
        str(entry["id"]), at, entry["source"], entry["message"], entry["severity"],
        list(attributes), list(attributes.values()),
    ]  # fmt: skip


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time, timedelta, Decimal)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(item) for item in value]
    return str(value)
