"""Sequences, free ones and those behind identity columns."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import statement


def _options(fact: Fact) -> str:
    detail = fact.detail
    cycle = "cycle" if detail["cycle"] else "no cycle"
    return (
        f"increment by {detail['increment']} minvalue {detail['min']} maxvalue {detail['max']} "
        f"start with {detail['start']} cache {detail['cache']} {cycle}"
    )


def _name(fact: Fact) -> str:
    return n.qualified(fact.key.schema, fact.key.name)


def identity_options(fact: Fact) -> str:
    """What stands in the parentheses of ``generated ... as identity``."""
    return f"sequence name {_name(fact)} {_options(fact)}"


def _create(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("identity"):
        return []
    unlogged = "unlogged " if fact.detail.get("persistence") == "u" else ""
    sql = f"create {unlogged}sequence {_name(fact)} as {fact.detail['type']} {_options(fact)}"
    found = [statement(fact.key, sql, hz.NOT_RESTORED)]
    return [*found, *_owner(fact), *_owned(fact, forced=False)]


def _owner(fact: Fact) -> Statements:
    return [
        statement(fact.key, f"alter sequence {_name(fact)} owner to {n.role(fact.detail['owner'])}", hz.AUTHZ)
    ]


def _owned(fact: Fact, forced: bool) -> Statements:
    owner = fact.detail.get("owned_by") or "none"
    if owner == "none" and not forced:
        return []
    return [statement(fact.key, f"alter sequence {_name(fact)} owned by {owner}").at(Phase.OWNED)]


def _drop(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("identity"):
        return []
    return [statement(fact.key, f"drop sequence {_name(fact)}", hz.DELETES_DATA, hz.IRREVERSIBLE)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if old.get("identity") != new.get("identity"):
        # The column makes and drops the sequence of an identity.
        return [] if new.get("identity") else None
    found: Statements = []
    if old["owner"] != new["owner"] and not new.get("identity"):
        found += _owner(after)
    if old["type"] != new["type"] and not new.get("identity"):
        found.append(statement(after.key, f"alter sequence {_name(after)} as {new['type']}"))
    if _options(before) != _options(after) or old["type"] != new["type"]:
        found.append(statement(after.key, f"alter sequence {_name(after)} {_options(after)}"))
    if old.get("persistence") != new.get("persistence"):
        logged = "unlogged" if new["persistence"] == "u" else "logged"
        found.append(statement(after.key, f"alter sequence {_name(after)} set {logged}"))
    if old.get("owned_by") != new.get("owned_by") and not new.get("identity"):
        found += _owned(after, forced=True)
    return found


def _inside(fact: Fact, catalog: Catalog) -> list[Key]:
    """An owned sequence goes with its column."""
    owner = catalog.owner_of(fact)
    return [owner, catalog.by_text[str(fact.detail["owned_table"])]] if owner else []


SEQUENCE = Noun(Phase.SEQUENCE, _create, _drop, _alter, _inside)
