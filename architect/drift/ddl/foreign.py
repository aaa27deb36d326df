"""Foreign servers and their wrappers, collations, operators and text search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.others import drop
from architect.drift.ddl.roles import block
from architect.drift.ddl.sides import Sides
from architect.drift.ddl.statement import Statement, cannot, statement
from architect.drift.ddl.tables import HIDDEN, changed_options, foreign_options


def _parts(fact: Fact) -> Mapping[str, Any]:
    parts: Mapping[str, Any] = fact.detail["properties"]
    return parts


def _owner(fact: Fact) -> Statements:
    what = f"{fact.detail['object_type']} {fact.detail['identity']}"
    sql = f"alter {what} owner to {n.role(_parts(fact)['owner'])}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _create_server(fact: Fact, sides: Sides) -> Statements:
    parts = _parts(fact)
    if HIDDEN in (parts.get("options") or {}).values():
        return [cannot(fact.key, "an option of the server looks like a secret and is not recorded")]
    sql = f"create server {fact.detail['identity']}"
    sql += f" type {n.text(parts['type'])}" if parts.get("type") else ""
    sql += f" version {n.text(parts['version'])}" if parts.get("version") else ""
    sql += f" foreign data wrapper {n.ident(parts['wrapper'])}{foreign_options(parts.get('options'))}"
    # Who logs in there, and how, is a secret.
    return [statement(fact.key, sql, hz.IRREVERSIBLE), *_owner(fact)]


def _create_collation(fact: Fact, sides: Sides) -> Statements:
    parts = _parts(fact)
    words = {
        "provider": {"i": "icu", "c": "libc", "b": "builtin"}.get(str(parts.get("collprovider"))),
        "locale": _text(parts.get("colllocale") or parts.get("colliculocale")),
        "lc_collate": _text(parts.get("collcollate")),
        "lc_ctype": _text(parts.get("collctype")),
        "rules": _text(parts.get("collicurules")),
        "deterministic": "false" if parts.get("collisdeterministic") is False else None,
    }
    said = ", ".join(f"{word} = {value}" for word, value in words.items() if value)
    return [statement(fact.key, f"create collation {fact.detail['identity']} ({said})"), *_owner(fact)]


def _text(value: str | None) -> str | None:
    return n.text(value) if value else None


def _create_operator(fact: Fact, sides: Sides) -> Statements:
    parts = _parts(fact)
    name, _, types = str(fact.detail["identity"]).rpartition("(")
    left, _, right = types.removesuffix(")").partition(",")
    words = {
        "function": str(parts["function"]).partition("(")[0],
        "leftarg": None if left.strip().upper() == "NONE" else left.strip(),
        "rightarg": None if right.strip().upper() == "NONE" else right.strip(),
        "restrict": _function(parts["restrict"]),
        "join": _function(parts["join"]),
        "commutator": _operator(parts.get("commutator")),
        "negator": _operator(parts.get("negator")),
    }
    said = [f"{word} = {value}" for word, value in words.items() if value]
    said += [word for word in ("hashes", "merges") if parts.get(word)]
    sql = f"create operator {name} ({', '.join(said)})"
    return [statement(fact.key, sql).at(Phase.DEFAULT), *[one.at(Phase.DEFAULT) for one in _owner(fact)]]


def _function(name: str | None) -> str | None:
    return None if name in (None, "-") else name


def _operator(name: str | None) -> str | None:
    return f"operator({name.partition('(')[0]})" if name else None


def _create_configuration(fact: Fact, sides: Sides) -> Statements:
    parts, name = _parts(fact), fact.detail["identity"]
    found = [statement(fact.key, f"create text search configuration {name} (parser = {parts['parser']})")]
    mappings: dict[int, list[str]] = {}
    for token, dictionary in parts.get("mappings") or []:
        mappings.setdefault(int(token), []).append(str(dictionary))
    for token, dictionaries in mappings.items():
        found.append(_mapping(fact, str(parts["parser"]), token, dictionaries))
    return [*found, *_owner(fact)]


def _mapping(fact: Fact, parser: str, token: int, dictionaries: list[str]) -> Statement:
    """Tokens have numbers in the catalog and names in DDL."""
    template = n.text(
        f"alter text search configuration {fact.detail['identity']} add mapping for %I "
        f"with {', '.join(dictionaries)}"
    )
    source = f"pg_catalog.ts_token_type({n.text(parser)})"
    alias = f"(select alias from {source} where tokid = {token})"
    return block(fact.key, f"execute pg_catalog.format({template}, {alias});")


def _create_dictionary(fact: Fact, sides: Sides) -> Statements:
    parts = _parts(fact)
    options = f", {parts['options']}" if parts.get("options") else ""
    sql = f"create text search dictionary {fact.detail['identity']} (template = {parts['template']}{options})"
    return [statement(fact.key, sql), *_owner(fact)]


def _again(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    """Only another owner is a change in place."""
    old, new = dict(_parts(before)), dict(_parts(after))
    owners = old.pop("owner", None), new.pop("owner", None)
    return _owner(after) if old == new and owners[0] != owners[1] else None


def _alter_server(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = _parts(before), _parts(after)
    if (old.get("type"), old.get("wrapper")) != (new.get("type"), new.get("wrapper")):
        return None
    words = changed_options(old.get("options"), new.get("options"))
    if old.get("version") != new.get("version"):
        words = f" version {n.text(new.get('version') or '')}{words}"
    found = [statement(after.key, f"alter server {after.detail['identity']}{words}")] if words else []
    return [*found, *(_owner(after) if old["owner"] != new["owner"] else [])]


def _create_language(fact: Fact, sides: Sides) -> Statements:
    parts = _parts(fact)
    sql = f"create {'trusted ' if parts['trusted'] else ''}language {fact.detail['identity']}"
    sql += f" handler {parts['handler']}"
    for word in ("inline", "validator"):
        sql += f" {word} {parts[word]}" if _function(parts.get(word)) else ""
    return [statement(fact.key, sql, hz.SUPERUSER), *_owner(fact)]


LANGUAGE = Noun(Phase.OTHER, _create_language, drop, _again)
SERVER = Noun(Phase.OTHER, _create_server, drop, _alter_server)
COLLATION = Noun(Phase.OTHER, _create_collation, drop, _again)
OPERATOR = Noun(Phase.FUNCTION, _create_operator, drop, _again)
CONFIGURATION = Noun(Phase.OTHER + 1, _create_configuration, drop, _again)
DICTIONARY = Noun(Phase.OTHER, _create_dictionary, drop, _again)
