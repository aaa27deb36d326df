"""Finished steps of a planner outlive its process: what a killed build has paid for is not paid again.

The checkpoints are langgraph's own, in the schema ``planner`` of the control plane. They hold the model's
draft, redacted, and never the spec; they go when the plan is stored, or with their session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import DictRow, dict_row

from architect.database import CONNECTION_OPTIONS, register_password, translate
from architect.sql import query

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


@contextmanager
def open_checkpoints(dsn: str) -> Iterator[BaseCheckpointSaver[Any]]:
    """Checkpoints in the control plane at ``dsn``. Raises ``PlatformError`` when it cannot be reached."""
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    register_password(dsn)
    try:
        with psycopg.Connection[DictRow].connect(
            dsn, autocommit=True, row_factory=dict_row, connect_timeout=10, **CONNECTION_OPTIONS
        ) as connection:
            connection.execute(query("planner", "act"))
            # Whoever can write a row must not choose which types are made of it.
            yield PostgresSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    except psycopg.Error as error:
        raise translate(error) from error
