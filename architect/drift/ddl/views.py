"""Views and materialised views."""

from __future__ import annotations

from collections.abc import Mapping

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import statement
from architect.drift.ddl.tables import set_options


def _name(fact: Fact) -> str:
    return n.qualified(fact.key.schema, fact.key.name)


def _noun(fact: Fact) -> str:
    return "view" if fact.key.kind == "view" else "materialized view"


def _definition(fact: Fact) -> str:
    return str(fact.detail["definition"]).strip().removesuffix(";")


def _with(fact: Fact) -> str:
    return f" with ({n.options(fact.detail['options'])})" if fact.detail.get("options") else ""


def _create(fact: Fact, sides: Sides) -> Statements:
    sql = f"create {_noun(fact)} {_name(fact)}{_with(fact)} as\n{_definition(fact)}"
    words: tuple[str, ...] = (hz.AUTHZ,)
    if fact.key.kind == "matview":
        # Filled when it is created: what it holds comes from the tables again.
        sql += "" if fact.detail["populated"] else "\nwith no data"
        words = (hz.PERFORMANCE,)
    return [
        statement(fact.key, sql, *words),
        *_owner(fact),
        *_defaults(fact, {}, fact.detail.get("defaults") or {}),
    ]


def _defaults(fact: Fact, old: Mapping[str, str], new: Mapping[str, str]) -> Statements:
    """What an insert through the view fills in."""
    found: Statements = []
    for column in sorted({*old, *new}):
        if old.get(column) != new.get(column):
            action = f"set default {new[column]}" if column in new else "drop default"
            sql = f"alter view {_name(fact)} alter column {n.ident(column)} {action}"
            found.append(statement(fact.key, sql, hz.ACCESS_EXCLUSIVE))
    return found


def _owner(fact: Fact) -> Statements:
    sql = f"alter {_noun(fact)} {_name(fact)} owner to {n.role(fact.detail['owner'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _drop(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop {_noun(fact)} {_name(fact)}", hz.ACCESS_EXCLUSIVE)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    found: Statements = []
    if old["definition"] != new["definition"]:
        if after.key.kind == "matview" or new["columns"][: len(old["columns"])] != old["columns"]:
            return None
        sql = f"create or replace view {_name(after)}{_with(after)} as\n{_definition(after)}"
        found.append(statement(after.key, sql, hz.ACCESS_EXCLUSIVE, hz.AUTHZ))
    else:
        if old["columns"] != new["columns"]:
            return None
        found += set_options(_noun(after), after.key, _name(after), old, new)
    found += _defaults(after, old.get("defaults") or {}, new.get("defaults") or {})
    if old["owner"] != new["owner"]:
        found += _owner(after)
    if after.key.kind == "matview" and old["populated"] != new["populated"]:
        data = "" if new["populated"] else " with no data"
        sql = f"refresh materialized view {_name(after)}{data}"
        found.append(statement(after.key, sql, hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE))
    return found


VIEW = Noun(Phase.VIEW, _create, _drop, _alter)
MATVIEW = Noun(Phase.MATVIEW, _create, _drop, _alter)
