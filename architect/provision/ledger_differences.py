"""What two sets of catalog facts disagree on, in words: a project's own, and those its ledger makes."""

from __future__ import annotations

from typing import Any

Facts = dict[tuple[str, str], Any]

#: What a platform sets up by itself and a version of it may set up otherwise.
PLATFORM_OWNED = frozenset({"role", "default_privileges"})
#: What a hosted project has besides, before anybody's first migration.
HOSTED_OWNED = PLATFORM_OWNED | {"extension", "schema"}
PLATFORM_SCHEMAS = frozenset({"public", "extensions"})
#: Objects whose parts go without saying when they are missing or too many as a whole.
WHOLES = ("relation", "function", "type")
#: ``pg_class.relkind`` in words.
RELATIONS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
}


def differences(live: Facts, made: Facts, *, hosted: bool = False) -> list[str]:
    """In words, what the project has and its ledger does not make, and the other way round.

    What belongs to the platform is left out. On a ``hosted`` one the ledger was not made under the default
    privileges it is replayed under, so that grants are compared only where those are the same.
    """
    grants = not hosted or _defaults(live) == _defaults(made)
    live, made = _comparable(live, hosted, grants), _comparable(made, hosted, grants)
    only_live, only_made = live.keys() - made.keys(), made.keys() - live.keys()
    changed = {key for key in live.keys() & made.keys() if live[key] != made[key]}
    return [
        *(f"{_called(key, live)} is there, but no migration makes it" for key in _outermost(only_live)),
        *(
            f"{_called(key, made)} is made by the migrations, but is not there"
            for key in _outermost(only_made)
        ),
        *(f"{_called(key, live)} is not as the migrations make it" for key in sorted(changed)),
    ]


def _defaults(facts: Facts) -> Facts:
    return {key: fact for key, fact in facts.items() if _is_default(key)}


def _is_default(key: tuple[str, str]) -> bool:
    return key[0] == "grant" and key[1].startswith("default ")


def _comparable(facts: Facts, hosted: bool, grants: bool) -> Facts:
    owned = HOSTED_OWNED if hosted else PLATFORM_OWNED

    def ours(key: tuple[str, str]) -> bool:
        kind, identity = key
        if kind in owned or _is_default(key):
            return False
        if kind == "schema":
            return identity not in PLATFORM_SCHEMAS
        if kind == "grant":
            of_platform = identity.startswith("schema ") and (
                hosted or identity.split(" ")[1] in PLATFORM_SCHEMAS
            )
            return grants and not of_platform
        return True

    return {key: fact for key, fact in facts.items() if ours(key)}


def _outermost(keys: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the columns, grants and the like of a whole that is itself among ``keys``."""
    wholes = {identity for kind, identity in keys if kind in WHOLES}
    schemas = {identity for kind, identity in keys if kind == "schema"}

    def part(key: tuple[str, str]) -> bool:
        kind, identity = key
        if kind == "grant" and identity.startswith("schema "):
            return any(identity.startswith(f"schema {schema} to ") for schema in schemas)
        if kind in WHOLES:
            # The sequence of an identity column is called after its table.
            return any(identity.startswith(f"{whole}_") and identity.endswith("_seq") for whole in wholes)
        if kind == "row_security":
            return identity in wholes
        if kind == "grant":
            return any(f" {whole} to " in identity or f" {whole}." in identity for whole in wholes)
        return any(identity.startswith(f"{whole}.") for whole in wholes)

    return sorted(key for key in keys if not part(key))


def _called(key: tuple[str, str], facts: Facts) -> str:
    kind, identity = key
    word = RELATIONS[facts[key]["kind"]] if kind == "relation" else kind.replace("_", " ")
    return f"{word} {identity}"
