"""Triggers, rules and event triggers."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements, on_relation
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import statement
from architect.drift.ddl.tables import trigger_state

_VERBS = {"O": "enable", "D": "disable", "A": "enable always", "R": "enable replica"}


def _create(fact: Fact, sides: Sides) -> Statements:
    found: Statements = []
    if not fact.detail.get("inherited"):
        found.append(statement(fact.key, str(fact.detail["definition"]), hz.SHARE_ROW_EXCLUSIVE))
    if fact.detail["enabled"] != "O":
        sql = trigger_state(fact)
        found.append(statement(fact.key, sql, hz.SHARE_ROW_EXCLUSIVE).at(Phase.TABLE_STATE))
    return found


def _drop(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("inherited"):
        return []
    sql = f"drop trigger {n.ident(n.last(fact))} on {n.of_table(fact)}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if old["definition"] != new["definition"] or old.get("inherited") != new.get("inherited"):
        return None
    if old["enabled"] == new["enabled"]:
        return []
    return [statement(after.key, trigger_state(after), hz.SHARE_ROW_EXCLUSIVE).at(Phase.TABLE_STATE)]


TRIGGER = Noun(Phase.TRIGGER, _create, _drop, _alter, on_relation, early=True)


def _rule_state(fact: Fact) -> str:
    return f"alter table {n.of_table(fact)} {_VERBS[fact.detail['enabled']]} rule {n.ident(n.last(fact))}"


def _create_rule(fact: Fact, sides: Sides) -> Statements:
    sql = str(fact.detail["definition"]).removesuffix(";").replace("CREATE RULE", "create or replace rule", 1)
    found = [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE)]
    if fact.detail["enabled"] != "O":
        found.append(statement(fact.key, _rule_state(fact), hz.ACCESS_EXCLUSIVE))
    return found


def _drop_rule(fact: Fact, sides: Sides) -> Statements:
    sql = f"drop rule {n.ident(n.last(fact))} on {n.of_table(fact)}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE)]


def _alter_rule(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    found = (
        _create_rule(after, sides)[:1] if before.detail["definition"] != after.detail["definition"] else []
    )
    if before.detail["enabled"] != after.detail["enabled"]:
        found.append(statement(after.key, _rule_state(after), hz.ACCESS_EXCLUSIVE))
    return found


RULE = Noun(Phase.RULE, _create_rule, _drop_rule, _alter_rule, on_relation, early=True)


def _create_event(fact: Fact, sides: Sides) -> Statements:
    detail, name = fact.detail, n.ident(fact.key.name)
    sql = f"create event trigger {name} on {detail['event']}"
    if detail.get("tags"):
        sql += f" when tag in ({', '.join(n.text(tag) for tag in detail['tags'])})"
    sql += f" execute function {detail['function']}"
    found = [statement(fact.key, sql, hz.SUPERUSER)]
    found.append(
        statement(fact.key, f"alter event trigger {name} owner to {n.role(detail['owner'])}", hz.SUPERUSER)
    )
    return [*found, *([] if detail["enabled"] == "O" else _event_state(fact))]


def _event_state(fact: Fact) -> Statements:
    sql = f"alter event trigger {n.ident(fact.key.name)} {_VERBS[fact.detail['enabled']]}"
    return [statement(fact.key, sql, hz.SUPERUSER)]


def _drop_event(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop event trigger {n.ident(fact.key.name)}", hz.SUPERUSER)]


def _alter_event(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if any(old.get(name) != new.get(name) for name in ("event", "function", "tags")):
        return None
    found = _event_state(after) if old["enabled"] != new["enabled"] else []
    if old["owner"] != new["owner"]:
        sql = f"alter event trigger {n.ident(after.key.name)} owner to {n.role(new['owner'])}"
        found.append(statement(after.key, sql, hz.SUPERUSER))
    return found


EVENT_TRIGGER = Noun(Phase.EVENT_TRIGGER, _create_event, _drop_event, _alter_event, early=True)
