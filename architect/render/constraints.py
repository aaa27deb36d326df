"""Constraints and indexes: a second pass over all tables, so that foreign keys may form circles."""

from __future__ import annotations

from architect.plan.lookup import cycles, table_of, unique_sets
from architect.plan.model import AUTH_USERS, Check, ForeignKey, Plan, Table
from architect.render.migration import Created, Migration, Script
from architect.render.text import NameBook, column_list, fill, number, table_name, text_array
from architect.sql import quote_identifier

_ON_DELETE = {
    "cascade": "cascade",
    "restrict": "restrict",
    "set_null": "set null",
    "no_action": "no action",
}


def constraints(plan: Plan, names: NameBook) -> Migration | None:
    """Uniques and checks, then foreign keys, then indexes; None when there is nothing to add."""
    script = Script()
    for table in plan.tables:
        _uniques(script, table, names)
        _checks(script, table, names)
    circles = cycles(plan)
    for table in plan.tables:
        for key in table.foreign_keys:
            _foreign_key(script, plan, table, key, names, circles)
    wanted = index_columns(plan)
    for table in plan.tables:
        for columns in wanted[table.id]:
            name = names.give(f"{table.name}_{'_'.join(columns)}_idx")
            sql = fill(
                "create_index",
                name=quote_identifier(name),
                table=table_name(table.name),
                columns=column_list(columns),
            )
            script.add(sql, Created("index", name, table.name))
    return script.migration("add_constraints", "constraints") if script.statements else None


def index_columns(plan: Plan) -> dict[str, list[tuple[str, ...]]]:
    """The indexes each table needs, by table id: those asked for, one per foreign key and one per column
    that a policy reads. What starts another index, a key or a unique constraint is left out."""
    wanted: dict[str, list[tuple[str, ...]]] = {t.id: [tuple(i) for i in t.indexes] for t in plan.tables}
    for table in plan.tables:
        wanted[table.id] += [tuple(k.columns) for k in table.foreign_keys]
    for table_id, columns in _policy_columns(plan):
        wanted[table_id].append(columns)
    result = {}
    for table in plan.tables:
        candidates = list(dict.fromkeys(wanted[table.id]))
        covered = unique_sets(table)
        result[table.id] = [
            c
            for n, c in enumerate(candidates)
            if not any(o[: len(c)] == c for o in covered)
            and not any(o[: len(c)] == c for m, o in enumerate(candidates) if m != n)
        ]
    return result


def _policy_columns(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """(table id, columns) for each look-up that a policy or its helper makes."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for table in plan.tables:
        for policy in table.policies:
            if policy.kind in ("public_read", "authenticated_read"):
                if policy.where:
                    found.append((table.id, (policy.where.column,)))
            elif policy.kind in ("owner", "insert_self", "tenant"):
                found.append((table.id, (policy.column,)))
            elif policy.kind == "member":
                found += [
                    (table.id, (policy.column,)),
                    (policy.via, (policy.user_column, policy.tenant_column)),
                ]
            elif policy.kind == "parent_owner":
                found += [(table.id, (policy.column,)), (policy.table, (policy.owner_column,))]
            elif policy.kind == "parent_member":
                found += [(table.id, (policy.column,)), (policy.table, (policy.parent_tenant_column,))]
                found.append((policy.via, (policy.user_column, policy.tenant_column)))
            elif policy.kind == "staff":
                found.append((policy.via, (policy.user_column,)))
    return found


def _uniques(script: Script, table: Table, names: NameBook) -> None:
    for columns in unique_sets(table)[1:]:
        name = names.give(f"{table.name}_{'_'.join(columns)}_key")
        sql = fill(
            "add_unique",
            name=quote_identifier(name),
            table=table_name(table.name),
            columns=column_list(columns),
        )
        script.add(sql, Created("unique", name, table.name))


def _checks(script: Script, table: Table, names: NameBook) -> None:
    for column in table.columns:
        for check in column.checks:
            name = names.give(f"{table.name}_{column.name}_check")
            sql = fill(
                "add_check",
                name=quote_identifier(name),
                table=table_name(table.name),
                condition=_condition(quote_identifier(column.name), check),
            )
            script.add(sql, Created("check", name, table.name))


def _condition(column: str, check: Check) -> str:
    if check.kind == "one_of":
        return f"{column} = any ({text_array(check.values)})"
    if check.kind == "not_blank":
        return f"btrim({column}) <> ''"
    if check.kind == "max_length":
        return f"char_length({column}) <= {number(check.value)}"
    bounds = []
    if check.min is not None:
        bounds.append(f"{column} {'>' if check.exclusive_min else '>='} {number(check.min)}")
    if check.max is not None:
        bounds.append(f"{column} <= {number(check.max)}")
    return " and ".join(bounds)


def _foreign_key(
    script: Script, plan: Plan, table: Table, key: ForeignKey, names: NameBook, circles: set[frozenset[str]]
) -> None:
    name = names.give(f"{table.name}_{'_'.join(key.columns)}_fkey")
    target = "auth.users" if key.table == AUTH_USERS else table_name(table_of(plan, key.table).name)
    # Rows of a circle can only be inserted together, so their keys are checked at commit.
    deferred = any(table.id in circle and key.table in circle for circle in circles)
    sql = fill(
        "add_foreign_key",
        table=table_name(table.name),
        name=quote_identifier(name),
        columns=column_list(key.columns),
        target=target,
        references=column_list(key.references),
        on_delete=_ON_DELETE[key.on_delete],
        timing="\n  deferrable initially deferred" if deferred else "",
    )
    script.add(sql, Created("foreign_key", name, table.name))
