"""Replays a ledger into a scratch database on the embedded Postgres and tells what came of it."""

from __future__ import annotations

import contextlib
import secrets
import time
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg

from architect.catalog import fingerprint
from architect.embedded.postgres import Cluster
from architect.errors import LedgerMismatch
from architect.provision.ledger_differences import Facts
from architect.sql import query

#: Seconds after which a scratch database is one that a killed process left behind.
ABANDONED_S = 900
#: Errors that a hosted project's own extensions, functions, schemas and rights would not have caused: no such
#: feature, file, function, schema, type; not allowed.
HOSTED_ONLY = frozenset({"0A000", "58P01", "42883", "3F000", "42704", "42501"})


@dataclass(frozen=True, slots=True)
class Script:
    """One migration as the ledger holds it."""

    version: str
    name: str | None
    statements: tuple[str, ...]


def facts(cluster: Cluster, scripts: list[Script], *, hosted: bool) -> Facts | str:
    """Catalog facts of an empty project after ``scripts``; in words why it cannot be told from here.

    Raises :class:`LedgerMismatch` when one of them does not replay.
    """
    _sweep(cluster)
    scratch = f"scratch_{int(time.time())}_{secrets.token_hex(6)}"
    cluster.create_database(scratch)
    try:
        with psycopg.connect(cluster.dsn(scratch, "postgres"), autocommit=True) as connection:
            for script in scripts:
                try:
                    _replay(connection, script)
                except psycopg.Error as error:
                    said = error.diag.message_primary or str(error)
                    what = f"migration {script.version} ({script.name or 'no name'})"
                    if hosted and error.sqlstate in HOSTED_ONLY:
                        return f"{what} needs what only the hosted platform has: {said}"
                    if isinstance(error, psycopg.errors.DuplicateObject) and said.startswith("role "):
                        # Roles belong to all databases of a cluster: the project's own is in the way.
                        return f"{what} makes a role, which cannot be made twice: {said}"
                    raise LedgerMismatch(
                        f"The {what} does not replay: {said}", version=script.version, sqlstate=error.sqlstate
                    ) from error
            return fingerprint.facts(connection)
    finally:
        cluster.drop_database(scratch)


def _replay(connection: psycopg.Connection[Any], script: Script) -> None:
    try:
        with connection.transaction():
            _run(connection, script)
    except psycopg.errors.ActiveSqlTransaction:
        # Some statements, such as CREATE INDEX CONCURRENTLY, stand alone.
        _run(connection, script)


def _run(connection: psycopg.Connection[Any], script: Script) -> None:
    for statement in script.statements:
        connection.execute(cast("LiteralString", statement))


def _sweep(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        rows = connection.execute(query("ledger", "scratches")).fetchall()
    for (name,) in rows:
        if int(name.split("_")[1]) < time.time() - ABANDONED_S:
            # Another process may be about to do the same.
            with contextlib.suppress(psycopg.Error):
                cluster.drop_database(name)
