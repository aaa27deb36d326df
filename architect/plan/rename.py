"""Renaming inside a plan: a table's id or a column's name, and everything that refers to it."""

from __future__ import annotations

from typing import Any

from architect.plan.model import Plan, Table

#: Fields of policies and triggers that name a column of the table at hand, of ``table`` and of ``via``.
_OWN = ("column", "creator_column")
_OF_PARENT = ("references", "owner_column", "parent_tenant_column")
_OF_VIA = ("tenant_column", "user_column", "role_column")


def rename_ids(plan: Plan, ids: dict[str, str]) -> None:
    """Give tables new ids, in place. ``ids`` maps old to new; what it leaves out stays."""
    for table in plan.tables:
        table.id = ids.get(table.id, table.id)
        for key in table.foreign_keys:
            key.table = ids.get(key.table, key.table)
        for item in (*table.policies, *table.triggers):
            for field in ("via", "table"):
                if hasattr(item, field):
                    setattr(item, field, ids.get(getattr(item, field), getattr(item, field)))


def rename_column(plan: Plan, table_id: str, old: str, new: str) -> None:
    """Rename a column in place, wherever it is named."""
    for table in plan.tables:
        if table.id == table_id:
            _in_own_table(table, old, new)
        for key in table.foreign_keys:
            if key.table == table_id:
                key.references = _renamed(key.references, old, new)
        for item in (*table.policies, *table.triggers):
            if getattr(item, "table", None) == table_id:
                _rename_fields(item, _OF_PARENT, old, new)
            if getattr(item, "via", None) == table_id:
                _rename_fields(item, _OF_VIA, old, new)


def _in_own_table(table: Table, old: str, new: str) -> None:
    for column in table.columns:
        if column.name == old:
            column.name = new
    table.primary_key = _renamed(table.primary_key, old, new)
    table.uniques = [_renamed(u, old, new) for u in table.uniques]
    table.indexes = [_renamed(i, old, new) for i in table.indexes]
    for key in table.foreign_keys:
        key.columns = _renamed(key.columns, old, new)
    for item in (*table.policies, *table.triggers):
        _rename_fields(item, _OWN, old, new)
        where = getattr(item, "where", None)
        if where is not None:
            _rename_fields(where, ("column",), old, new)


def _renamed(names: list[str], old: str, new: str) -> list[str]:
    return [new if n == old else n for n in names]


def _rename_fields(item: Any, fields: tuple[str, ...], old: str, new: str) -> None:
    for field in fields:
        if getattr(item, field, None) == old:
            setattr(item, field, new)
