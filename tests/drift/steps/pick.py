"""A row of a query, by chance."""

from __future__ import annotations

import random
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def one(connection: Connection, choice: random.Random, query: str) -> tuple[Any, ...]:
    rows = connection.execute(query + " order by 1").fetchall()
    row: tuple[Any, ...] = choice.choice(rows)
    return row
