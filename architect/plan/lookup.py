"""Questions about a plan that the rules, the merge and the renderer all ask."""

from __future__ import annotations

from collections.abc import Iterator

from architect.plan.model import AUTH_USERS, Column, ForeignKey, Plan, Table


def table_of(plan: Plan, table_id: str) -> Table:
    """The table with this id. Raises :class:`KeyError` when a plan, then invalid, has none."""
    found = plan.table(table_id)
    if found is None:
        raise KeyError(table_id)
    return found


def column_of(table: Table, name: str) -> Column:
    """The column of this name. Raises :class:`KeyError` when there is none."""
    found = table.column(name)
    if found is None:
        raise KeyError(f"{table.id}.{name}")
    return found


def unique_sets(table: Table) -> list[tuple[str, ...]]:
    """The column lists that are unique in ``table``: its primary key, its uniques and its unique columns."""
    found = [tuple(table.primary_key), *(tuple(u) for u in table.uniques)]
    found += [(c.name,) for c in table.columns if c.unique]
    return list(dict.fromkeys(found))


def foreign_key_of(table: Table, column: str) -> ForeignKey | None:
    """The foreign key that consists of ``column`` alone."""
    return next((k for k in table.foreign_keys if k.columns == [column]), None)


def holds_user(plan: Plan, table: Table, column: str) -> bool:
    """Whether ``column`` holds the id of a user: it references ``auth.users``, at first hand or through
    a key that does (``listings.seller_id`` -> ``profiles.id`` -> ``auth.users.id``)."""
    seen: set[tuple[str, str]] = set()
    here: tuple[Table, str] | None = (table, column)
    while here and (here[0].id, here[1]) not in seen:
        seen.add((here[0].id, here[1]))
        found = foreign_key_of(*here)
        if found is None:
            return False
        if found.table == AUTH_USERS:
            return True
        target = plan.table(found.table)
        here = (target, found.references[0]) if target else None
    return False


def user_columns(plan: Plan, table: Table) -> list[str]:
    """The columns of ``table`` that hold a user's id, in order."""
    return [c.name for c in table.columns if holds_user(plan, table, c.name)]


def cycles(plan: Plan) -> set[frozenset[str]]:
    """Groups of two or more tables that reference each other in a circle, by table id."""
    edges = {t.id: [k.table for k in t.foreign_keys] for t in plan.tables}
    reach = {t.id: set(_reachable(edges, t.id)) for t in plan.tables}
    groups = set()
    for table in plan.tables:
        group = frozenset(o for o in reach[table.id] if table.id in reach.get(o, ())) | {table.id}
        if len(group) > 1:
            groups.add(group)
    return groups


def _reachable(edges: dict[str, list[str]], start: str) -> Iterator[str]:
    todo, seen = [start], {start}
    while todo:
        for target in edges.get(todo.pop(), []):
            if target not in seen:
                seen.add(target)
                todo.append(target)
                yield target


def root_of(plan: Plan, table: Table, column: str) -> tuple[str, str]:
    """(table id, column) at the end of the chain of single-column foreign keys that starts at ``column``."""
    here, seen = (table.id, column), set()
    while here not in seen and here[0] != AUTH_USERS:
        seen.add(here)
        at = plan.table(here[0])
        found = foreign_key_of(at, here[1]) if at else None
        if found is None:
            break
        here = (found.table, found.references[0])
    return here
