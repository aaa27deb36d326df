"""A database with one of everything, and a reader that sees a transaction before it is rolled back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from architect.catalog.facts import sections
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import DsnReader, Run
from architect.catalog.facts.snapshot import Snapshot
from architect.catalog.facts.token import token
from architect.embedded.postgres import Cluster

ADMIN = "supabase_admin"
BASE = Path(__file__).with_name("base.sql")


class Inside:
    """A reader within the transaction of ``connection``, which cannot choose its isolation any more."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def moment(self) -> Iterator[Run]:
        first, *rest = sections.settings().split(";\n")
        assert first.endswith("read only")
        with self._connection.transaction(force_rollback=True):
            self._connection.execute(";\n".join(rest))
            cursor = self._connection.cursor(row_factory=dict_row)
            yield lambda sql: cursor.execute(sql).fetchall()


@dataclass(frozen=True)
class Site:
    """The database, its facts and its token."""

    dsn: str
    connection: psycopg.Connection[Any]
    snapshot: Snapshot
    token: str

    @classmethod
    def build(cls, cluster: Cluster, name: str) -> Site:
        cluster.create_database(name)
        dsn = cluster.dsn(name, ADMIN)
        connection = psycopg.connect(dsn, autocommit=True)
        connection.execute(BASE.read_text())
        connection.execute("set allow_system_table_mods = on")
        with DsnReader(dsn) as reader:
            return cls(dsn, connection, read(reader), token(reader))

    def after(self, sql: str) -> tuple[Snapshot, str]:
        """Facts and token once ``sql`` has run; nothing of it stays."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(sql)
            reader = Inside(self.connection)
            return read(reader, against=self.snapshot), token(reader)

    def differing(self, found: Snapshot) -> set[str]:
        """The keys of facts that are not in both, or not the same."""
        expected, now = self.snapshot.facts, found.facts
        return {str(key) for key in expected.keys() | now.keys() if expected.get(key) != now.get(key)}
