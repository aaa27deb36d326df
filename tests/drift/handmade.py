"""Snapshots written by hand, a few facts at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from architect.catalog.facts.snapshot import Edge, Fact, Key, Snapshot

ROLE = {
    "superuser": False, "bypass_rls": False, "inherit": True, "login": False, "create_role": False,
    "create_db": False, "replication": False, "connection_limit": -1, "valid_until": None,
}  # fmt: skip
TABLE = {
    "relkind": "r", "owner": "postgres", "persistence": "p", "rls": True, "forced": False,
    "replica_identity": "d", "replica_index": None, "partition_key": None, "partition_of": None,
    "bound": None, "inherits": [], "options": {}, "access_method": "heap", "fk_triggers_enabled": True,
    "fk_triggers_off": [],
}  # fmt: skip
FUNCTION = {
    "kind": "f", "owner": "postgres", "language": "sql", "arguments": "", "returns": "boolean",
    "identity_arguments": "", "sql_body": None, "library": None, "definer": False, "volatility": "s",
    "leakproof": False, "strict": False, "parallel": "u", "cost": 100, "rows": 0, "config": [],
    "support": None, "aggregate": None,
}  # fmt: skip
BASE_ROLES = ("postgres", "anon", "authenticated", "service_role", "authenticator")


def fact(kind: str, schema: str, name: str, /, **detail: Any) -> Fact:
    return Fact(Key(kind, schema, name), detail)


def table(name: str, schema: str = "public", **detail: Any) -> Fact:
    return fact("table", schema, name, **TABLE | detail)


def column(path: str, schema: str = "public", **detail: Any) -> Fact:
    start = {"type": "text", "not_null": False, "default": None, "identity": "", "generated": ""}
    return fact("column", schema, path, table=path.split(".")[0], **start | detail)


def policy(path: str, schema: str = "public", **detail: Any) -> Fact:
    name = path.split(".")
    start = {"command": "r", "permissive": True, "roles": ["authenticated"], "using": "true", "check": None}
    return fact("policy", schema, path, table=name[0], policy=name[1], **start | detail)


def grant(kind: str, name: str, grantee: str, *privileges: str, schema: str = "public") -> Fact:
    held = {p.removesuffix("*"): p.endswith("*") for p in privileges}
    detail = {"object_kind": kind, "object": name, "grantee": grantee, "privileges": held}
    return fact("grant", schema, f"{kind} {name}: {grantee}", **detail)


def function(name: str, body: str, schema: str = "private", **detail: Any) -> Fact:
    text = f"CREATE OR REPLACE FUNCTION {schema}.{name} AS $$ {body} $$"
    return fact("function", schema, name, **FUNCTION | {"body": body, "definition": text} | detail)


def role(name: str, **detail: Any) -> Fact:
    return fact("role", "", name, **ROLE | detail)


def member(name: str, of: str, **detail: Any) -> Fact:
    start = {"admin": False, "inherit": True, "set": True}
    return fact("membership", "", f"{name}.{of}", member=name, role=of, **start | detail)


def world(*facts: Fact, edges: Iterable[tuple[Fact, Fact]] = ()) -> Snapshot:
    """A snapshot of these facts and the roles that every project has; ``edges`` are pairs (user, used)."""
    common = [role(name, bypass_rls=name == "service_role") for name in BASE_ROLES]
    common += [member("authenticator", name) for name in ("anon", "authenticated", "service_role")]
    known = {one.key: one for one in [*common, *facts]}
    return Snapshot(180000, known, frozenset(Edge(user.key, used.key) for user, used in edges))


def but(snapshot: Snapshot, *facts: Fact, without: Iterable[Fact] = ()) -> Snapshot:
    """The snapshot with these facts instead of, or besides, the ones it has."""
    gone = {one.key for one in without}
    known = {key: one for key, one in snapshot.facts.items() if key not in gone}
    return Snapshot(180000, known | {one.key: one for one in facts}, snapshot.edges)
