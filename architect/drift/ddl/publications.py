"""Publications and what they publish."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import statement

_OPERATIONS = ("insert", "update", "delete", "truncate")
_GENERATED = {"s": "stored", None: "none", "n": "none"}


def _options(fact: Fact, sides: Sides) -> str:
    detail = fact.detail
    published = ", ".join(name for name in _OPERATIONS if detail[name])
    root = str(bool(detail["via_root"])).lower()
    words = f"publish = {n.text(published)}, publish_via_partition_root = {root}"
    if sides.version >= 180000:
        words += f", publish_generated_columns = {_GENERATED.get(detail.get('generated'), 'none')}"
    return words


def _owner(fact: Fact) -> Statements:
    sql = f"alter publication {n.ident(fact.key.name)} owner to {n.role(fact.detail['owner'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _mighty(fact: Fact) -> list[str]:
    return [hz.SUPERUSER] if fact.detail["all_tables"] else []


def _create(fact: Fact, sides: Sides) -> Statements:
    what = " for all tables" if fact.detail["all_tables"] else ""
    sql = f"create publication {n.ident(fact.key.name)}{what} with ({_options(fact, sides)})"
    return [statement(fact.key, sql, hz.AUTHZ, *_mighty(fact)), *_owner(fact)]


def _drop(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop publication {n.ident(fact.key.name)}", hz.AUTHZ)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if any(old.get(word) != new.get(word) for word in ("all_tables", "all_sequences")):
        return None
    found: Statements = []
    if _options(before, sides) != _options(after, sides):
        sql = f"alter publication {n.ident(after.key.name)} set ({_options(after, sides)})"
        found.append(statement(after.key, sql))
    return [*found, *(_owner(after) if old["owner"] != new["owner"] else [])]


PUBLICATION = Noun(Phase.PUBLICATION, _create, _drop, _alter)


def _add_table(fact: Fact, sides: Sides) -> Statements:
    sql = f"alter publication {n.ident(fact.detail['publication'])} add table {n.of_table(fact)}"
    if fact.detail["columns"]:
        sql += f" ({', '.join(n.ident(name) for name in fact.detail['columns'])})"
    if fact.detail["filter"] is not None:
        sql += f" where ({fact.detail['filter']})"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _drop_table(fact: Fact, sides: Sides) -> Statements:
    sql = f"alter publication {n.ident(fact.detail['publication'])} drop table {n.of_table(fact)}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _inside_table(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [
        Key("publication", "", fact.detail["publication"]),
        Key("table", fact.key.schema, str(fact.detail["table"])),
    ]


PUBLICATION_TABLE = Noun(Phase.PUBLICATION + 1, _add_table, _drop_table, inside=_inside_table, early=True)


def _add_schema(fact: Fact, sides: Sides) -> Statements:
    name = n.ident(fact.detail["publication"])
    sql = f"alter publication {name} add tables in schema {n.ident(fact.detail['schema'])}"
    return [statement(fact.key, sql, hz.AUTHZ, hz.SUPERUSER)]


def _drop_schema(fact: Fact, sides: Sides) -> Statements:
    name = n.ident(fact.detail["publication"])
    sql = f"alter publication {name} drop tables in schema {n.ident(fact.detail['schema'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _inside_schema(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [Key("publication", "", fact.detail["publication"]), Key("schema", "", fact.detail["schema"])]


PUBLICATION_SCHEMA = Noun(Phase.PUBLICATION + 1, _add_schema, _drop_schema, inside=_inside_schema, early=True)
