"""Roles, memberships and the settings of roles and of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import Statement, cannot, statement

_ATTRIBUTES = {
    "superuser": "superuser",
    "bypass_rls": "bypassrls",
    "inherit": "inherit",
    "login": "login",
    "create_role": "createrole",
    "create_db": "createdb",
    "replication": "replication",
}
#: Only a superuser gives or takes these, and only a superuser touches a role that has the first.
_MIGHTY = {"superuser", "bypass_rls", "replication"}


def _words(detail: Mapping[str, Any], names: set[str]) -> list[str]:
    words = [("" if detail[name] else "no") + word for name, word in _ATTRIBUTES.items() if name in names]
    if "connection_limit" in names:
        words.append(f"connection limit {detail['connection_limit']}")
    if "valid_until" in names:
        words.append(f"valid until {n.text(detail['valid_until'] or 'infinity')}")
    return words


def _create(fact: Fact, sides: Sides) -> Statements:
    name, detail = n.ident(fact.key.name), fact.detail
    told = {*_ATTRIBUTES} | ({"connection_limit"} if detail.get("connection_limit", -1) != -1 else set())
    told |= {"valid_until"} if detail.get("valid_until") else set()
    make = f"create role {name} {' '.join(_words(detail, told))}"
    # Roles belong to all databases of the server: another one may have it already.
    known = f"exists (select from pg_catalog.pg_roles where rolname = {n.text(fact.key.name)})"
    body = f"if not {known} then {make}; end if;"
    hazards = [hz.AUTHZ, *([hz.IRREVERSIBLE] if detail["login"] else [])]
    return [block(fact.key, body, *hazards, *_mighty(detail))]


def block(key: Key, body: str, *hazards: str) -> Statement:
    """An anonymous block, under a quote that the body does not hold."""
    mark = "$do$"
    while mark in body:
        mark = mark[:-1] + "o$"
    return statement(key, f"do {mark} begin {body} end {mark}", *hazards)


def _mighty(detail: Mapping[str, Any]) -> list[str]:
    return [hz.SUPERUSER] if any(detail.get(name) for name in _MIGHTY) else []


def _drop(fact: Fact, sides: Sides) -> Statements:
    # It may have a password.
    lost = [hz.IRREVERSIBLE] if fact.detail["login"] else []
    words = [hz.AUTHZ, *lost, *_mighty(fact.detail)]
    return [statement(fact.key, f"drop role {n.ident(fact.key.name)}", *words)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    words = _words(new, changed)
    mighty = [hz.SUPERUSER] if changed & _MIGHTY or old.get("superuser") else []
    sql = f"alter role {n.ident(after.key.name)} {' '.join(words)}"
    return [statement(after.key, sql, hz.AUTHZ, *mighty)] if words else []


ROLE = Noun(Phase.ROLE, _create, _drop, _alter)


def _member(fact: Fact) -> str:
    return f"{n.ident(fact.detail['role'])} to {n.ident(fact.detail['member'])}"


def _grant(fact: Fact, sides: Sides) -> Statements:
    detail = fact.detail
    if sides.version >= 160000:
        how = ", ".join(f"{word} {str(bool(detail[word])).lower()}" for word in ("admin", "inherit", "set"))
        return [statement(fact.key, f"grant {_member(fact)} with {how}", *_words_for(fact))]
    admin = " with admin option" if detail["admin"] else ""
    return [statement(fact.key, f"grant {_member(fact)}{admin}", *_words_for(fact))]


def _revoke(fact: Fact, sides: Sides) -> Statements:
    sql = f"revoke {n.ident(fact.detail['role'])} from {n.ident(fact.detail['member'])} cascade"
    return [statement(fact.key, sql, *_words_for(fact))]


def _words_for(fact: Fact) -> tuple[str, ...]:
    """The server's own roles are a superuser's to give."""
    return (hz.AUTHZ, hz.SUPERUSER) if str(fact.detail["role"]).startswith("pg_") else (hz.AUTHZ,)


def _regrant(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    found = _grant(after, sides)
    if sides.version < 160000 and before.detail["admin"] and not after.detail["admin"]:
        member = f"{n.ident(after.detail['role'])} from {n.ident(after.detail['member'])}"
        found = [statement(after.key, f"revoke admin option for {member} cascade", hz.AUTHZ)]
    return found


def _inside_roles(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [Key("role", "", fact.detail[word]) for word in ("role", "member")]


MEMBERSHIP = Noun(Phase.MEMBERSHIP, _grant, _revoke, _regrant, _inside_roles, early=True)


def _target(fact: Fact, action: str) -> Statement:
    """``alter role ... [in database ...] set ...``; the database tells its own name."""
    detail = fact.detail
    if fact.key.kind == "role_setting" and not detail["here"]:
        return statement(fact.key, f"alter role {n.ident(detail['role'])} {action}", hz.AUTHZ)
    what = f"role {n.ident(detail['role'])} in database %I" if detail.get("role") else "database %I"
    template = n.text(f"alter {what} ".replace("%I", "%1$I") + action.replace("%", "%%"))
    return block(fact.key, f"execute pg_catalog.format({template}, pg_catalog.current_database());", hz.AUTHZ)


def _set(fact: Fact, sides: Sides) -> Statements:
    name, value = fact.detail["setting"], fact.detail["value"]
    if fact.detail.get("secret"):
        return [cannot(fact.key, f"the value of {name} looks like a secret and is not recorded")]
    return [_target(fact, f"set {n.setting_name(name)} to {n.setting_value(name, value)}")]


def _reset(fact: Fact, sides: Sides) -> Statements:
    return [_target(fact, f"reset {n.setting_name(fact.detail['setting'])}")]


def _reset_value(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _set(after, sides)


def _inside_role(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [Key("role", "", fact.detail["role"])] if fact.detail.get("role") else []


SETTING = Noun(Phase.SETTING, _set, _reset, _reset_value, _inside_role, early=True)
