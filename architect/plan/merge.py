"""What a spec asks for, on top of a template.

A table of the spec and one of the template that mean the same entity become one, under the spec's name. Its
columns are united; the spec's word on types and values counts unless other tables build on the template's. A
policy of the spec replaces the template's policies for the same command. Template tables that the spec does
not mention stay.
"""

from __future__ import annotations

from typing import TypeVar

from architect.plan import names
from architect.plan.lookup import table_of
from architect.plan.model import (
    AUTH_USERS,
    Column,
    Command,
    ForeignKey,
    Item,
    Origin,
    Plan,
    Policy,
    ServiceOnly,
    Table,
)
from architect.plan.rename import rename_column, rename_ids
from architect.plan.repair import repair
from architect.plan.synonyms import same_actor, same_column, same_table
from architect.plan.unite import unite_columns

T = TypeVar("T", bound=Item)


def merge(base: Plan, asked: Plan) -> Plan:
    """A new plan: ``asked`` (items of origin spec and the conventions they need) over the template ``base``.

    Neither argument is changed. Where the two cannot be reconciled the spec wins, and an open question says
    what was left out of the template.
    """
    base, asked = base.model_copy(deep=True), asked.model_copy(deep=True)
    matches = _matches(base, asked)
    taken = {t.id for t in base.tables}
    ids = dict(matches)
    for table in asked.tables:
        if table.id not in matches:
            ids[table.id] = names.unique(table.id, taken)
        taken.add(ids[table.id])
    rename_ids(asked, ids)
    _take_names(base, asked, set(matches.values()))
    for table_id in matches.values():
        _align_columns(base, table_of(base, table_id), table_of(asked, table_id))
    tables = [_unite(base, t, asked, asked.table(t.id)) for t in base.tables]
    tables += [_alone(t) for t in asked.tables if t.id not in {b.id for b in base.tables}]
    merged = base.model_copy(
        update={
            "title": asked.title or base.title,
            "planner": asked.planner,
            "tables": tables,
            "functions": _union(base.functions, asked.functions, "slug"),
            "buckets": _union(base.buckets, asked.buckets, "name"),
            "analytics": _union(base.analytics, asked.analytics, "dataset"),
            "open_questions": [*base.open_questions, *asked.open_questions],
        }
    )
    return repair(merged)


def _matches(base: Plan, asked: Plan) -> dict[str, str]:
    """Asked table id -> base table id: the same name up to number first, then synonyms, each at most once."""
    found: dict[str, str] = {}
    for same in (lambda a, b: names.fold(a) == names.fold(b), same_table):
        for table in asked.tables:
            if table.id in found:
                continue
            for candidate in base.tables:
                if candidate.id not in found.values() and same(table.name, candidate.name):
                    found[table.id] = candidate.id
                    break
    return found


def _take_names(base: Plan, asked: Plan, matched: set[str]) -> None:
    """The spec's word for an entity replaces the template's, also in columns that refer to it."""
    for table_id in sorted(matched):
        table, new = table_of(base, table_id), table_of(asked, table_id).name
        old_column = f"{names.singular(table.name)}_id"
        new_column = names.fit(f"{names.singular(new).rstrip('_')}_id")
        table.name = new
        for other in base.tables:
            refers = any(k.columns == [old_column] and k.table == table_id for k in other.foreign_keys)
            if refers and other.column(new_column) is None:
                rename_column(base, other.id, old_column, new_column)


def _align_columns(base: Plan, table: Table, asked: Table) -> None:
    """Rename columns of ``table`` that ``asked`` calls by another word."""
    for column in asked.columns:
        if table.column(column.name):
            continue
        twin = _twin(table, asked, column)
        if twin:
            rename_column(base, table.id, twin, column.name)


def _twin(table: Table, asked: Table, column: Column) -> str | None:
    """The one column of ``table`` that means what ``column`` of ``asked`` means, if any."""
    target = _target(asked, column.name)
    free = [c.name for c in table.columns if asked.column(c.name) is None]
    if target == AUTH_USERS:
        fits = [n for n in free if _target(table, n) == AUTH_USERS and same_actor(n, column.name)]
    elif target:
        fits = [n for n in free if _target(table, n) == target]
        if sum(_target(asked, c.name) == target for c in asked.columns) > 1:
            return None
    else:
        fits = [n for n in free if _target(table, n) is None and same_column(n, column.name)]
    return fits[0] if len(fits) == 1 else None


