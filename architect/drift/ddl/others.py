"""What is rare: casts, operators, languages, foreign servers... and labels on objects."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import cannot, statement

_WHY = "its properties are recorded, but not all that creating it takes"


def drop(fact: Fact, sides: Sides) -> Statements:
    """``pg_identify_object`` names an object as ``drop`` wants it."""
    sql = f"drop {fact.detail['object_type']} {fact.detail['identity']}"
    return [statement(fact.key, sql, hz.UNTRACKABLE)]


def _create(fact: Fact, sides: Sides) -> Statements:
    return [cannot(fact.key, _WHY)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return [cannot(after.key, _WHY)]


OTHER = Noun(Phase.OTHER, _create, drop, _alter)


def _create_cast(fact: Fact, sides: Sides) -> Statements:
    parts = fact.detail["properties"]
    if parts["method"] == "f":
        how = f"with function {parts['function']}"
    else:
        how = "with inout" if parts["method"] == "i" else "without function"
    context = {"a": " as assignment", "i": " as implicit"}.get(parts["context"], "")
    sql = f"create cast {fact.detail['identity']} {how}{context}"
    words = [hz.SUPERUSER] if parts["method"] == "b" else []
    return [statement(fact.key, sql, *words).at(Phase.DEFAULT)]


CAST = Noun(Phase.FUNCTION, _create_cast, drop)


def _comment(fact: Fact, text: str | None) -> Statements:
    kinds = {"table column": "column", "table constraint": "constraint", "domain constraint": "constraint"}
    kind = kinds.get(fact.detail["object_type"], fact.detail["object_type"])
    said = "null" if text is None else n.text(text)
    return [statement(fact.key, f"comment on {kind} {fact.detail['identity']} is {said}")]


def _create_comment(fact: Fact, sides: Sides) -> Statements:
    return _comment(fact, str(fact.detail["comment"]))


def _drop_comment(fact: Fact, sides: Sides) -> Statements:
    return _comment(fact, None)


def _alter_comment(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _create_comment(after, sides)


GRAPHQL = Noun(Phase.COMMENT, _create_comment, _drop_comment, _alter_comment)


def _label(fact: Fact, text: str | None) -> Statements:
    kind = "column" if fact.detail["object_type"] == "table column" else fact.detail["object_type"]
    said = "null" if text is None else n.text(text)
    provider = n.ident(fact.detail["provider"])
    sql = f"security label for {provider} on {kind} {fact.detail['identity']} is {said}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _create_label(fact: Fact, sides: Sides) -> Statements:
    return _label(fact, str(fact.detail["label"]))


def _drop_label(fact: Fact, sides: Sides) -> Statements:
    return _label(fact, None)


def _alter_label(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _create_label(after, sides)


SECURITY_LABEL = Noun(Phase.COMMENT, _create_label, _drop_label, _alter_label)


def _drop_mapping(fact: Fact, sides: Sides) -> Statements:
    sql = f"drop user mapping for {n.role(fact.detail['role'])} server {n.ident(fact.detail['server'])}"
    return [statement(fact.key, sql, hz.AUTHZ, hz.IRREVERSIBLE)]


USER_MAPPING = Noun(Phase.OTHER, _create, _drop_mapping, _alter)


def _drop_subscription(fact: Fact, sides: Sides) -> Statements:
    # Dropping one with its slot cannot be part of a transaction; disabled, it brings no more rows.
    name = n.ident(fact.key.name)
    return [
        statement(fact.key, f"alter subscription {name} disable", hz.SUPERUSER),
        statement(fact.key, f"alter subscription {name} set (slot_name = none)", hz.SUPERUSER),
        statement(fact.key, f"drop subscription {name}", hz.SUPERUSER, hz.IRREVERSIBLE),
    ]


SUBSCRIPTION = Noun(Phase.PUBLICATION, _create, _drop_subscription, _alter)


def _extension_table(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    name = n.qualified(after.key.schema, after.key.name)
    old, new = before.detail, after.detail
    found: Statements = []
    for word, on, off in (("rls", "enable", "disable"), ("forced", "force", "no force")):
        if old[word] != new[word]:
            sql = f"alter table {name} {on if new[word] else off} row level security"
            found.append(statement(after.key, sql, hz.ACCESS_EXCLUSIVE, hz.AUTHZ))
    if old["owner"] != new["owner"]:
        found.append(statement(after.key, f"alter table {name} owner to {n.role(new['owner'])}", hz.AUTHZ))
    return found


def _with_extension(fact: Fact, sides: Sides) -> Statements:
    """It comes and goes with its extension."""
    return []


EXTENSION_TABLE = Noun(Phase.TABLE_STATE, _with_extension, _with_extension, _extension_table)


def _outside(fact: Fact, sides: Sides) -> Statements:
    return [cannot(fact.key, "it is not in the database: SQL does not reach it")]


def _outside_change(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _outside(after, sides)


#: Edge functions, settings of Auth and of the API.
OUTSIDE = Noun(Phase.ROWS, _outside, _outside, _outside_change)


#: A kind that there is no DDL for.
UNKNOWN = Noun(Phase.OTHER, _create, _create, _alter)
