"""What the generator knows of a database: relations, types, functions and keys, in their final order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection

from architect.embedded.platform import query
from architect.embedded.platform.typegen import views
from architect.embedded.platform.typegen.collation import key
from architect.sql import query as named

Row = dict[str, Any]
#: Schema, relation and columns at one end of a foreign key.
End = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    number: int
    name: str
    format: str
    type_schema: str
    nullable: bool
    is_identity: bool
    #: Never written: generated always, as identity or by an expression.
    is_computed: bool
    has_default: bool
    is_updatable: bool


@dataclass(frozen=True, slots=True)
class Relation:
    id: int
    schema: str
    name: str
    is_view: bool
    can_insert: bool
    can_update: bool
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Type:
    id: int
    name: str
    schema: str
    format: str
    relation_id: int | None
    enums: tuple[str, ...]
    attributes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key, or what it is between views of the two tables."""

    name: str
    schema: str
    relation: str
    columns: tuple[str, ...]
    one_to_one: bool
    referenced_schema: str
    referenced_relation: str
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of the schemas asked for; types are those of the whole database."""

    schemas: tuple[str, ...]
    relations: dict[int, Relation]
    types: dict[int, Type]
    relationships: tuple[Relationship, ...]
    functions: tuple[Row, ...]
    _by_name: dict[str, list[Type]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for type_ in self.types.values():
            self._by_name.setdefault(type_.name, []).append(type_)

    def types_named(self, name: str) -> list[Type]:
        """Every type of that name, in any schema."""
        return self._by_name.get(name, [])


async def load(dsn: str, schemas: list[str]) -> Catalog:
    """Read the catalog of ``schemas``. Raises :class:`ApiError` 503 when the database refuses."""
    async with query.connect(dsn) as conn:
        rows = {
            name: await _rows(conn, name, schemas)
            for name in ("schemas", "relations", "columns", "foreign_keys", "view_definitions", "functions")
        }
        rows["types"] = await _rows(conn, "types")
    known = views.read(rows["view_definitions"])
    types = sorted(rows["types"], key=lambda r: (key(r["schema"]), key(r["name"]), r["id"]))
    relations = _relations(rows["relations"], rows["columns"], known)
    return Catalog(
        schemas=tuple(sorted((r["name"] for r in rows["schemas"]), key=key)),
        relations=relations,
        types={r["id"]: _type(r) for r in types},
        relationships=_relationships(rows["foreign_keys"], relations, known, frozenset(schemas)),
        functions=tuple(r for r in rows["functions"] if r["result"] not in ("trigger", "event_trigger")),
    )


async def _rows(conn: AsyncConnection[Any], name: str, schemas: list[str] | None = None) -> list[Row]:
    parameters = None if schemas is None else [schemas]
    if parameters is not None and "$1" not in named("typegen", name):
        parameters = None
    return (await query.fetch(conn, named("typegen", name), parameters)).rows


def _relations(found: list[Row], columns: list[Row], known: views.Views) -> dict[int, Relation]:
    owned: dict[int, list[Column]] = {row["id"]: [] for row in found}
    is_view = {row["id"]: row["is_view"] for row in found}
    for row in sorted(columns, key=lambda r: key(r["name"])):
        relation, number = row["relation_id"], row["number"]
        sure = is_view[relation] and (row["said_not_null"] or known.not_null(relation, number))
        owned[relation].append(
            Column(
                number,
                row["name"],
                row["format"],
                row["type_schema"],
                nullable=row["nullable"] and not sure,
                is_identity=row["is_identity"],
                is_computed=row["is_computed"],
                has_default=row["has_default"],
                is_updatable=row["is_updatable"],
            )
        )
    ordered = sorted(found, key=lambda r: (key(r["schema"]), key(r["name"]), r["id"]))
    return {row["id"]: Relation(**row, columns=tuple(owned[row["id"]])) for row in ordered}


def _type(row: Row) -> Type:
    return Type(
        row["id"],
        row["name"],
        row["schema"],
        row["format"],
        row["relation_id"],
        tuple(row["enums"]),
        tuple((name, type_) for name, type_ in row["attributes"]),
    )


def _relationships(
    keys: list[Row], relations: dict[int, Relation], known: views.Views, wanted: frozenset[str]
) -> tuple[Relationship, ...]:
    found = []
    for row in keys:
        direct = row["schema"] in wanted
        own, other = _ends(row, relations, known)
        for number, end in enumerate(own):
            # A key between tables of other schemas only matters through the views made of its table.
            if number or direct:
                found += [Relationship(row["name"], *end, row["one_to_one"], *target) for target in other]
    return tuple(sorted(found, key=_relationship_key))


def _ends(row: Row, relations: dict[int, Relation], known: views.Views) -> tuple[list[End], list[End]]:
    """The table of each end, then every view that shows all columns of the key."""
    own = [(row["schema"], row["relation"], tuple(row["columns"]))]
    other = [(row["referenced_schema"], row["referenced_relation"], tuple(row["referenced_columns"]))]
    for view in relations.values():
        if view.is_view:
            names = {column.number: column.name for column in view.columns}
            for ends, table, numbers in (
                (own, row["relation_id"], row["numbers"]),
                (other, row["referenced_id"], row["referenced_numbers"]),
            ):
                for shown in known.showing(view.id, table, numbers):
                    ends.append((view.schema, view.name, tuple(names[number] for number in shown)))
    return own, other


def _relationship_key(r: Relationship) -> Any:
    def listed(names: tuple[str, ...]) -> Any:
        return key(json.dumps(names, ensure_ascii=False, separators=(",", ":")))

    return (
        key(r.name), key(r.referenced_relation), listed(r.referenced_columns), key(r.referenced_schema),
        key(r.schema), key(r.relation), listed(r.columns),
    )  # fmt: skip
