"""Migrations are applied whole or not at all, once each, and never behind the ledger's back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from architect import migrations
from architect.cli import db
from architect.errors import InputError, MigrationError
from tests.fixtures.cluster import Database

FIRST, SECOND = "20260101000000_first.sql", "20260102000000_second.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations and a seed."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "migrations" / FIRST).write_text("create table public.one (id int primary key);\n")
    (tmp_path / "migrations" / SECOND).write_text(
        "-- more\nalter table public.one add column name text;\ncreate index on public.one (name);\n"
    )
    (tmp_path / "seeds" / "001_one.sql").write_text(
        "insert into public.one values (1, 'a') on conflict do nothing;\n"
    )
    return tmp_path


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def ledger(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select version, name, statements from supabase_migrations.schema_migrations order by version"
    ).fetchall()


def tables(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    return {name for (name,) in rows}


def test_files_are_applied_in_order_and_recorded_as_the_cli_does(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    done = migrations.push(database.dsn(), folder)
    assert done == [f"migrations/{FIRST}", f"migrations/{SECOND}", "seeds/001_one.sql"]
    assert ledger(connection) == [
        ("20260101000000", "first", ["create table public.one (id int primary key)"]),
        (
            "20260102000000",
            "second",
            ["-- more\nalter table public.one add column name text", "create index on public.one (name)"],
        ),
    ]
    assert migrations.push(database.dsn(), folder) == []
    assert connection.execute("select id from public.one").fetchall() == [(1,)]


def test_a_dry_run_changes_nothing(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    todo = migrations.pending(database.dsn(), folder)
    assert len(todo.migrations) == 2
    assert len(todo.seeds) == 1
    assert tables(connection) == set()
    assert ledger(connection) == []


@pytest.mark.parametrize(
    ("text", "line", "statement", "message"),
    [
        ("create table public.two (id int);\n\n-- why\nselect *\n  from nowhere;\n", 5, 2, "nowhere"),
        ("create table public.two (id int);\nselec 1;\n", 2, 2, "syntax error"),
        ("create table public.two (id int primary key);\ninsert into public.two values (1);\n\n"
         "/* twice */ insert into public.two values (1);\n", 4, 3, "duplicate key"),
        ("create table public.two (id int);\n"
         "do $$ begin\n  raise exception 'no; way';\nend $$;\n", 2, 2, "no; way"),
        ("create table public.two (id int);\n"
         "create index concurrently on public.two (id);\n", 2, 2, "CONCURRENTLY"),
        ("create table public.two (id int);\ninsert into public.two values ('x", 2, 2, "unterminated"),
    ],
    ids=["unknown", "syntax", "data", "raised", "concurrently", "unterminated"],
)  # fmt: skip
def test_a_failing_file_leaves_nothing_and_names_the_place(
    database: Database,
    connection: psycopg.Connection[Any],
    folder: Path,
    text: str,
    line: int,
    statement: int,
    message: str,
) -> None:
    bad = folder / "migrations" / "20260103000000_bad.sql"
    bad.write_text(text)
    with pytest.raises(MigrationError, match=message) as caught:
        migrations.push(database.dsn(), folder)
    details = caught.value.details
    assert (details["file"], details["line"], details["statement"]) == (
        f"migrations/{bad.name}",
        line,
        statement,
    )
    assert tables(connection) == {"one"}
    assert len(ledger(connection)) == 2
    bad.write_text("create table public.two (id int);\n")
    assert migrations.push(database.dsn(), folder) == [f"migrations/{bad.name}", "seeds/001_one.sql"]


@pytest.mark.parametrize("control", ["begin;", "commit;", "ROLLBACK;", "start transaction;", "end;"])
def test_a_file_that_ends_its_own_transaction_is_refused_before_anything_runs(
    database: Database, connection: psycopg.Connection[Any], folder: Path, control: str
) -> None:
    (folder / "migrations" / "20260103000000_bad.sql").write_text(
        f"create table public.two (id int);\n{control}\n"
    )
    with pytest.raises(MigrationError, match="transaction"):
        migrations.push(database.dsn(), folder)
    assert tables(connection) == set()


def test_a_changed_file_is_reported(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    migrations.push(database.dsn(), folder)
    (folder / "migrations" / SECOND).write_text("-- more\nalter table public.one add column name text;\n")
    (folder / "migrations" / "20260103000000_next.sql").write_text("create table public.two (id int);\n")
    with pytest.raises(MigrationError, match="changed after it was applied") as caught:
        migrations.push(database.dsn(), folder)
    assert caught.value.details == {"file": f"migrations/{SECOND}", "statement": 2}
    assert tables(connection) == {"one"}


def test_a_missing_or_late_file_is_reported(database: Database, folder: Path) -> None:
    migrations.push(database.dsn(), folder)
    late = folder / "migrations" / "20260101120000_late.sql"
    late.write_text("select 1;\n")
    with pytest.raises(MigrationError, match="older than"):
        migrations.push(database.dsn(), folder)
    late.unlink()
    (folder / "migrations" / SECOND).unlink()
    with pytest.raises(MigrationError, match="the folder has not"):
        migrations.push(database.dsn(), folder)


@pytest.mark.parametrize("name", ["init.sql", "2026_short.sql", "20260103000000.sql", "20260103000000_Ä.sql"])
def test_a_misnamed_file_is_refused(database: Database, folder: Path, name: str) -> None:
    (folder / "migrations" / name).write_text("select 1;\n")
    with pytest.raises(MigrationError, match="not that of a migration"):
        migrations.push(database.dsn(), folder)


def test_a_seed_runs_again_only_when_it_changed(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    migrations.push(database.dsn(), folder, seed=False)
    assert connection.execute("select id from public.one").fetchall() == []
    migrations.push(database.dsn(), folder)
    connection.execute("delete from public.one")
    assert migrations.push(database.dsn(), folder) == []
    (folder / "seeds" / "001_one.sql").write_text("insert into public.one values (2, 'b');\n")
    assert migrations.push(database.dsn(), folder) == ["seeds/001_one.sql"]
    assert connection.execute("select id from public.one").fetchall() == [(2,)]


def test_what_one_file_sets_does_not_reach_the_next(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    (folder / "migrations" / FIRST).write_text("set search_path = extensions;\nset role service_role;\n")
    (folder / "migrations" / SECOND).write_text("create table one (id int, name text);\n")
    migrations.push(database.dsn(), folder, seed=False)
    assert tables(connection) == {"one"}


def test_two_pushes_at_once_apply_each_file_once(database: Database, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: migrations.push(database.dsn(), folder), range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 3]


def test_the_control_plane_can_be_pushed_as_postgres_and_again(
    database: Database, connection: psycopg.Connection[Any]
) -> None:
    done = migrations.push(database.dsn("postgres"))
    assert done[-1] == "seeds/001_local_tenant.sql"
    assert migrations.push(database.dsn("postgres")) == []
    assert connection.execute("select name from public.tenants").fetchall() == [("Local",)]


def test_a_database_without_the_ledger_gets_one(
    database: Database, connection: psycopg.Connection[Any], folder: Path
) -> None:
    with database.connect("supabase_admin") as admin:
        admin.execute("drop schema supabase_migrations cascade")
        admin.execute(
            psycopg.sql.SQL("grant create on database {} to postgres").format(
                psycopg.sql.Identifier(database.name)
            )
        )
    migrations.push(database.dsn(), folder)
    assert len(ledger(connection)) == 2


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    db.register(app)
    return app


def test_the_command_pushes_and_says_what(
    database: Database, folder: Path, command: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_DATABASE", database.dsn())
    arguments = ["db", "push", "--database-url-env", "SOME_DATABASE", "--folder", str(folder)]
    dry = CliRunner().invoke(command, [*arguments, "--dry-run"], catch_exceptions=False)
    assert dry.stdout.split() == [f"migrations/{FIRST}", f"migrations/{SECOND}", "seeds/001_one.sql"]
    assert CliRunner().invoke(command, arguments, catch_exceptions=False).stdout == dry.stdout
    again = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "Up to date" in again.stderr


def test_a_connection_string_is_never_an_argument(command: typer.Typer) -> None:
    for wrong in ("postgresql://u:p@h/d", "NOT_SET_ANYWHERE"):
        with pytest.raises(InputError):
            CliRunner().invoke(command, ["db", "push", "--database-url-env", wrong], catch_exceptions=False)


def test_the_password_is_in_no_error(database: Database, folder: Path) -> None:
    password = str(psycopg.conninfo.conninfo_to_dict(database.dsn())["password"])
    (folder / "migrations" / SECOND).write_text(f"select '{password}' from nowhere;\n")
    shutil.rmtree(folder / "seeds")
    for dsn in (database.dsn(), database.dsn().replace(f"/{database.name}", "/no_such_database")):
        with pytest.raises(MigrationError) as caught:
            migrations.push(dsn, folder)
        assert password not in str(caught.value.to_dict())
