"""The pristine database ``template_supabase`` and the roles of the cluster.

Built under another name and renamed when complete, so that a killed build leaves nothing half-made. Its
comment holds a digest of everything it was made from; after an upgrade the template is built anew, and
environments that exist stay as they are.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, LiteralString, cast

import psycopg
from psycopg import sql

from architect.embedded import npm, runtime
from architect.embedded.lite_schema import lite_schema
from architect.sql import query

if TYPE_CHECKING:
    from architect.embedded.postgres import Cluster

NAME = "template_supabase"
DRAFT = "template_supabase_draft"
ROLES = "01_roles"
BEFORE_LITE = ("02_schemas", "03_realtime", "03_realtime_feed")
AFTER_LITE = ("04_after_lite", "04_claims", "05_schema_watch")
#: Databases of our own processes: name and owner. Plain ones, without Supabase's schemas.
PLAIN_DATABASES = (("platform", "platform"), ("prefect", "prefect"))


def ensure(cluster: Cluster) -> None:
    """Make sure of roles, passwords, the template and our own databases. Quick when all is there."""
    wanted = _digest()
    with cluster.connect() as conn:
        row = conn.execute(query("cluster", "template_version"), (NAME,)).fetchone()
        if row is not None and row[0] == wanted:
            return
        conn.execute(_script(ROLES))
        _set_passwords(conn, cluster.state.passwords)
        _build(cluster, conn, wanted)
        for name, owner in PLAIN_DATABASES:
            if not cluster.database_exists(name):
                cluster.create_database(name, template="template1", owner=owner)
    if not cluster.database_exists("control_plane"):
        cluster.create_database("control_plane", owner="control_plane")


def _build(cluster: Cluster, conn: psycopg.Connection[Any], version: str) -> None:
    cluster.drop_database(DRAFT)
    cluster.create_database(DRAFT, template="template0", owner="supabase_admin")
    with cluster.connect(DRAFT) as inside:
        for name in BEFORE_LITE:
            inside.execute(_script(name))
        inside.execute(cast("LiteralString", lite_schema(cluster.home)))
        for name in AFTER_LITE:
            inside.execute(_script(name))
    _run(conn, "set_template_version", name=sql.Identifier(DRAFT), version=sql.Literal(version))
    if cluster.database_exists(NAME):
        _run(conn, "open_template", name=sql.Identifier(NAME))
        cluster.drop_database(NAME)
    cluster.terminate(DRAFT)
    _run(conn, "rename_database", name=sql.Identifier(DRAFT), new_name=sql.Identifier(NAME))
    _run(conn, "close_template", name=sql.Identifier(NAME))


def _set_passwords(conn: psycopg.Connection[Any], passwords: dict[str, str]) -> None:
    for role, password in passwords.items():
        # Hashed here, so that no statement and no log ever holds the password.
        verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        _run(conn, "set_password", role=sql.Identifier(role), verifier=sql.Literal(verifier))


def _run(conn: psycopg.Connection[Any], block: str, **parts: sql.Composable) -> None:
    conn.execute(sql.SQL(query("cluster", block)).format(**parts))


def _script(name: str) -> LiteralString:
    text = files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return cast("LiteralString", text)


def _digest() -> str:
    digest = hashlib.sha256(npm.folder(runtime.runtime_dir()).name.encode())
    for name in (ROLES, *BEFORE_LITE, *AFTER_LITE):
        digest.update(_script(name).encode())
    return digest.hexdigest()
