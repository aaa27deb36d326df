"""Types and domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import Statement, cannot, statement


def _name(fact: Fact) -> str:
    return n.qualified(fact.key.schema, fact.key.name)


def _owner(fact: Fact) -> Statements:
    sql = f"alter {fact.key.kind} {_name(fact)} owner to {n.role(fact.detail['owner'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def create_type(fact: Fact) -> str | None:
    """``create type``; None for base types, which are made of C functions."""
    detail = fact.detail
    if detail["kind"] == "e":
        return f"create type {_name(fact)} as enum ({', '.join(map(n.text, detail['labels'] or []))})"
    if detail["kind"] == "c":
        fields = ", ".join(_field(*field) for field in detail["fields"] or [])
        return f"create type {_name(fact)} as ({fields})"
    if detail["kind"] == "r":
        return f"create type {_name(fact)} as range ({_range(detail['range'])})"
    return None


def _field(name: str, kind: str, collation: str | None = None) -> str:
    return f"{n.ident(name)} {kind}" + (f" collate {collation}" if collation else "")


def _range(parts: Mapping[str, Any]) -> str:
    words = {
        "subtype": parts["subtype"],
        "subtype_opclass": parts.get("opclass"),
        "collation": parts.get("collation"),
        "subtype_diff": (parts.get("subtype_diff") or "").partition("(")[0],
        "multirange_type_name": parts.get("multirange"),
    }
    return ", ".join(f"{word} = {value}" for word, value in words.items() if value)


def _create(fact: Fact, sides: Sides) -> Statements:
    sql = create_type(fact)
    if sql is None:
        return [cannot(fact.key, "base types are made of C functions")]
    return [statement(fact.key, sql), *_owner(fact)]


def _drop(fact: Fact, sides: Sides) -> Statements:
    return [statement(fact.key, f"drop {fact.key.kind} {_name(fact)}")]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    found: Statements = []
    if old["kind"] == new["kind"] == "e" and old["labels"] != new["labels"]:
        added = _labels(after, old["labels"] or [], new["labels"] or [])
        if added is None:
            return None
        found += added
    elif old["kind"] == new["kind"] == "c" and old["fields"] != new["fields"]:
        held = any(user.kind == "column" for user in sides.found.users[before.key])
        fields = _fields(after, old["fields"] or [], new["fields"] or [], held)
        if fields is None:
            return None
        found += fields
    elif any(old.get(word) != new.get(word) for word in ("kind", "range", "base_type")):
        return None
    return [*found, *(_owner(after) if old["owner"] != new["owner"] else [])]


def _labels(fact: Fact, old: list[str], new: list[str]) -> Statements | None:
    """Renamed labels, or added ones where all old ones stay in their order."""
    swaps = [(a, b) for a, b in zip(old, new, strict=False) if a != b]
    if len(old) == len(new) and all(a not in new and b not in old for a, b in swaps):
        # Same places, other words: rows keep what they hold.
        start = f"alter type {_name(fact)} rename value "
        return [statement(fact.key, f"{start}{n.text(a)} to {n.text(b)}") for a, b in swaps]
    if [label for label in new if label in old] != old:
        return None
    found = []
    for place, label in enumerate(new):
        if label in old:
            continue
        where = f" after {n.text(new[place - 1])}" if place else f" before {n.text(new[1])}" if old else ""
        sql = f"alter type {_name(fact)} add value {n.text(label)}{where}"
        found.append(statement(fact.key, sql, hz.IRREVERSIBLE, lossless=True))
    return found


def _fields(fact: Fact, old: list[Any], new: list[Any], held: bool) -> Statements | None:
    """Attributes added, dropped and retyped; None where they would end up in another order."""
    before, after = {one[0]: one for one in old}, {one[0]: one for one in new}
    kept = [name for name in before if name in after]
    if [*kept, *(name for name in after if name not in before)] != list(after):
        return None
    words = [f"drop attribute {n.ident(name)} cascade" for name in before if name not in after]
    words += [f"add attribute {_field(*after[name])} cascade" for name in after if name not in before]
    words += [
        f"alter attribute {n.ident(name)} type {after[name][1]} cascade"
        for name in kept
        if before[name] != after[name]
    ]
    lost = {"drop": (hz.DELETES_DATA, hz.IRREVERSIBLE), "add": (hz.NOT_RESTORED,)} if held else {}
    return [
        statement(
            fact.key,
            f"alter type {_name(fact)} {word}",
            hz.ACCESS_EXCLUSIVE,
            hz.CORRECTNESS,
            *lost.get(word.partition(" ")[0], ()),
        )
        for word in words
    ]


_OLD = " (replaced)"


def step_aside(fact: Fact) -> Statement:
    """Frees the name for a successor while columns still hold the type."""
    sql = f"alter {fact.key.kind} {_name(fact)} rename to {n.ident(fact.key.name + _OLD)}"
    return statement(fact.key, sql)


def retire(fact: Fact) -> Statement:
    """Drops the type that stepped aside."""
    return statement(fact.key, f"drop {fact.key.kind} {n.qualified(fact.key.schema, fact.key.name + _OLD)}")


TYPE = Noun(Phase.TYPE, _create, _drop, _alter)


def _create_domain(fact: Fact, sides: Sides) -> Statements:
    detail = fact.detail
    sql = f"create domain {_name(fact)} as {detail['base']}"
    if detail.get("collation"):
        sql += f" collate {detail['collation']}"
    if detail.get("default") is not None:
        sql += f" default {detail['default']}"
    if detail["not_null"]:
        sql += " not null"
    found = [statement(fact.key, sql), *_owner(fact)]
    calls = any(used.kind == "function" for used in sides.wanted.uses[fact.key])
    # A check that calls a function of this database waits for it.
    place = Phase.DEFAULT if calls else Phase.TYPE
    return found + [
        _check(fact, name, *check).at(place) for name, check in (detail.get("checks") or {}).items()
    ]


def _check(fact: Fact, name: str, definition: str, _validated: bool) -> Any:
    sql = f"alter domain {_name(fact)} add constraint {n.ident(name)} {definition}"
    return statement(fact.key, sql, hz.CORRECTNESS, hz.PERFORMANCE)


def _alter_domain(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new, name = before.detail, after.detail, _name(after)
    if any(old.get(word) != new.get(word) for word in ("base", "collation")):
        return None
    key = after.key
    found: Statements = []
    if old["default"] != new["default"]:
        action = "drop default" if new["default"] is None else f"set default {new['default']}"
        found.append(statement(key, f"alter domain {name} {action}"))
    if old["not_null"] != new["not_null"]:
        verb = "set" if new["not_null"] else "drop"
        words = (hz.CORRECTNESS, hz.PERFORMANCE) if new["not_null"] else ()
        found.append(statement(key, f"alter domain {name} {verb} not null", *words))
    checks = old.get("checks") or {}, new.get("checks") or {}
    for check in checks[0]:
        if checks[1].get(check) != checks[0][check]:
            found.append(statement(key, f"alter domain {name} drop constraint {n.ident(check)}"))
    for check, definition in checks[1].items():
        if checks[0].get(check) != definition:
            found.append(_check(after, check, *definition))
    return [*found, *(_owner(after) if old["owner"] != new["owner"] else [])]


DOMAIN = Noun(Phase.TYPE, _create_domain, _drop, _alter_domain)
