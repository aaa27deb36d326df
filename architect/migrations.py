"""Applies the control plane's migrations and seeds, and keeps the same ledger as the Supabase CLI.

Each file is one transaction together with its row in the ledger: it is applied whole or not at all. Files and
ledger that disagree are reported before anything is changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg.rows import DictRow, dict_row

import architect
from architect.database import register_password
from architect.embedded.platform.statements import split, transaction_control
from architect.errors import MigrationError
from architect.sql import query

_FILE_NAME = re.compile(r"(?P<version>\d{14})_(?P<name>[a-z0-9_]+)\.sql")

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True)
class Script:
    """One SQL file, cut into its statements."""

    #: Path below the supabase folder, such as ``migrations/20261121090000_tenants.sql``.
    path: str
    #: 14 digits; "" for a seed.
    version: str
    name: str
    text: str
    statements: tuple[str, ...]

    @property
    def ledger_path(self) -> str:
        """How the CLI calls a seed in its ledger."""
        return f"supabase/{self.path}"

    @property
    def digest(self) -> str:
        """SHA-256 of the text, as the CLI records it for seeds."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def line(self, statement: int, offset: int | None) -> int:
        """The line, from 1, of character ``offset`` of a statement; of its first word when unknown."""
        start = 0
        for earlier in self.statements[:statement]:
            start = self.text.index(earlier, start) + len(earlier)
        start = self.text.index(self.statements[statement], start)
        if offset is None:
            offset = _first_word(self.statements[statement])
        return self.text.count("\n", 0, start + offset) + 1


@dataclass(frozen=True, slots=True)
class Pending:
    """What a push would do."""

    migrations: tuple[Script, ...]
    seeds: tuple[Script, ...]

    def paths(self) -> list[str]:
        return [script.path for script in (*self.migrations, *self.seeds)]


def control_plane_folder() -> Path:
    """The ``supabase`` folder of this repository."""
    return Path(architect.__file__).parent.parent / "supabase"


def push(dsn: str, folder: Path | None = None, *, seed: bool = True) -> list[str]:
    """Apply every migration that is not in the ledger, then every seed that is new or changed.

    Parameters
    ----------
    dsn
        Connection string of the role that owns the schema (``postgres`` on hosted Supabase).
    folder
        Holds ``migrations/`` and ``seeds/``; by default this repository's ``supabase``.

    Returns
    -------
    Paths of the applied files, relative to ``folder``, in order; empty when all was up to date.

    Raises
    ------
    MigrationError
        A file cannot be applied, changed after it was applied, or is missing. Files before it are kept, of
        the file itself nothing is.
    """
    done: list[str] = []
    with _locked(dsn) as connection:
        todo = _pending(connection, folder or control_plane_folder(), seed)
        _create_ledgers(connection)
        for script in todo.migrations:
            record = {"version": script.version, "name": script.name, "statements": list(script.statements)}
            _apply(connection, script, "record_migration", record)
            done.append(script.path)
        for script in todo.seeds:
            _apply(connection, script, "record_seed", {"path": script.ledger_path, "hash": script.digest})
            done.append(script.path)
    return done


def pending(dsn: str, folder: Path | None = None, *, seed: bool = True) -> Pending:
    """What :func:`push` would apply now; changes nothing. Raises ``MigrationError`` as it would."""
    with _locked(dsn) as connection:
        return _pending(connection, folder or control_plane_folder(), seed)


def read_folder(folder: Path) -> tuple[list[Script], list[Script]]:
    """The migrations and seeds of a folder in the order in which they run. Raises ``MigrationError``."""
    if not (folder / "migrations").is_dir():
        raise MigrationError(
            f"There is no folder {folder.name}/migrations.", hint="Run it from the repository."
        )
    migrations: list[Script] = []
    for path in sorted((folder / "migrations").glob("*.sql")):
        matched = _FILE_NAME.fullmatch(path.name)
        if not matched:
            raise MigrationError(
                f"The file name {path.name} is not that of a migration.",
                hint="Name it YYYYMMDDHHMMSS_what_it_does.sql.",
            )
        if migrations and migrations[-1].version == matched["version"]:
            raise MigrationError(
                f"Two migrations have the version {matched['version']}.", hint="Rename one of them."
            )
        migrations.append(_read(folder, path, matched["version"], matched["name"]))
    seeds = [_read(folder, path, "", path.stem) for path in sorted((folder / "seeds").glob("*.sql"))]
    return migrations, seeds