def _target(table: Table, column: str) -> str | None:
    return next((k.table for k in table.foreign_keys if k.columns == [column]), None)


def _unite(base: Plan, table: Table, spec: Plan, asked: Table | None) -> Table:
    if asked is None:
        return table
    columns, key, uniques = unite_columns(base, table, spec, asked)
    have = {c.name for c in columns}
    keys = [k for k in asked.foreign_keys if set(k.columns) <= have]
    kept = [k for k in table.foreign_keys if k.columns not in [a.columns for a in keys]]
    return table.model_copy(
        update={
            "description": asked.description or table.description,
            "origin": asked.origin,
            "because": asked.because,
            "columns": columns,
            "primary_key": key,
            "foreign_keys": [*kept, *(_user_key(k, table) for k in keys)],
            "uniques": _lists(table.uniques, [u for u in [*asked.uniques, *uniques] if set(u) <= have]),
            "indexes": _lists(table.indexes, [i for i in asked.indexes if set(i) <= have]),
            "policies": _policies(table, asked),
            "triggers": [
                *table.triggers,
                *(t for t in asked.triggers if t.kind not in {o.kind for o in table.triggers}),
            ],
        }
    )


def _user_key(key: ForeignKey, table: Table) -> ForeignKey:
    """The asked key; what happens to rows of a deleted account stays the template's choice."""
    mine = next((k for k in table.foreign_keys if k.columns == key.columns and k.table == key.table), None)
    return key.model_copy(update={"on_delete": mine.on_delete}) if mine else key


def _lists(mine: list[list[str]], theirs: list[list[str]]) -> list[list[str]]:
    return [list(u) for u in dict.fromkeys(tuple(u) for u in [*mine, *theirs])]


def _policies(table: Table, asked: Table) -> list[Policy]:
    """The spec's policies, then the template's for commands the spec is silent on, then asked conventions for
    commands nobody spoke of."""
    said = [p for p in asked.policies if p.origin is Origin.SPEC]
    for policy in said:
        if isinstance(policy, ServiceOnly) and set(policy.commands) == set(Command):
            return [policy]
    ruled = {c for p in said for c in p.commands}
    result: list[Policy] = [p for p in said if not isinstance(p, ServiceOnly)]
    for policy in table.policies:
        if isinstance(policy, ServiceOnly):
            continue
        # A convention makes another rule work (such as reading the row just inserted) and stays.
        left = [c for c in policy.commands if c not in ruled or policy.origin is Origin.CONVENTION]
        if left:
            result.append(policy.model_copy(update={"commands": left}))
    covered = ruled | {c for p in result for c in p.commands}
    for policy in asked.policies:
        if policy.origin is Origin.SPEC or isinstance(policy, ServiceOnly) or _joined(policy, result):
            continue
        if left := [c for c in policy.commands if c not in covered]:
            result.append(policy.model_copy(update={"commands": left}))
    taken: set[str] = set()
    for n, policy in enumerate(result):
        name = names.unique(policy.name, taken)
        taken.add(name)
        result[n] = policy.model_copy(update={"name": name})
    if not result:
        shut = [p for p in [*said, *table.policies] if isinstance(p, ServiceOnly)][:1]
        result += [p.model_copy(update={"commands": list(Command)}) for p in shut]
    return result


def _joined(policy: Policy, others: list[Policy]) -> bool:
    """Whether ``policy``, which a rule of the spec needs to work, went into that rule."""
    for n, other in enumerate(others):
        if other.origin is Origin.SPEC and _body(other) == _body(policy):
            commands = [c for c in Command if c in other.commands or c in policy.commands]
            others[n] = other.model_copy(update={"commands": commands})
            return True
    return False


def _body(policy: Policy) -> str:
    return policy.model_dump_json(exclude={"name", "origin", "because", "commands"})


def _alone(table: Table) -> Table:
    """A table of the spec that no template has. If some may use it, their policies say what nobody may do."""
    kept: list[Policy] = [p for p in table.policies if p.origin is Origin.SPEC and p.kind != "service_only"]
    kept += [p for p in table.policies if p.kind != "service_only" and p not in kept and not _joined(p, kept)]
    return table.model_copy(update={"policies": kept or table.policies[:1]})


def _union(mine: list[T], theirs: list[T], key: str) -> list[T]:
    found = {getattr(item, key): item for item in [*mine, *theirs]}
    return list(found.values())
