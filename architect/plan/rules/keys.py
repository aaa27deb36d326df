"""Keys: primary keys, uniques, indexes and foreign keys name columns that are there and agree."""

from __future__ import annotations

from collections.abc import Iterator

from architect.plan.lookup import unique_sets
from architect.plan.model import AUTH_USERS, ColumnType, ForeignKey, Plan, Table
from architect.plan.rules.violation import Violation

#: Postgres could index these, but equal documents are not what a key means.
_NO_KEY: tuple[ColumnType, ...] = ("jsonb", "text[]")


def broken(plan: Plan) -> Iterator[Violation]:
    for n, table in enumerate(plan.tables):
        path = f"tables[{n}]"
        yield from _primary_key(table, path)
        yield from _lists(table, table.uniques, f"{path}.uniques", key=True)
        yield from _lists(table, table.indexes, f"{path}.indexes", key=False)
        for m, column in enumerate(table.columns):
            if column.unique and column.type in _NO_KEY:
                yield _no_key(column.type, f"{path}.columns[{m}].unique")
        seen: set[tuple[str, ...]] = set()
        for m, key in enumerate(table.foreign_keys):
            yield from _foreign_key(plan, table, key, f"{path}.foreign_keys[{m}]")
            if tuple(key.columns) in seen:
                message = f"({', '.join(key.columns)}) already references a table; keep one foreign key."
                yield Violation("duplicate_foreign_key", f"{path}.foreign_keys[{m}]", message)
            seen.add(tuple(key.columns))


def _primary_key(table: Table, path: str) -> Iterator[Violation]:
    yield from _columns_exist(table, table.primary_key, f"{path}.primary_key")
    for name in table.primary_key:
        column = table.column(name)
        if column and column.nullable:
            message = f"`{name}` is part of the primary key, so it cannot be nullable; set nullable to false."
            yield Violation("nullable_key", f"{path}.primary_key", message)
        if column and column.type in _NO_KEY:
            yield _no_key(column.type, f"{path}.primary_key")


def _lists(table: Table, lists: list[list[str]], path: str, *, key: bool) -> Iterator[Violation]:
    seen: set[tuple[str, ...]] = set()
    for n, columns in enumerate(lists):
        yield from _columns_exist(table, columns, f"{path}[{n}]")
        if tuple(columns) in seen:
            yield Violation(
                "duplicate_index", f"{path}[{n}]", "This list of columns is there twice; drop one."
            )
        seen.add(tuple(columns))
        for name in columns:
            column = table.column(name)
            if column and column.type in _NO_KEY:
                what = "unique" if key else "index"
                yield _no_key(column.type, f"{path}[{n}]", what)


def _columns_exist(table: Table, columns: list[str], path: str) -> Iterator[Violation]:
    if not columns or len(set(columns)) < len(columns):
        yield Violation("column_list", path, "Name at least one column, and each only once.")
    for name in columns:
        if table.column(name) is None:
            known = ", ".join(c.name for c in table.columns[:20])
            yield Violation("unknown_column", path, f"`{table.name}` has no column `{name}`; it has {known}.")


def _foreign_key(plan: Plan, table: Table, key: ForeignKey, path: str) -> Iterator[Violation]:
    yield from _columns_exist(table, key.columns, f"{path}.columns")
    if len(key.columns) != len(key.references):
        message = f"{len(key.columns)} columns reference {len(key.references)}; name as many."
        yield Violation("foreign_key_length", f"{path}.references", message)
        return
    yield from _set_null(table, key, path)
    if key.table == AUTH_USERS:
        if key.references != ["id"]:
            yield Violation(
                "foreign_key_target", f"{path}.references", "Of auth.users only `id` can be referenced."
            )
        yield from _same_type(table, key.columns[0], "uuid", "auth.users.id", path)
        return
    target = plan.table(key.table)
    if target is None:
        message = (
            f"There is no table with the id `{key.table}`; use the id of a table of this plan or auth.users."
        )
        yield Violation("unknown_table", f"{path}.table", message)
        return
    yield from _columns_exist(target, key.references, f"{path}.references")
    if set(key.references) not in [set(u) for u in unique_sets(target)]:
        names = ", ".join(key.references)
        message = f"({names}) is not unique in `{target.name}`; reference its key or make it unique."
        yield Violation("foreign_key_target", f"{path}.references", message)
    for mine, theirs in zip(key.columns, key.references, strict=True):
        column = target.column(theirs)
        if column:
            yield from _same_type(table, mine, column.type, f"{target.name}.{theirs}", path)


def _same_type(table: Table, name: str, wanted: ColumnType, target: str, path: str) -> Iterator[Violation]:
    column = table.column(name)
    if column and column.type != wanted:
        message = f"`{table.name}.{name}` is {column.type} but `{target}` is {wanted}; make it {wanted}."
        yield Violation("foreign_key_type", path, message)


def _set_null(table: Table, key: ForeignKey, path: str) -> Iterator[Violation]:
    fixed = [c.name for c in table.columns if c.name in key.columns and not c.nullable]
    if key.on_delete == "set_null" and fixed:
        message = f"on_delete set_null needs {', '.join(fixed)} to be nullable; allow null or choose cascade."
        yield Violation("set_null_not_nullable", f"{path}.on_delete", message)


def _no_key(column_type: ColumnType, path: str, what: str = "key") -> Violation:
    return Violation(
        "key_type", path, f"A {column_type} column cannot be part of a {what}; use a scalar column."
    )
