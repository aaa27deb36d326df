"""The SQL for hosted Supabase: as recorded, free of secrets, and doing what it says on a real Postgres.

The Iceberg wrapper itself cannot run here, so ``postgres_fdw`` stands in for it. Every other line of the
script is the real one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from architect.analytics import WrappersTarget, wrappers_sql
from architect.analytics.wrappers import columns
from architect.embedded.platform.statements import transaction_control
from tests.fixtures.cluster import Database

GOLDEN = Path(__file__).parent / "golden" / "wrappers.sql"
TARGET = WrappersTarget.hosted("abcdefghijklmnopqrst", "vibe-analytics")
SECRETS = (TARGET.token_secret, TARGET.access_key_id_secret, TARGET.secret_access_key_secret)

Connection = psycopg.Connection[Any]


def test_the_script_is_as_recorded() -> None:
    assert wrappers_sql(TARGET) == GOLDEN.read_text(encoding="utf-8")


def test_the_script_has_no_transaction_control_and_no_open_placeholder() -> None:
    script = wrappers_sql(TARGET)
    assert transaction_control(script) is None
    assert re.search(r""":['"][a-z]+['"]|:state""", script) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"bucket": "x'; drop schema public; --"},
        {"bucket": "UPPER"},
        {"storage_url": "file:///etc/passwd"},
        {"storage_url": "https://x.supabase.co/'||pg_sleep(9)||'"},
        {"schema_name": 'a"b'},
        {"server": "x;y"},
        {"token_secret": "name with blanks"},
        {"table": ""},
        {"unknown": 1},
    ],
)
def test_nothing_but_names_gets_into_the_script(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WrappersTarget.model_validate({**TARGET.model_dump(), **bad})


def stand_in(script: str) -> str:
    """The script for ``postgres_fdw``: another extension, and no import option that only Iceberg has."""
    changed = script.replace("extension if not exists wrappers", "extension if not exists postgres_fdw")
    changed = re.sub(r"\n\s+options \(strict 'true'\);", ";", changed)
    assert changed.count("postgres_fdw") == 1
    assert "strict" not in changed
    return changed


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """A database with a Vault, a remote schema ``demo`` and a wrapper that takes any option."""
    own_types = ", ".join(f'"{name}" {kind}' for name, kind in columns().items())
    with database.connect("supabase_admin") as conn:
        conn.execute("create schema if not exists extensions")
        conn.execute("create extension if not exists postgres_fdw with schema extensions")
        conn.execute(
            "create function extensions.iceberg_fdw_handler() returns fdw_handler"
            " as '$libdir/postgres_fdw', 'postgres_fdw_handler' language c strict"
        )
        conn.execute(
            "create function extensions.iceberg_fdw_validator(text[], oid) returns void language plpgsql"
            " as 'begin end'"
        )
        conn.execute("create schema if not exists vault")
        conn.execute(
            "create table if not exists vault.secrets (id uuid default gen_random_uuid(), name text)"
        )
        for name in SECRETS:
            conn.execute("insert into vault.secrets (name) values (%s)", (name,))
        conn.execute("create schema demo")
        conn.execute(psycopg.sql.SQL("create table demo.flights ({})").format(psycopg.sql.SQL(own_types)))
        yield conn


def connect_server(conn: Connection, database: Database) -> None:
    """Make the server as an older run would have left it, with a mapping that leads back to this database."""
    state = database.cluster.state
    conn.execute(
        "create foreign data wrapper iceberg_wrapper handler extensions.iceberg_fdw_handler"
        " validator extensions.iceberg_fdw_validator"
    )
    conn.execute(
        "create server analytics_iceberg foreign data wrapper iceberg_wrapper"
        " options (warehouse 'an-older-bucket', stale 'option')"
    )
    options = {
        "host": "127.0.0.1",
        "port": str(state.postgres_port),
        "dbname": database.name,
        "user": "supabase_admin",
        "password": state.passwords["supabase_admin"],
    }
    listed = psycopg.sql.SQL(", ").join(
        psycopg.sql.SQL("{} {}").format(psycopg.sql.Identifier(k), psycopg.sql.Literal(v))
        for k, v in options.items()
    )
    conn.execute(
        psycopg.sql.SQL(
            "create user mapping for supabase_admin server analytics_iceberg options ({})"
        ).format(listed)
    )


def server_options(conn: Connection) -> dict[str, str]:
    rows = conn.execute(
        "select o.option_name, o.option_value from pg_foreign_server, pg_options_to_table(srvoptions) o"
        " where srvname = 'analytics_iceberg'"
    )
    return dict(rows.fetchall())


def schema_oid(conn: Connection, name: str = "analytics") -> int | None:
    row = conn.execute("select to_regnamespace(%s)::oid::int", (name,)).fetchone()
    return row[0] if row else None


def test_the_table_is_attached_for_the_service_role_only(conn: Connection, database: Database) -> None:
    connect_server(conn, database)
    conn.execute("insert into demo.flights (year, month, day, carrier) values (2013, 1, 1, 'UA')")
    conn.execute(stand_in(wrappers_sql(TARGET)))
    conn.execute("set role service_role")
    # A mapping belongs to one user; that service_role gets as far as to miss it shows that the grants let it.
    with pytest.raises(psycopg.errors.UndefinedObject, match="user mapping"):
        conn.execute("select * from analytics.flights")
    conn.execute("reset role")
    assert conn.execute("select year, carrier from analytics.flights").fetchall() == [(2013, "UA")]
    for role in ("anon", "authenticated"):
        conn.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from analytics.flights")
        conn.execute("reset role")


def test_the_server_is_brought_to_the_wanted_options_without_secrets(
    conn: Connection, database: Database
) -> None:
    connect_server(conn, database)
    conn.execute(stand_in(wrappers_sql(TARGET)))
    rows = dict(conn.execute("select name, id::text from vault.secrets").fetchall())
    assert server_options(conn) == {
        "catalog_uri": "https://abcdefghijklmnopqrst.supabase.co/storage/v1/iceberg",
        "s3.endpoint": "https://abcdefghijklmnopqrst.supabase.co/storage/v1/s3",
        "warehouse": "vibe-analytics",
        "region_name": "us-east-1",
        "vault_token": rows[TARGET.token_secret],
        "vault_aws_access_key_id": rows[TARGET.access_key_id_secret],
        "vault_aws_secret_access_key": rows[TARGET.secret_access_key_secret],
    }


def test_a_second_run_changes_nothing_and_a_changed_target_swaps(
    conn: Connection, database: Database
) -> None:
    connect_server(conn, database)
    conn.execute(stand_in(wrappers_sql(TARGET)))
    first = schema_oid(conn)
    conn.execute(stand_in(wrappers_sql(TARGET)))
    assert schema_oid(conn) == first
    moved = TARGET.model_copy(update={"bucket": "another-bucket"})
    conn.execute(stand_in(wrappers_sql(moved)))
    assert schema_oid(conn) != first
    assert schema_oid(conn, "analytics_next") is None
    assert server_options(conn)["warehouse"] == "another-bucket"


def test_a_missing_secret_stops_it_before_anything_is_made(conn: Connection) -> None:
    conn.execute("delete from vault.secrets where name = %s", (TARGET.token_secret,))
    with pytest.raises(psycopg.errors.RaiseException, match="analytics_catalog_token") as raised:
        conn.execute(stand_in(wrappers_sql(TARGET)))
    assert "vault.create_secret" in (raised.value.diag.message_hint or "")
    assert schema_oid(conn) is None
    assert server_options(conn) == {}


def test_a_failed_import_leaves_nothing_behind(conn: Connection) -> None:
    # No user mapping: the server can be made, the import cannot reach anything.
    with pytest.raises(psycopg.errors.UndefinedObject, match="user mapping"):
        conn.execute(stand_in(wrappers_sql(TARGET)))
    assert schema_oid(conn) is None
    assert server_options(conn) == {}


def test_other_columns_are_named_and_what_was_attached_stays(conn: Connection, database: Database) -> None:
    connect_server(conn, database)
    conn.execute(stand_in(wrappers_sql(TARGET)))
    before = schema_oid(conn)
    conn.execute("alter table demo.flights rename column tailnum to registration")
    conn.execute("alter table demo.flights alter column distance type bigint")
    moved = TARGET.model_copy(update={"bucket": "another-bucket"})
    with pytest.raises(
        psycopg.errors.RaiseException, match="distance: wanted integer, found bigint"
    ) as raised:
        conn.execute(stand_in(wrappers_sql(moved)))
    assert "registration: wanted nothing, found text" in str(raised.value)
    assert schema_oid(conn) == before
    assert server_options(conn)["warehouse"] == "vibe-analytics"


def test_a_schema_of_somebody_else_is_not_replaced(conn: Connection, database: Database) -> None:
    connect_server(conn, database)
    conn.execute("create schema analytics; create table analytics.precious (n int)")
    with pytest.raises(psycopg.errors.RaiseException, match="is not ours"):
        conn.execute(stand_in(wrappers_sql(TARGET)))
    assert conn.execute("select to_regclass('analytics.precious')").fetchone() is not None
