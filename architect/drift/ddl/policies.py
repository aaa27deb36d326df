"""Policies."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements, on_relation
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import statement

_COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}
_WORDS = (hz.ACCESS_EXCLUSIVE, hz.AUTHZ)


def _name(fact: Fact) -> str:
    return f"{n.ident(str(fact.detail['policy']))} on {n.of_table(fact)}"


def _create(fact: Fact, sides: Sides) -> Statements:
    detail = fact.detail
    sql = f"create policy {_name(fact)}"
    if not detail["permissive"]:
        sql += " as restrictive"
    sql += f" for {_COMMANDS[detail['command']]} to {n.roles(detail['roles'])}"
    return [statement(fact.key, sql + _expressions(fact), *_WORDS)]


def _expressions(fact: Fact) -> str:
    using, check = fact.detail["using"], fact.detail["check"]
    sql = f"\n  using ({using})" if using is not None else ""
    return sql + (f"\n  with check ({check})" if check is not None else "")


def _drop(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop policy {_name(fact)}", *_WORDS)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if (old["command"], old["permissive"]) != (new["command"], new["permissive"]):
        return None
    if any(old[name] is not None and new[name] is None for name in ("using", "check")):
        return None
    sql = f"alter policy {_name(after)}"
    if old["roles"] != new["roles"]:
        sql += f" to {n.roles(new['roles'])}"
    if (old["using"], old["check"]) != (new["using"], new["check"]):
        sql += _expressions(after)
    return [statement(after.key, sql, *_WORDS)]


POLICY = Noun(Phase.POLICY, _create, _drop, _alter, on_relation, early=True)
