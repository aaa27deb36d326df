"""Functions, procedures and aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import cannot, statement

_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_PARALLEL = {"s": "parallel safe", "r": "parallel restricted", "u": "parallel unsafe"}
#: What ``alter function`` can set. Everything else is said by the whole definition.
_ATTRIBUTES = {"definer", "volatility", "leakproof", "strict", "parallel", "cost", "rows", "config"}
_NOUNS = {"p": "procedure", "a": "aggregate"}


def _noun(fact: Fact) -> str:
    return _NOUNS.get(fact.detail["kind"], "function")


def _name(fact: Fact) -> str:
    name = n.routine(fact.key)
    # An aggregate of rows has no arguments but a star.
    return name.replace("()", "(*)") if fact.detail["kind"] == "a" and name.endswith("()") else name


def _create(fact: Fact, sides: Sides) -> Statements:
    if fact.detail["kind"] == "a":
        return _aggregate(fact)
    return [_whole(fact, sides), *_owner(fact)]


def _whole(fact: Fact, sides: Sides) -> Any:
    words = [hz.AUTHZ]
    if fact.detail["leakproof"] or fact.detail["language"] in ("c", "internal"):
        words.append(hz.SUPERUSER)
    return statement(fact.key, str(fact.detail["definition"]).strip(), *words)


def _aggregate(fact: Fact) -> Statements:
    parts = fact.detail.get("aggregate")
    if not parts or parts.get("aggkind") != "n":
        return [cannot(fact.key, "only plain aggregates are recorded in full")]
    words = [f"sfunc = {_function_name(parts['aggtransfn'])}", f"stype = {parts['aggtranstype']}"]
    if parts.get("aggfinalfn") not in (None, "-"):
        words.append(f"finalfunc = {_function_name(parts['aggfinalfn'])}")
    if parts.get("agginitval") is not None:
        words.append(f"initcond = {n.text(parts['agginitval'])}")
    words.append(f"parallel = {_PARALLEL[fact.detail['parallel']].removeprefix('parallel ')}")
    arguments = fact.detail["arguments"] or "*"
    name = _name(fact).partition("(")[0]
    return [
        statement(fact.key, f"create aggregate {name}({arguments}) ({', '.join(words)})"),
        *_owner(fact),
    ]


def _function_name(text: str) -> str:
    """``regprocedure`` without its arguments."""
    return text.partition("(")[0]


def _owner(fact: Fact) -> Statements:
    return [
        statement(
            fact.key, f"alter {_noun(fact)} {_name(fact)} owner to {n.role(fact.detail['owner'])}", hz.AUTHZ
        )
    ]


def _drop(fact: Fact, sides: Sides) -> Statements:
    # Bodies that are text call it without the catalog knowing.
    return [statement(fact.key, f"drop {_noun(fact)} {_name(fact)}", hz.UNTRACKABLE)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)} - {"owner"}
    if changed & {"kind", "returns", "arguments", "aggregate"} or (changed and new["kind"] == "a"):
        return None
    found: Statements = []
    if changed and changed <= _ATTRIBUTES | {"definition"}:
        found.append(_attributes(after, old, new))
    elif changed:
        found.append(_whole(after, sides))
    if old["owner"] != new["owner"]:
        found += _owner(after)
    return found


def _attributes(fact: Fact, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    said = {
        "definer": "security definer" if new["definer"] else "security invoker",
        "volatility": _VOLATILITY[new["volatility"]],
        "leakproof": "leakproof" if new["leakproof"] else "not leakproof",
        "strict": "strict" if new["strict"] else "called on null input",
        "parallel": _PARALLEL[new["parallel"]],
        "cost": f"cost {new.get('cost')}",
        "rows": f"rows {new.get('rows')}",
    }
    words = [text for name, text in said.items() if old.get(name) != new.get(name)]
    words += _config(old.get("config") or [], new.get("config") or [])
    hazards = [hz.AUTHZ] + (
        [hz.SUPERUSER] if old["leakproof"] != new["leakproof"] and new["leakproof"] else []
    )
    return statement(fact.key, f"alter {_noun(fact)} {_name(fact)} {' '.join(words)}", *hazards)


def _config(old: list[str], new: list[str]) -> list[str]:
    before = dict(text.split("=", 1) for text in old)
    after = dict(text.split("=", 1) for text in new)
    gone = [f"reset {n.setting_name(name)}" for name in before if name not in after]
    return gone + [
        f"set {n.setting_name(name)} to {n.setting_value(name, value)}"
        for name, value in after.items()
        if before.get(name) != value
    ]


FUNCTION = Noun(Phase.FUNCTION, _create, _drop, _alter)
