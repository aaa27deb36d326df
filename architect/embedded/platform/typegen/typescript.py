"""The TypeScript of a catalog, as ``supabase gen types`` writes it, and a little easier to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from architect.embedded.platform.typegen.catalog import Catalog, Column, Relation, Relationship
from architect.embedded.platform.typegen.functions import Function, Overload, SetOf, callable_functions
from architect.embedded.platform.typegen.helpers import helpers
from architect.embedded.platform.typegen.names import (
    nullable,
    one_of,
    quoted,
    relation_path,
    type_by_id,
    type_of,
)

JSON = "string | number | boolean | null | { [key: string]: Json | undefined } | Json[]"
EMPTY = "[_ in never]: never"
DEFAULT_SCHEMA = "public"


def render(catalog: Catalog) -> str:
    """The whole module."""
    functions = callable_functions(catalog)
    default = DEFAULT_SCHEMA
    if catalog.schemas and default not in catalog.schemas:
        default = catalog.schemas[0]
    schemas = [f"{quoted(name)}: {_schema(catalog, name, functions)}" for name in catalog.schemas]
    constants = [f"{quoted(name)}: {_constants(catalog, name)}" for name in catalog.schemas]
    return (
        _indent(
            f"export type Json = {JSON}\n\n"
            f"export type Database = {_braces(schemas)}\n\n"
            "type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>\n\n"
            f"type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, {quoted(default)}>]\n"
        )
        + f"\n{helpers()}\n"
        + _indent(f"export const Constants = {_braces(constants)} as const\n")
    )


def _schema(catalog: Catalog, schema: str, functions: list[Function]) -> str:
    relations = [r for r in catalog.relations.values() if r.schema == schema]
    own = [f for f in functions if f.schema == schema]
    types = [t for t in catalog.types.values() if t.schema == schema]
    parts = {
        "Tables": [_relation(catalog, r, own) for r in relations if not r.is_view],
        "Views": [_relation(catalog, r, own) for r in relations if r.is_view],
        "Functions": [f"{quoted(f.name)}:\n{_function(catalog, f)}" for f in own],
        "Enums": [f"{quoted(t.name)}: {one_of(t.enums)}" for t in types if t.enums],
        "CompositeTypes": [
            f"{quoted(t.name)}: {_braces(_attribute(catalog, *a) for a in t.attributes)}"
            for t in types
            if t.attributes
        ],
    }
    return _braces(["\n".join(f"{part}: {_braces(items or [EMPTY])}" for part, items in parts.items())])


def _attribute(catalog: Catalog, name: str, type_: int) -> str:
    return f"{quoted(name)}: {nullable(type_by_id(catalog, type_), True)}"


def _relation(catalog: Catalog, relation: Relation, functions: list[Function]) -> str:
    computed = [
        (function.name, overload)
        for function in functions
        for overload in [o for o in function.overloads if o.computed_for == relation][:1]
    ]
    row = [_column(catalog, c, optional=False, null=c.nullable) for c in relation.columns]
    row += [
        f"{quoted(name)}: {nullable(_returned(catalog, relation.schema, o), True)}" for name, o in computed
    ]
    keys = _braces((_relationship(r) for r in _relationships(catalog, relation)), "[]")
    parts = [
        f"Row: {_braces(row)}",
        f"ComputedFields: {one_of(name for name, _ in computed) or 'never'}",
        *_writes(catalog, relation),
        f"Relationships: {keys}",
    ]
    return f"{quoted(relation.name)}: {{\n" + "\n".join(parts) + "\n}"


def _writes(catalog: Catalog, relation: Relation) -> list[str]:
    if not relation.is_view:
        shapes: dict[str, Callable[[Column], str]] = {
            "Insert": lambda c: _table_column(catalog, c, c.nullable or c.is_identity or c.has_default),
            "Update": lambda c: _table_column(catalog, c, True),
        }
    else:
        shapes = {}
        if relation.can_insert:
            shapes["Insert"] = lambda c: _view_column(catalog, c)
        if relation.can_update:
            shapes["Update"] = lambda c: _view_column(catalog, c)
    return [f"{name}: {_braces(map(shape, relation.columns))}" for name, shape in shapes.items()]


def _table_column(catalog: Catalog, column: Column, optional: bool) -> str:
    if column.is_computed:
        return f"{quoted(column.name)}?: never"
    return _column(catalog, column, optional=optional, null=column.nullable)


def _view_column(catalog: Catalog, column: Column) -> str:
    if not column.is_updatable:
        return f"{quoted(column.name)}?: never"
    return _column(catalog, column, optional=True, null=True)


def _column(catalog: Catalog, column: Column, *, optional: bool, null: bool) -> str:
    type_ = type_of(catalog, column.format, column.type_schema)
    return f"{quoted(column.name)}{'?' if optional else ''}: {nullable(type_, null)}"


def _relationships(catalog: Catalog, relation: Relation) -> list[Relationship]:
    return [
        r
        for r in catalog.relationships
        if (r.schema, r.relation) == (relation.schema, relation.name)
        and r.referenced_schema == relation.schema
    ]


def _relationship(r: Relationship) -> str:
    return (
        "{\n"
        f"foreignKeyName: {quoted(r.name)}\n"
        f"columns: [{_names(r.columns)}]\n"
        f"isOneToOne: {_boolean(r.one_to_one)}\n"
        f"referencedRelation: {quoted(r.referenced_relation)}\n"
        f"referencedColumns: [{_names(r.referenced_columns)}]\n"
        "}"
    )


def _function(catalog: Catalog, function: Function) -> str:
    return " |\n".join(_signature(catalog, function.schema, overload) for overload in function.overloads)


def _signature(catalog: Catalog, schema: str, overload: Overload) -> str:
    arguments = ", ".join(_argument(catalog, a) for a in overload.arguments)
    passed = f"{{ {arguments} }}" if arguments else "Record<PropertyKey, never>"
    if overload.error is not None:
        returned = f"{{ error: true }} & {quoted(overload.error)}"
    else:
        one = overload.set_of is not None and overload.set_of.one_to_one
        returned = _returned(catalog, schema, overload) + ("[]" if overload.returns_set and not one else "")
    # Between the last two members there must be a line break.
    set_of = f"\n{_set_of(overload.set_of)}" if overload.set_of else ""
    return f"{{ Args: {passed}; Returns: {returned}{set_of} }}"


def _argument(catalog: Catalog, argument: dict[str, object]) -> str:
    name, type_id = str(argument["name"]), int(str(argument["type"]))
    type_ = type_by_id(catalog, type_id)
    found = catalog.types.get(type_id)
    path = relation_path(catalog, found.name, found.schema) if found and name else None
    if path is not None and type_ == f"{path}['Row']":
        type_ = f"Omit<{type_}, {path}['ComputedFields']>"
    return f"{quoted(name)}{'?' if argument['has_default'] else ''}: {type_}"


def _returned(catalog: Catalog, schema: str, overload: Overload) -> str:
    if overload.table:
        columns = [f"{quoted(a['name'])}: {type_by_id(catalog, a['type'])}" for a in overload.table]
        return _braces(columns)
    relation = overload.return_relation
    if relation is not None and relation.schema == schema:
        columns = [_column(catalog, c, optional=False, null=c.nullable) for c in relation.columns]
        return _braces(columns)
    return type_by_id(catalog, overload.return_type)


def _set_of(set_of: SetOf) -> str:
    return (
        "SetofOptions: {\n"
        f"from: {quoted(set_of.source)}\n"
        f"to: {quoted(set_of.target)}\n"
        f"isOneToOne: {_boolean(set_of.one_to_one)}\n"
        f"isSetofReturn: {_boolean(set_of.returns_set)}\n"
        "}"
    )


def _constants(catalog: Catalog, schema: str) -> str:
    enums = [t for t in catalog.types.values() if t.schema == schema and t.enums]
    listed = _braces(f"{quoted(t.name)}: [{_names(t.enums)}]" for t in enums)
    return _braces([f"Enums: {listed}"])


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _braces(items: Iterable[str], pair: str = "{}") -> str:
    text = ",\n".join(items)
    return f"{pair[0]}\n{text}\n{pair[1]}" if text else pair


def _indent(text: str) -> str:
    """Two blanks for each bracket a line is inside of. Names are quoted; a bracket at a line's end counts."""
    lines, depth = [], 0
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith(("}", "]")):
            depth -= 1
        lines.append("  " * depth + line if line else line)
        if line.endswith(("{", "[")):
            depth += 1
    return "\n".join(lines) + "\n"
