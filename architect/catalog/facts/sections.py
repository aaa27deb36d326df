"""The queries that facts come from, put together to one statement.

A section is one query; its digest tells whether anything in it changed. Sections about rows that are
configuration are asked only where their table exists and all its rows can be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from architect.sql import load, query

FRAME = "catalog_facts"
FILES = ("tables", "routines", "server", "grants", "other", "census")
STATEMENT_TIMEOUT_S = 60.0
#: The table that a section about rows reads.
ROWS = {
    "bucket": "storage.buckets",
    "cron_job": "cron.job",
    "migration": "supabase_migrations.schema_migrations",
}
#: Queries that make facts of one kind together.
_UNITS = {"grant_lost": "grant", "system_grant": "grant"}
#: Kinds of facts that are not named like their section.
_KINDS = {
    "matview": "view",
    "domain": "type",
    "role_setting": "setting",
    "database_setting": "setting",
    "cast": "other",
    "operator": "other",
    "operator_class": "other",
    "operator_family": "other",
    "collation": "other",
    "conversion": "other",
    "access_method": "other",
    "language": "other",
    "transform": "other",
    "text_search_configuration": "other",
    "text_search_dictionary": "other",
    "text_search_parser": "other",
    "text_search_template": "other",
    "foreign_data_wrapper": "other",
    "foreign_server": "other",
}


class Section(NamedTuple):
    """One query with the columns kind, schema, name, detail; several may share a name."""

    name: str
    sql: str


def sections(states: Mapping[str, bool | None]) -> list[Section]:
    """What to ask a database whose tables of configuration are in ``states``: missing (None), readable or
    not."""
    asked = [
        Section(_UNITS.get(name, name), text)
        for file in FILES
        for name, text in load(f"{FRAME}_{file}").items()
    ]
    rows = load(f"{FRAME}_rows")
    return asked + [Section(name, rows[name]) for name, table in ROWS.items() if states.get(table)]


def section_of(kind: str) -> str:
    """The section whose query makes facts of ``kind``."""
    return _KINDS.get(kind, kind)


def settings(timeout_s: float = STATEMENT_TIMEOUT_S) -> str:
    """What starts a transaction of the sentinel: read only, of one moment, deparsing the same everywhere."""
    return query(FRAME, "settings").replace("/*timeout*/", f"{round(timeout_s * 1000)}ms")


def start() -> str:
    """One row: ``version``, ``place`` (a hash of the database's name), ``states`` of configuration tables."""
    frame = query(FRAME, "start")
    return frame.replace("/*states*/", query(f"{FRAME}_rows", "states"))


def digests(asked: Collection[Section]) -> str:
    """Rows ``section, count, digest``."""
    return _fill("digests", [_labelled(one, section=True) for one in asked])


def details(asked: Collection[Section], *, edges: bool) -> str:
    """Rows ``kind, schema, name, detail`` (JSON text); dependencies as rows of kind ``#edge``."""
    parts = [_labelled(one, section=False) for one in asked]
    if edges:
        parts.append(query(f"{FRAME}_edges", "edges"))
    return _fill("facts", parts, named=edges)


def _labelled(one: Section, *, section: bool) -> str:
    label = f"'{one.name}', " if section else ""
    return (
        f"select {label}x.kind::text, x.schema::text, x.name::text, x.detail::text\n"
        f"from (\n{one.sql}\n) as x (kind, schema, name, detail)"
    )


def _fill(frame: str, parts: list[str], *, named: bool = False) -> str:
    scope = query(f"{FRAME}_scope", "scope")
    if named:
        scope += ",\n" + query(f"{FRAME}_edges", "named")
    return query(FRAME, frame).replace("/*scope*/", scope).replace("/*facts*/", "\nunion all\n".join(parts))
