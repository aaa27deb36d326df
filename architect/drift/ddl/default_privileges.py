"""Default privileges: what new objects are granted."""

from __future__ import annotations

from collections.abc import Mapping

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.grants import OWNER
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import statement

Holders = Mapping[str, Mapping[str, bool]]
_OWNERS = {
    "tables": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "sequences": ("SELECT", "UPDATE", "USAGE"),
    "functions": ("EXECUTE",),
    "types": ("USAGE",),
    "schemas": ("CREATE", "USAGE"),
    "large objects": ("SELECT", "UPDATE"),
}
_OPEN = ("functions", "types")


def _built_in(fact: Fact) -> Holders:
    """What holds where no list is. Lists of one schema add to those of all schemas."""
    if fact.detail["schema"] is not None:
        return {}
    kind = fact.detail["object_kind"]
    owner = dict.fromkeys(_OWNERS.get(kind, ()), False)
    return {OWNER: owner, **({"public": owner} if kind in _OPEN else {})}


def _change(fact: Fact, before: Holders, after: Holders, sides: Sides) -> Statements:
    detail = fact.detail
    schema = f" in schema {n.ident(detail['schema'])}" if detail["schema"] is not None else ""
    start = f"alter default privileges for role {n.ident(detail['role'])}{schema} "
    found: Statements = []
    for holder in sorted({*before, *after}):
        role = n.ident(detail["role"]) if holder == OWNER else n.role(holder)
        old, new = dict(before.get(holder, {})), dict(after.get(holder, {}))
        if sides.version < 170000 or (holder == OWNER and "MAINTAIN" not in {**old, **new}):
            old.pop("MAINTAIN", None)
            new.pop("MAINTAIN", None)
        for words, said in _differences(old, new):
            sql = start + said.format(f"{', '.join(words).lower()} on {detail['object_kind']}", role)
            found.append(statement(fact.key, sql, hz.AUTHZ))
    return found


def _differences(old: dict[str, bool], new: dict[str, bool]) -> list[tuple[list[str], str]]:
    pairs = [
        (sorted(name for name in old if name not in new), "revoke {} from {}"),
        (
            sorted(name for name in new if old.get(name) and not new[name]),
            "revoke grant option for {} from {}",
        ),
        (sorted(name for name in new if name not in old and not new[name]), "grant {} to {}"),
        (sorted(name for name in new if new[name] and not old.get(name)), "grant {} to {} with grant option"),
    ]
    return [(words, said) for words, said in pairs if words]


def _create(fact: Fact, sides: Sides) -> Statements:
    return _change(fact, _built_in(fact), fact.detail["holders"], sides)


def _drop(fact: Fact, sides: Sides) -> Statements:
    return _change(fact, fact.detail["holders"], _built_in(fact), sides)


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _change(after, before.detail["holders"], after.detail["holders"], sides)


def _inside(fact: Fact, _catalog: Catalog) -> list[Key]:
    schema = fact.detail["schema"]
    return [
        *([Key("schema", "", schema)] if schema is not None else []),
        Key("role", "", fact.detail["role"]),
    ]


DEFAULT_PRIVILEGES = Noun(Phase.DEFAULT_PRIVILEGES, _create, _drop, _alter, _inside, early=True)
