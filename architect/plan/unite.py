"""The columns and the key of one table, out of a template's and a spec's idea of it."""

from __future__ import annotations

from architect.plan.lookup import foreign_key_of
from architect.plan.model import Column, LiteralValue, OneOf, Origin, Plan, Table
from architect.plan.rules.columns import passes

_LAST = ("created_at", "updated_at")


def unite_columns(
    base: Plan, table: Table, spec: Plan, asked: Table
) -> tuple[list[Column], list[str], list[list[str]]]:
    """Columns, primary key and further uniques of ``table`` (in the template ``base``) and of ``asked`` (in
    ``spec``)."""
    fixed = _built_on(base, table)
    surrogate = _needless_key(table, spec, asked)
    columns = []
    for column in table.columns:
        other = asked.column(column.name)
        if other is None:
            columns.append(_unmentioned(column, table))
        else:
            columns.append(
                _unite(column, other, fixed=column.name in fixed, typed=column.name in _read(base, table))
            )
    have = {c.name for c in columns}
    columns += [c for c in asked.columns if c.name not in have and c.name not in surrogate]
    columns.sort(key=lambda c: c.name in _LAST)
    key = list(table.primary_key)
    further = [] if set(asked.primary_key) == set(key) or surrogate else [list(asked.primary_key)]
    return columns, key, further


def _unite(mine: Column, asked: Column, *, fixed: bool, typed: bool) -> Column:
    """``fixed``: keys of other tables build on it; ``typed``: a policy or trigger reads it."""
    said = {
        "origin": asked.origin,
        "because": asked.because,
        "description": asked.description or mine.description,
    }
    if asked.origin is not Origin.SPEC:
        said["origin"] = mine.origin
    if fixed or (typed and mine.type != asked.type):
        return mine.model_copy(update={**said, "unique": mine.unique or asked.unique})
    if mine.type != asked.type:
        return asked.model_copy(update=said)
    update = {
        **said,
        "nullable": asked.nullable,
        "unique": mine.unique or asked.unique,
        "checks": asked.checks or mine.checks,
        "default": asked.default or mine.default,
    }
    return with_possible_default(mine.model_copy(update=update))


def with_possible_default(column: Column) -> Column:
    """``column`` whose literal default passes its checks: else the first allowed value, or none."""
    default = column.default
    if not isinstance(default, LiteralValue) or all(passes(default.value, c) for c in column.checks):
        return column
    values = next((c.values for c in column.checks if isinstance(c, OneOf)), None)
    return column.model_copy(update={"default": LiteralValue(value=values[0]) if values else None})


def _unmentioned(column: Column, table: Table) -> Column:
    """A template's column that the spec's description of the table leaves out must not block an insert."""
    needed = (
        column.name in table.primary_key or foreign_key_of(table, column.name) or column.default is not None
    )
    return column if needed else column.model_copy(update={"nullable": True})


def _built_on(base: Plan, table: Table) -> set[str]:
    """Columns that are keys, or that keys of other tables reference."""
    found = set(table.primary_key) | {c for k in table.foreign_keys for c in k.columns}
    for other in base.tables:
        for key in other.foreign_keys:
            if key.table == table.id:
                found |= set(key.references)
    return found


def _read(base: Plan, table: Table) -> set[str]:
    """Columns that a policy or a trigger reads."""
    found: set[str] = set()
    for other in base.tables:
        for item in (*other.policies, *other.triggers):
            fields = item.model_dump(include={"tenant_column", "user_column", "role_column"})
            if getattr(item, "via", None) == table.id:
                found |= {v for v in fields.values() if v}
            fields = item.model_dump(include={"references", "owner_column", "parent_tenant_column"})
            if getattr(item, "table", None) == table.id:
                found |= {v for v in fields.values() if v}
            if other.id == table.id:
                where = getattr(item, "where", None)
                named = (getattr(item, "column", None), getattr(item, "creator_column", None))
                found |= {n for n in (*named, where.column if where else None) if n}
    return found


def _needless_key(table: Table, spec: Plan, asked: Table) -> set[str]:
    """The convention's surrogate key of ``asked``: where the template has another and none refers to it."""
    if any(k.table == asked.id for t in spec.tables for k in t.foreign_keys):
        return set()
    surrogate = {c.name for c in asked.columns if c.name in asked.primary_key and c.origin is not Origin.SPEC}
    needless = len(surrogate) == len(asked.primary_key) and set(asked.primary_key) != set(table.primary_key)
    return surrogate - {c.name for c in table.columns} if needless else set()
