"""Columns: type, default, not null, identity, generated."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import column_state, sequences
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import Statement, statement

#: A default or a generated value that uses these is set when they exist, after the table.
_LATER = ("function", "view", "matview")


def _waits_for_code(column: Fact, catalog: Catalog) -> bool:
    return any(used.kind in _LATER for used in catalog.uses[column.key])


def generated(column: Fact) -> bool:
    """Whether the value is computed from other columns."""
    return bool(column.detail.get("generated"))


def waits(column: Fact, catalog: Catalog) -> bool:
    """Whether the column cannot be part of ``create table``: what computes it comes after tables."""
    return generated(column) and _waits_for_code(column, catalog)


def _table_key(fact: Fact) -> Key:
    return Key("table", fact.key.schema, str(fact.detail["table"]))


def _has_identity(column: Fact, sides: Sides) -> bool:
    # A partition gets the identity of its parent.
    return bool(column.detail.get("identity")) and not sides.wanted.partition(
        column.key.schema, str(column.detail["table"])
    )


def definition(column: Fact, sides: Sides) -> str:
    """The column as ``create table`` and ``add column`` write it; a default that waits is left out."""
    detail = column.detail
    sql = f"{n.ident(n.last(column))} {detail['type']}"
    if detail.get("collation"):
        sql += f" collate {detail['collation']}"
    if generated(column):
        kept = "virtual" if detail["generated"] == "v" else "stored"
        sql += f" generated always as ({detail['default']}) {kept}"
    elif _has_identity(column, sides):
        sql += f" {_identity(column, sides)}"
    elif detail.get("default") is not None and not _waits_for_code(column, sides.wanted):
        sql += f" default {detail['default']}"
    return sql + (" not null" if detail["not_null"] else "")


def _identity(column: Fact, sides: Sides) -> str:
    how = "always" if column.detail["identity"] == "a" else "by default"
    sequence = sides.wanted.identity_sequences.get(column.key)
    options = f" ({sequences.identity_options(sequence)})" if sequence else ""
    return f"generated {how} as identity{options}"


def late(column: Fact, sides: Sides) -> Statements:
    """What ``create table`` leaves out: a default that waits, storage."""
    found = column_state.kept(None, column)
    if generated(column) or column.detail.get("default") is None:
        return found
    return [*found, *([_set_default(column)] if _waits_for_code(column, sides.wanted) else [])]


def _set_default(column: Fact) -> Statement:
    default = column.detail.get("default")
    action = "drop default" if default is None else f"set default {default}"
    return statement(column.key, _on(column, action, only=True), hz.ACCESS_EXCLUSIVE).at(Phase.DEFAULT)


def _on(column: Fact, action: str, only: bool = False) -> str:
    start = f"alter table {'only ' if only else ''}{n.of_table(column)}"
    return f"{start} alter column {n.ident(n.last(column))} {action}"


def _create(fact: Fact, sides: Sides) -> Statements:
    if not fact.detail.get("local", True):
        # Adding it to the parent adds it here.
        return late(fact, sides)
    sql = f"alter table {n.of_table(fact)} add column {definition(fact, sides)}"
    # A computed value comes back by itself.
    words = (hz.PERFORMANCE,) if generated(fact) else (hz.NOT_RESTORED,)
    added = statement(fact.key, sql, hz.ACCESS_EXCLUSIVE, *words)
    # Computed columns come behind the columns that they are computed from.
    return [added.at(Phase.COLUMN + 1) if generated(fact) else added, *late(fact, sides)]


def _drop(fact: Fact, sides: Sides) -> Statements:
    if not fact.detail.get("local", True):
        return []
    words = () if generated(fact) else (hz.DELETES_DATA, hz.IRREVERSIBLE)
    sql = f"alter table {n.of_table(fact)} drop column {n.ident(n.last(fact))}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE, *words)]


def retyped(before: Fact, after: Fact) -> bool:
    """Whether the type changes, which views, policies and triggers that use the column do not allow."""
    return any(before.detail.get(name) != after.detail.get(name) for name in ("type", "collation"))


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    if changed & {"generated"} or (generated(after) and "default" in changed):
        return None
    found: Statements = []
    if (changed & {"type", "collation"}) and new.get("local", True):
        found += _retype(before, after, sides)
    elif "default" in changed and not new.get("identity"):
        found.append(_set_default(after))
    if "not_null" in changed:
        found += _nullable(after)
    if "identity" in changed and not _partition(after, sides):
        found += _alter_identity(before, after, sides)
    if "local" in changed and not new["local"] and not _partition(after, sides):
        found.append(_inherit(after))
    return found + column_state.kept(before, after)


def _partition(column: Fact, sides: Sides) -> bool:
    """Whether it is in a partition, or was: attaching and detaching sees to its identity then."""
    place = column.key.schema, str(column.detail["table"])
    return sides.found.partition(*place) or sides.wanted.partition(*place)


def _inherit(column: Fact) -> Statement:
    """A column that was the table's own for a while is not the parent's again by `inherit`."""
    where = (
        f"attrelid = {n.text(n.of_table(column))}::pg_catalog.regclass and attname = {n.text(n.last(column))}"
    )
    sql = f"update pg_catalog.pg_attribute set attislocal = false where {where}"
    return statement(column.key, sql, hz.SUPERUSER).at(Phase.TABLE_STATE)


def _retype(before: Fact, after: Fact, sides: Sides) -> Statements:
    """The default is put aside: it may not be castable to the new type."""
    key, detail = after.key, after.detail
    found = []
    plain = not detail.get("identity") and not generated(after)
    if plain and before.detail.get("default") is not None:
        found.append(statement(key, _on(after, "drop default"), hz.ACCESS_EXCLUSIVE))
    collate = f" collate {detail['collation']}" if detail.get("collation") else ""
    using = "" if generated(after) else f" using {n.ident(n.last(after))}::{detail['type']}"
    sql = _on(after, f"type {detail['type']}{collate}{using}")
    # A narrower type cuts digits off or fails; what it cuts off does not come back.
    words = (hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE, hz.CORRECTNESS)
    found.append(statement(key, sql, *words))
    if plain and detail.get("default") is not None:
        found.append(_set_default(after))
    return found


def put_aside(column: Fact) -> Statement:
    """Takes the default off while what it calls is replaced."""
    return statement(column.key, _on(column, "drop default", only=True), hz.ACCESS_EXCLUSIVE)


def put_back(column: Fact) -> Statements:
    """The default that was put aside."""
    return [_set_default(column)] if column.detail.get("default") is not None else []


def move(before: Fact, after: Fact) -> Statements:
    """To a type that replaces one of the same name, by way of text."""
    kind = after.detail["type"]
    between = "text[]" if str(kind).endswith("[]") else "text"
    found = [put_aside(after)] if before.detail.get("default") is not None else []
    sql = _on(after, f"type {kind} using {n.ident(n.last(after))}::{between}::{kind}")
    found.append(statement(after.key, sql, hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE, hz.CORRECTNESS))
    return [*found, *put_back(after)]


def _nullable(after: Fact) -> Statements:
    if not after.detail["not_null"]:
        return [statement(after.key, _on(after, "drop not null"), hz.ACCESS_EXCLUSIVE)]
    words = (hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE, hz.CORRECTNESS)
    return [statement(after.key, _on(after, "set not null"), *words)]


def _alter_identity(before: Fact, after: Fact, sides: Sides) -> Statements:
    key = after.key
    if not after.detail.get("identity"):
        found = [statement(key, _on(after, "drop identity"), hz.ACCESS_EXCLUSIVE)]
        return [*found, _set_default(after)] if after.detail.get("default") is not None else found
    if not before.detail.get("identity"):
        found = []
        if before.detail.get("default") is not None:
            found.append(statement(key, _on(after, "drop default"), hz.ACCESS_EXCLUSIVE))
        found.append(statement(key, _on(after, f"add {_identity(after, sides)}"), hz.ACCESS_EXCLUSIVE))
        # The sequence starts anew, below the rows that are there.
        found.append(statement(key, _advance(after), hz.PERFORMANCE))
        return found
    how = "always" if after.detail["identity"] == "a" else "by default"
    return [statement(key, _on(after, f"set generated {how}"), hz.ACCESS_EXCLUSIVE)]


def _advance(column: Fact) -> str:
    table, name = n.of_table(column), n.last(column)
    sequence = f"pg_catalog.pg_get_serial_sequence({n.text(table)}, {n.text(name)})"
    return (
        f"select pg_catalog.setval({sequence}, pg_catalog.max({n.ident(name)})) from {table} "
        f"having pg_catalog.max({n.ident(name)}) is not null"
    )


def _inside(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [_table_key(fact)]


COLUMN = Noun(Phase.COLUMN, _create, _drop, _alter, _inside)
