"""Hypothesis strategies: plans of every shape that the schema admits, sound or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from architect.plan.model import (
    AUTH_USERS,
    Check,
    Column,
    ColumnType,
    Command,
    CreatorMembership,
    Default,
    ForeignKey,
    Plan,
    Policy,
    Table,
    TouchUpdatedAt,
)
from architect.plan.rules.columns import fits
from tests.plan_strategies import HOSTILE, sound_plans, texts
from tests.plans import T

TYPES: list[ColumnType] = list(ColumnType.__args__)  # type: ignore[attr-defined]
#: Values that some type takes, most types refuse, or Postgres reads otherwise than Python does.
VALUES: list[Any] = [
    True, False, 0, -1, 1, 2**31, -(2**31), 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e15, 1e300, 1.5e-300,
    float("inf"), float("-inf"), float("nan"), "", " ", "x", "true", "null", "1", "٣", "３ days", "3 days",
    "1 week", "-1 day", "999999 years", "infinity", "now", "epoch", "allballs", "{}", "[]", "{a,b}",
    "2024-02-30", "2024-02-29", "0000-01-01", "9999-12-31", "10000-01-01", "２０２４-01-01", "20240229",
    "2024-W09-4", "24:00", "23:59:60", "12:00", "12:00:00.5", "25:61", "2024-02-29T12:00:00Z",
    "2024-02-29T12+02", "2024-02-29T12:00:00+23:59", "2024-02-29T12:00:00+02:00:30",
    "2024-02-29 12:00:00-15:59", "20240229T120000Z", "2024-02-29T12:00:00,5Z", "2024-02-29T12+02:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-02-29-12:00",
    "2024-02-29T12:00:00.1234567Z",
    "2024-02-29T12:00:00+16:00", "2024-02-29T120000+0200", "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000000}", "g" * 36, "0000000000000000000000000000000a",
]  # fmt: skip
values = st.sampled_from(VALUES) | texts
#: Names that Postgres or Supabase claims, that are as long as names go, or that differ only to a machine.
NAMES = [
    "id", "owner_id", "user", "order", "table", "select", "xmin", "ctid", "oid", "pg_class", "auth",
    "storage", "public", "private", "realtime", "x" * 63, "x" * 62 + "y", "a", "a_", "a__b", "ab", "as",
    "position", "value", "catalog_fingerprint", "i_am_a", "updated_at", "tenant_id", "kind",
]  # fmt: skip

_CHECKS: TypeAdapter[Any] = TypeAdapter(Check)
_DEFAULTS: TypeAdapter[Any] = TypeAdapter(Default)
_POLICIES: TypeAdapter[Any] = TypeAdapter(Policy)
_KINDS = [
    "public_read", "authenticated_read", "owner", "insert_self", "tenant", "member", "parent_owner",
    "parent_member", "staff", "service_only",
]  # fmt: skip


@st.composite
def wild_plans(draw: st.DrawFn) -> Plan:
    """A sound plan to which one or two things of any kind were done."""
    plan = draw(sound_plans())
    for change in draw(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=2)):
        table = draw(st.sampled_from(plan.tables))
        try:
            change(draw, plan, table)
        except ValidationError:
            continue  # the schema does not admit it
    return plan


def _name(draw: st.DrawFn) -> str:
    fresh = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)
    return draw(st.one_of(st.sampled_from(NAMES), fresh, fresh))


def _any_column(draw: st.DrawFn, table: Table) -> str:
    return draw(st.sampled_from([c.name for c in table.columns]) | st.sampled_from(NAMES))


def _any_columns(draw: st.DrawFn, table: Table) -> list[str]:
    return draw(st.lists(st.deferred(lambda: st.sampled_from([c.name for c in table.columns])), max_size=3))


def _any_table(draw: st.DrawFn, plan: Plan) -> str:
    return draw(st.sampled_from([*(t.id for t in plan.tables), *NAMES[:3]]))


def _check(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(["one_of", "range", "not_blank", "max_length"]))
    numbers = [v for v in VALUES if isinstance(v, (int, float)) and not isinstance(v, bool)]
    bound = st.none() | st.sampled_from(numbers)
    made: dict[str, Any] = {"kind": kind}
    if kind == "one_of":
        made["values"] = draw(st.lists(st.sampled_from([*HOSTILE, "", "x"]) | texts, min_size=1, max_size=3))
    elif kind == "range":
        made |= {"min": draw(bound), "max": draw(bound), "exclusive_min": draw(st.booleans())}
    elif kind == "max_length":
        made["value"] = draw(st.integers(1, 1_000_000))
    return _CHECKS.validate_python(made)


def _default(draw: st.DrawFn) -> Any:
    kind = draw(
        st.sampled_from(["now", "gen_uuid", "current_user", "empty_json", "empty_array"] + ["literal"] * 6)
    )
    return _DEFAULTS.validate_python(
        {"kind": kind, "value": draw(values)} if kind == "literal" else {"kind": kind}
    )


def _add_column(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """Any type with any default and any checks."""
    table.columns.append(
        Column(
            name=_name(draw),
            type=draw(st.sampled_from(TYPES)),
            nullable=draw(st.booleans()),
            unique=draw(st.booleans()),
            default=_default(draw) if draw(st.booleans()) else None,
            checks=[_check(draw) for _ in range(draw(st.integers(0, 2)))],
            description=draw(texts),
            origin=T,
        )
    )


def _literal(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """A new column whose only oddity is its default."""
    value = draw(values)
    fitting = [kind for kind in TYPES if fits(value, kind)]
    kind = draw(st.sampled_from(fitting) if fitting and draw(st.booleans()) else st.sampled_from(TYPES))
    default = _DEFAULTS.validate_python({"kind": "literal", "value": value})
    table.columns.append(Column(name="odd", type=kind, default=default, origin=T))


def _retype(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    column = draw(st.sampled_from(table.columns))
    column.type = draw(st.sampled_from(TYPES))  # type: ignore[assignment]
    column.nullable = draw(st.booleans())


def _rename(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    table.name = _name(draw)


def _keys(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """Composite keys, uniques and indexes over any columns."""
    chosen = _any_columns(draw, table)
    part = draw(st.sampled_from(["primary_key", "uniques", "indexes"]))
    if part == "primary_key":
        if chosen:
            table.primary_key = chosen
    else:
        getattr(table, part).append(chosen)


def _reference(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """From any columns to any columns of any table, itself included."""
    where = draw(st.sampled_from([AUTH_USERS, *(t.id for t in plan.tables), "nowhere"]))
    target = plan.table(where)
    theirs = target.primary_key if target and draw(st.booleans()) else _any_columns(draw, target or table)
    table.foreign_keys.append(
        ForeignKey(
            columns=_any_columns(draw, table),
            table=where,
            references=theirs,
            on_delete=draw(st.sampled_from(["cascade", "restrict", "set_null", "no_action"])),
            origin=T,
        )
    )


def _composite(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """A sound key over several columns, and a table that references all of it."""
    columns = [c.name for c in table.columns if c.type not in ("jsonb", "text[]") and not c.nullable][:3]
    table.uniques = [u for u in table.uniques if u != columns] + [columns]
    other = draw(st.sampled_from(plan.tables))
    mine = []
    for n, name in enumerate(columns):
        kind = table.column(name)
        assert kind is not None
        mine.append(f"part_{n}")
        other.columns.append(Column(name=f"part_{n}", type=kind.type, nullable=True, origin=T))
    action = draw(st.sampled_from(["cascade", "restrict", "set_null", "no_action"]))
    key = ForeignKey(columns=mine, table=table.id, references=columns, on_delete=action, origin=T)
    other.foreign_keys.append(key)


def _policy(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    """Any kind over any columns, through any tables."""
    kind = draw(st.sampled_from(_KINDS))
    made: dict[str, Any] = {"kind": kind, "name": _name(draw), "origin": T}
    if kind not in ("public_read", "authenticated_read", "insert_self"):
        made["commands"] = draw(st.lists(st.sampled_from(list(Command)), min_size=1, max_size=4))
    elif kind != "insert_self" and draw(st.booleans()):
        value = draw(st.sampled_from([v for v in VALUES if not isinstance(v, float)]))
        made["where"] = {"column": _any_column(draw, table), "value": value}
    if kind in ("owner", "insert_self", "tenant", "member", "parent_owner", "parent_member"):
        made["column"] = _any_column(draw, table)
    if kind == "tenant":
        made["claim"] = _name(draw)
    if kind.startswith("parent"):
        parent = draw(st.sampled_from(plan.tables))
        made |= {"table": parent.id, "references": _any_column(draw, parent)}
        field = "owner_column" if kind == "parent_owner" else "parent_tenant_column"
        made[field] = _any_column(draw, parent)
    if kind in ("member", "parent_member", "staff"):
        via = draw(st.sampled_from(plan.tables))
        made |= {"via": _any_table(draw, plan), "user_column": _any_column(draw, via)}
        if kind != "staff":
            made["tenant_column"] = _any_column(draw, via)
        if draw(st.booleans()):
            made |= {"role_column": _any_column(draw, via), "roles_in": draw(st.lists(texts, max_size=2))}
    table.policies.append(_POLICIES.validate_python(made))


def _no_policy(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    table.policies = []


def _trigger(draw: st.DrawFn, plan: Plan, table: Table) -> None:
    if draw(st.booleans()):
        table.triggers.append(TouchUpdatedAt(column=_any_column(draw, table), origin=T))
        return
    via = draw(st.sampled_from(plan.tables))
    roles = draw(
        st.sampled_from([(None, None), ("kind", "x"), ("kind", None), (_any_column(draw, via), "'")])
    )
    table.triggers.append(
        CreatorMembership(
            via=via.id, tenant_column=_any_column(draw, via), user_column=_any_column(draw, via),
            creator_column=_any_column(draw, table), role_column=roles[0], role=roles[1], origin=T,
        )
    )  # fmt: skip


_CHANGES: list[Callable[[st.DrawFn, Plan, Table], None]] = [
    _add_column, _literal, _literal, _retype, _rename, _keys, _reference, _composite, _policy, _policy,
    _no_policy, _trigger,
]  # fmt: skip
