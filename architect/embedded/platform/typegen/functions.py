"""Functions as REST offers them: which can be called, which overloads cannot be told apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from architect.embedded.platform.typegen.catalog import Catalog, Relation, Row, Type
from architect.embedded.platform.typegen.collation import key

_PASSED = frozenset({"i", "b", "v"})
#: One argument without a name may be these: the request's body. (json, jsonb, text)
_BODY = frozenset({114, 3802, 25})
_ADVICE = (
    "Try renaming the parameters or the function itself in the database "
    "so function overloading can be resolved"
)


@dataclass(frozen=True, slots=True)
class SetOf:
    """What an embedded resource needs to know of a function that answers with rows."""

    source: str
    target: str
    one_to_one: bool
    returns_set: bool


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature. ``arguments`` are those passed in, ``table`` the columns of ``returns table``."""

    arguments: tuple[Row, ...]
    table: tuple[Row, ...]
    return_type: int
    return_relation: Relation | None
    returns_set: bool
    set_of: SetOf | None
    computed_for: Relation | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Function:
    schema: str
    name: str
    overloads: tuple[Overload, ...]


def callable_functions(catalog: Catalog) -> list[Function]:
    """Every function that REST can call, by name."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in catalog.functions:
        if _is_callable(catalog, _passed(row)):
            groups[row["schema"], row["name"]].append(row)
    found = []
    for (schema, name), rows in groups.items():
        rows.sort(key=lambda r: (key(r["argument_types"]), key(r["result"]), r["id"]))
        found.append(Function(schema, name, tuple(_overload(catalog, row, rows) for row in rows)))
    return sorted(found, key=lambda f: (key(f.schema), key(f.name)))


def _passed(row: Row) -> list[Row]:
    return [argument for argument in row["arguments"] if argument["mode"] in _PASSED]


def _is_callable(catalog: Catalog, passed: list[Row]) -> bool:
    unnamed = [argument for argument in passed if not argument["name"]]
    if all(argument["has_default"] and argument["type"] in _BODY for argument in unnamed):
        return True
    return len(passed) == 1 and (passed[0]["type"] in _BODY or _row_type(catalog, passed[0]) is not None)


def _row_type(catalog: Catalog, argument: Row) -> Type | None:
    found = catalog.types.get(argument["type"])
    return found if found is not None and found.relation_id is not None else None


def _overload(catalog: Catalog, row: Row, group: list[Row]) -> Overload:
    return Overload(
        arguments=tuple(sorted(_passed(row), key=lambda a: key(a["name"]))),
        table=tuple(sorted((a for a in row["arguments"] if a["mode"] == "t"), key=lambda a: key(a["name"]))),
        return_type=row["return_type"],
        return_relation=catalog.relations.get(row["return_relation"]),
        returns_set=row["returns_set"],
        set_of=_set_of(catalog, row),
        computed_for=_computed_for(catalog, row),
        error=_error(catalog, row, group),
    )


def _set_of(catalog: Catalog, row: Row) -> SetOf | None:
    if row["return_relation"] is None:
        return None
    relation = catalog.relations.get(row["return_relation"])
    target = relation.name if relation else catalog.types[row["return_type"]].name
    arguments = row["arguments"]
    source = _row_type(catalog, arguments[0]) if len(arguments) == 1 else None
    many = row["rows"] is not None and row["rows"] > 1
    one = (source is not None and not row["returns_set"]) or not many
    return SetOf(source.format if source else "*", target, one, row["returns_set"])


def _computed_for(catalog: Catalog, row: Row) -> Relation | None:
    """The relation of the same schema that shows this function as a column."""
    passed = _passed(row)
    type_ = _row_type(catalog, passed[0]) if len(passed) == 1 else None
    relation = catalog.relations.get(type_.relation_id or 0) if type_ else None
    if relation is None or relation.schema != row["schema"]:
        return None
    return None if any(column.name == row["name"] for column in relation.columns) else relation


def _error(catalog: Catalog, row: Row, group: list[Row]) -> str | None:
    passed, name = _passed(row), f"{row['schema']}.{row['name']}"
    rivals = [other for other in group if other is not row]
    if not passed:
        for other in rivals:
            arguments = _passed(other)
            if len(arguments) == 1 and not arguments[0]["name"] and arguments[0]["has_default"]:
                return _undecided([f"{name}()", f"{name}( => {_type_name(catalog, other['return_type'])})"])
    elif len(passed) == 1 and passed[0]["name"]:
        same = [other for other in rivals if _only_type_differs(passed[0], _passed(other))]
        if same:
            every = sorted([row, *same], key=lambda r: _passed(r)[0]["type"])
            return _undecided([f"{name}({_signature(catalog, _passed(r)[0])})" for r in every])
    elif len(passed) == 1 and _row_type(catalog, passed[0]) is not None:
        return (
            f"the function {name} with parameter or with a single unnamed json/jsonb parameter, "
            "but no matches were found in the schema cache"
        )
    return None


def _only_type_differs(argument: Row, others: list[Row]) -> bool:
    return (
        len(others) == 1 and others[0]["name"] == argument["name"] and others[0]["type"] != argument["type"]
    )


def _signature(catalog: Catalog, argument: Row) -> str:
    return f"{argument['name']} => {_type_name(catalog, argument['type'])}"


def _type_name(catalog: Catalog, type_: Any) -> str:
    found = catalog.types.get(type_)
    return found.name if found else "unknown"


def _undecided(candidates: list[str]) -> str:
    return f"Could not choose the best candidate function between: {', '.join(candidates)}. {_ADVICE}"