def _read(folder: Path, path: Path, version: str, name: str) -> Script:
    shown = path.relative_to(folder).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MigrationError(f"{shown} cannot be read: {error}.", file=shown) from error
    control = "NUL" if "\x00" in text else transaction_control(text)
    if control:
        raise MigrationError(
            f"{shown} contains {control}; every file is one transaction of its own.",
            hint="Take it out.",
            file=shown,
        )
    return Script(shown, version, name, text, tuple(split(text)))


@contextmanager
def _locked(dsn: str) -> Iterator[Connection]:
    """A connection that holds the lock of all pushes to that database."""
    register_password(dsn)
    try:
        connection = psycopg.connect(dsn, autocommit=True, row_factory=dict_row, connect_timeout=10)
    except psycopg.Error as error:
        raise MigrationError(
            f"The database cannot be reached: {str(error).splitlines()[0]}",
            hint="Is it running? `architect status`",
        ) from error
    with connection:
        try:
            connection.execute(query("migrations", "lock"))
            yield connection
            connection.execute(query("migrations", "unlock"))
        except psycopg.Error as error:
            raise MigrationError(f"The database refused: {str(error).splitlines()[0]}") from error


def _create_ledgers(connection: Connection) -> None:
    # CREATE SCHEMA IF NOT EXISTS asks for the right to create even when the schema is there.
    have = connection.execute(query("migrations", "ledgers")).fetchall()[0]
    for what in ("schema", "migrations", "seeds"):
        if not have[what]:
            connection.execute(query("migrations", f"create_{what}"))


def _pending(connection: Connection, folder: Path, seed: bool) -> Pending:
    migrations, seeds = read_folder(folder)
    have = connection.execute(query("migrations", "ledgers")).fetchall()[0]
    applied = connection.execute(query("migrations", "applied")).fetchall() if have["migrations"] else []
    seeded = connection.execute(query("migrations", "seeded")).fetchall() if have["seeds"] else []
    hashes = {row["path"]: row["hash"] for row in seeded}
    _compare(migrations, {row["version"]: row for row in applied})
    versions = {row["version"] for row in applied}
    return Pending(
        tuple(script for script in migrations if script.version not in versions),
        tuple(script for script in seeds if hashes.get(script.ledger_path) != script.digest) if seed else (),
    )


def _compare(files: list[Script], applied: dict[str, Any]) -> None:
    """Raise when files and ledger tell different histories."""
    known = {script.version: script for script in files}
    for version, row in applied.items():
        if version not in known:
            raise MigrationError(
                f"The database has migration {version}_{row['name']}, the folder has not.",
                hint="The database is newer than this checkout: update it, or push to another database.",
                version=version,
            )
        script = known[version]
        # Other tools may record no statements; only a recorded text can differ.
        if row["statements"] and list(script.statements) != list(row["statements"]):
            changed = _first_difference(script.statements, row["statements"])
            raise MigrationError(
                f"{script.path} was changed after it was applied (statement {changed}).",
                hint="Put the file back and write the change as a new migration.",
                file=script.path,
                statement=changed,
            )
    last = max(applied, default="")
    for script in files:
        if script.version < last and script.version not in applied:
            raise MigrationError(
                f"{script.path} is older than {last}, which is applied already.",
                hint="Give the file a newer timestamp.",
                file=script.path,
            )


def _first_difference(new: tuple[str, ...], old: list[str]) -> int:
    for number, (a, b) in enumerate(zip(new, old, strict=False), start=1):
        if a != b:
            return number
    return min(len(new), len(old)) + 1


def _apply(connection: Connection, script: Script, record: str, values: dict[str, Any]) -> None:
    done = 0
    try:
        with connection.transaction():
            connection.execute(query("migrations", "begin_file"))
            for statement in script.statements:
                # The text is a file of this repository, not anybody's input.
                connection.execute(cast("LiteralString", statement))
                done += 1
            connection.execute(query("migrations", "end_file"))
            connection.execute(query("migrations", record), values)
    except psycopg.Error as error:
        raise _failure(script, done, error) from error


def _failure(script: Script, number: int, error: psycopg.Error) -> MigrationError:
    text = (error.diag.message_primary or str(error)).strip()
    if number == len(script.statements):
        return MigrationError(f"{script.path} could not be recorded: {text}", file=script.path)
    position = error.diag.statement_position
    line = script.line(number, int(position) - 1 if position else None)
    return MigrationError(
        f"{script.path}, line {line} (statement {number + 1} of {len(script.statements)}): {text}",
        hint=error.diag.message_hint or "Nothing of this file was kept; mend it and push again.",
        file=script.path,
        statement=number + 1,
        line=line,
        sqlstate=error.sqlstate,
        detail=error.diag.message_detail,
    )


def _first_word(statement: str) -> int:
    """Characters of white space and line comments before the statement's first word."""
    matched = re.match(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", statement, re.S)
    return matched.end() if matched else 0
