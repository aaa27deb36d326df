"""Schemas, extensions, extended statistics and the database itself."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.roles import block
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import cannot, statement


def _schema_owner(fact: Fact) -> Statements:
    sql = f"alter schema {n.ident(fact.key.name)} owner to {n.role(fact.detail['owner'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _create_schema(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"create schema {n.ident(fact.key.name)}"), *_schema_owner(fact)]


def _drop_schema(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop schema {n.ident(fact.key.name)}")]


def _alter_schema(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _schema_owner(after)


SCHEMA = Noun(Phase.SCHEMA, _create_schema, _drop_schema, _alter_schema)


def _create_extension(fact: Fact, sides: Sides) -> Statements:
    schema, version = n.ident(fact.detail["schema"]), n.text(fact.detail["version"])
    sql = f"create extension if not exists {n.ident(fact.key.name)} with schema {schema} version {version}"
    return [statement(fact.key, sql, hz.NOT_RESTORED, hz.SUPERUSER)]


def _drop_extension(fact: Fact, sides: Sides) -> Statements:
    # An extension may have tables of its own, and rows in them.
    sql = f"drop extension {n.ident(fact.key.name)}"
    return [statement(fact.key, sql, hz.DELETES_DATA, hz.IRREVERSIBLE, hz.UNTRACKABLE)]


def _alter_extension(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    name, old, new = n.ident(after.key.name), before.detail, after.detail
    found: Statements = []
    if old["version"] != new["version"]:
        sql = f"alter extension {name} update to {n.text(new['version'])}"
        found.append(statement(after.key, sql, hz.SUPERUSER))
    if old["schema"] != new["schema"]:
        sql = f"alter extension {name} set schema {n.ident(new['schema'])}"
        found.append(statement(after.key, sql, hz.UNTRACKABLE))
    if found:
        return found
    # A function of it was replaced, or it has another owner: only a new installation puts that right.
    return (
        [cannot(after.key, "it has to be installed anew, and is in use")]
        if sides.found.users[after.key]
        else None
    )


EXTENSION = Noun(Phase.EXTENSION, _create_extension, _drop_extension, _alter_extension)


def _statistics_owner(fact: Fact) -> Statements:
    name = n.qualified(fact.key.schema, fact.key.name)
    return [statement(fact.key, f"alter statistics {name} owner to {n.role(fact.detail['owner'])}")]


def _create_statistics(fact: Fact, sides: Sides) -> Statements:
    # Holds words about rows only, which the next `analyze` finds again.
    return [statement(fact.key, str(fact.detail["definition"])), *_statistics_owner(fact)]


def _drop_statistics(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop statistics {n.qualified(fact.key.schema, fact.key.name)}")]


def _alter_statistics(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return None if before.detail["definition"] != after.detail["definition"] else _statistics_owner(after)


def _inside_table(fact: Fact, catalog: Catalog) -> list[Key]:
    key = catalog.by_text.get(str(fact.detail["table"]))
    return [key] if key else []


STATISTICS = Noun(
    Phase.STATISTICS, _create_statistics, _drop_statistics, _alter_statistics, _inside_table, early=True
)


def _nothing(fact: Fact, sides: Sides) -> Statements:
    """A database is neither created nor dropped here."""
    return []


def _alter_database(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    found: Statements = []
    for word, action in (
        ("owner", f"owner to {n.role(new['owner'])}"),
        ("allow_connections", f"allow_connections {str(bool(new['allow_connections'])).lower()}"),
        ("connection_limit", f"connection limit {new['connection_limit']}"),
    ):
        if old[word] != new[word]:
            template = n.text(f"alter database %I {action.replace('%', '%%')}")
            body = f"execute pg_catalog.format({template}, pg_catalog.current_database());"
            found.append(block(after.key, body, hz.AUTHZ))
    return found


DATABASE = Noun(Phase.ROLE, _nothing, _nothing, _alter_database)
