"""DDL from facts: what brings a database from what is found to what is wanted, in either direction.

:func:`create` builds an empty database, :func:`alter` changes one. The statements are to run in their order
in one transaction: the first ones set what the others rely on.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.ddl.changes import Changes
from architect.drift.ddl.part import part
from architect.drift.ddl.script import script
from architect.drift.ddl.sides import Sides, catalog_of
from architect.drift.ddl.statement import Statement

__all__ = ["Statement", "alter", "create"]

#: What a database that was just created holds.
_NEW: dict[Key, dict[str, Any]] = {
    Key("schema", "", "public"): {"owner": "pg_database_owner"},
    Key("grant", "", "schema public: public"): {
        "object_kind": "schema",
        "object": "public",
        "grantee": "public",
        "privileges": {"USAGE": False},
    },
    Key("grant", "", "database this database: public"): {
        "object_kind": "database",
        "object": "this database",
        "grantee": "public",
        "privileges": {"CONNECT": False, "TEMPORARY": False},
    },
}
#: Names mean what they meant where they were read, and bodies may call what comes later.
_SETTINGS = ("set local search_path = ''", "set local check_function_bodies = off")


def create(snapshot: Snapshot, *, server_version_num: int | None = None) -> list[Statement]:
    """What makes an empty database hold these facts. Roles, which belong to the whole server, are made where
    they are missing and not changed.

    ``server_version_num`` is that of the server to build on, where it is not the one the facts come from.
    """
    version = server_version_num or snapshot.server_version_num
    return alter(Snapshot(version, {key: Fact(key, detail) for key, detail in _NEW.items()}), snapshot)


def alter(found: Snapshot, wanted: Snapshot, keys: Collection[Key] | None = None) -> list[Statement]:
    """What turns ``found`` into ``wanted``; with ``keys`` only those facts, and what cannot be left out then.

    The statements are written for the server that ``found`` was read from.
    """
    target = catalog_of(wanted) if keys is None else part(found, wanted, keys)
    sides = Sides(catalog_of(found), target, found.server_version_num)
    statements = script(Changes.between(sides))
    return [*map(Statement, _SETTINGS), *statements] if statements else []
