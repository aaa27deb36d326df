"""A server that drifts: plain Postgres with the healthy database and a copy of it, which is changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import DsnReader
from architect.drift.check import check
from architect.drift.clone.scratch import Scratch
from architect.drift.report import Report
from tests.fixtures.cluster import temporary_home

BASE = Path(__file__).with_name("base.sql")
HEALTHY, COPY = "healthy", "changed"


class Guarded:
    """The healthy database, what is expected of it, and the copy that is changed."""

    def __init__(self, server: Scratch) -> None:
        self.server = server
        server.create_database(HEALTHY)
        with server.connect(HEALTHY) as connection:
            connection.execute(BASE.read_text(encoding="utf-8"))
        with DsnReader(server.dsn(HEALTHY)) as reader:
            self.baseline = Baseline.of(read(reader))
        self._reader = DsnReader(server.dsn(COPY))

    def check(self) -> Report:
        """A check of the copy; the clone that proves fixes has tests of its own."""
        return check(self._reader, self.baseline, prove=False)

    def renew(self) -> None:
        """Make the copy anew."""
        self._reader.close()
        self.server.drop_database(COPY)
        self.server.create_database(COPY, template=HEALTHY)

    def connect(self) -> psycopg.Connection[Any]:
        """An autocommit connection to the copy as a superuser."""
        return self.server.connect(COPY)

    def close(self) -> None:
        """End what reads the copy."""
        self._reader.close()


@contextlib.contextmanager
def guarded() -> Iterator[Guarded]:
    """A server of its own, so that what happens to its roles happens to nobody else."""
    with temporary_home() as home, Scratch(root=home / "scratch") as server:
        healthy = Guarded(server)
        try:
            healthy.renew()
            yield healthy
        finally:
            healthy.close()
