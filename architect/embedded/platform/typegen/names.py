"""TypeScript names of Postgres types."""

from __future__ import annotations

import json
from collections.abc import Iterable

from architect.embedded.platform.typegen.catalog import Catalog, Relation

_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric")
_STRINGS = (
    "bytea", "bpchar", "varchar", "date", "text", "citext", "time", "timetz", "timestamp", "timestamptz",
    "uuid", "vector", "interval",
)  # fmt: skip
_PLAIN = {
    "bool": "boolean",
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_STRINGS, "string"),
    "json": "Json",
    "jsonb": "Json",
    "void": "undefined",
    "record": "Record<string, unknown>",
}


def quoted(text: str) -> str:
    """A string literal."""
    return json.dumps(text, ensure_ascii=False)


def one_of(values: Iterable[str]) -> str:
    """A union of string literals."""
    return " | ".join(map(quoted, values))


def type_of(catalog: Catalog, format: str, schema: str) -> str:
    """The TypeScript type of ``format``, the name of a type that is looked for in ``schema`` first."""
    if format in _PLAIN:
        return _PLAIN[format]
    if format.startswith("_"):
        return f"({type_of(catalog, format[1:], schema)})[]"
    named = catalog.types_named(format)
    for kind, found in (
        ("Enums", [t for t in named if t.enums]),
        ("CompositeTypes", [t for t in named if t.attributes]),
    ):
        if found:
            type_ = next((t for t in found if t.schema == schema), found[0])
            if type_.schema in catalog.schemas:
                return f"Database[{quoted(type_.schema)}]['{kind}'][{quoted(type_.name)}]"
            return one_of(type_.enums) if type_.enums else "unknown"
    path = relation_path(catalog, format, schema)
    return f"{path}['Row']" if path else "unknown"


def type_by_id(catalog: Catalog, id_: int) -> str:
    """The TypeScript type of the type with this OID."""
    found = catalog.types.get(id_)
    return "unknown" if found is None else type_of(catalog, found.name, found.schema)


def relation_path(catalog: Catalog, name: str, schema: str) -> str | None:
    """Where the types say what a row of this table or view is."""
    found = [relation for relation in catalog.relations.values() if relation.name == name]
    relation = next((r for r in found if r.schema == schema), found[0] if found else None)
    return None if relation is None else _path(relation)


def _path(relation: Relation) -> str:
    kind = "Views" if relation.is_view else "Tables"
    return f"Database[{quoted(relation.schema)}]['{kind}'][{quoted(relation.name)}]"


def nullable(type_: str, may_be_null: bool) -> str:
    """``type_`` as the type of a value that may or may not be NULL."""
    if type_ == "Json" and not may_be_null:
        return "NonNullable<Json>"
    return type_ if type_ == "unknown" or not may_be_null else f"{type_} | null"
