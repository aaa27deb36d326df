"""Who tries the doors: fixed users, their ids and their tokens, and the roles of the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from architect.catalog.facts.snapshot import Snapshot

#: Users of the seeded world. A and B own rows in two tenants, D and E sit in the tenants of A and B.
USERS = {name: f"a0000000-0000-4000-8000-00000000000{name.lower()}" for name in "ABCDEF"}
TENANT = {"A": 1, "B": 2, "D": 1, "E": 2, "F": 1}
OUTSIDER = "C"
#: Roles through which people come over the API.
API_ROLES = ("anon", "authenticated")
#: Roles of the server that reach rows, and are there without a fact of their own.
ALL_ROWS = ("pg_read_all_data", "pg_write_all_data")
PASSING_ROLE = "authenticator"
MAX_OTHER_ROLES = 6


@dataclass(frozen=True)
class Person:
    """One caller: the role, the token, and how a sentence names them."""

    name: str
    role: str
    user: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    #: The role that may take ``role`` without inheriting what it holds.
    by: str | None = None

    def exists(self, state: Snapshot) -> bool:
        """Whether there is such a caller in ``state``."""
        if self.by is not None:
            return self.role in _reachable(state, self.by)
        return state.get("role", "", self.role) is not None

    def token(self) -> str:
        """The claims as PostgREST hands them to Postgres."""
        said: dict[str, Any] = {"role": self.role if self.role in API_ROLES else "authenticated"}
        if self.user is not None:
            said |= {
                "sub": USERS[self.user],
                "aud": "authenticated",
                "email": email(self.user),
                "aal": "aal1",
            }
        return json.dumps(said | dict(self.claims), sort_keys=True)


def email(user: str) -> str:
    """The address of a user."""
    return f"{user.lower()}@probe.invalid"


def people(snapshots: Iterable[Snapshot], claims: Mapping[str, Mapping[str, Any]]) -> list[Person]:
    """Everybody who tries, in all ``snapshots`` alike; ``claims`` by user are what policies look for."""
    states = list(snapshots)
    roles = {fact.key.name for state in states for fact in state.of("role")}
    found: list[Person] = []
    if "anon" in roles:
        found.append(Person("anybody with the public key", "anon"))
    if "authenticated" in roles:
        found.append(Person("a signed-in token without a user", "authenticated"))
        found += [_user(user, claims.get(user, {})) for user in "ABCDE"]
    found += _taken(states)
    found += [Person(f"the role {role}", role, "C") for role in _others(states)]
    return found


def _user(user: str, claims: Mapping[str, Any]) -> Person:
    words = {
        OUTSIDER: f"user {user}, who belongs to no tenant",
        "D": "user D, a member of user A's tenant",
        "E": "user E, a member of user B's tenant",
    }
    return Person(words.get(user, f"user {user}"), "authenticated", user, claims)


def _taken(states: list[Snapshot]) -> list[Person]:
    """People of the API who may take another role: what they hold without inheriting."""
    found: dict[tuple[str, str], Person] = {}
    for state in states:
        for role in API_ROLES:
            for other in sorted(_reachable(state, role)):
                user = "B" if role == "authenticated" else None
                words = f"{'a signed-in user' if user else 'anybody with the public key'} as {other}"
                found.setdefault((role, other), Person(words, other, user, by=role))
    return list(found.values())[:MAX_OTHER_ROLES]


def _reachable(state: Snapshot, role: str) -> set[str]:
    found: set[str] = set()
    waiting = [role]
    while waiting:
        for name in _groups(state, waiting.pop()) - found - {role}:
            found.add(name)
            waiting.append(name)
    return {name for name in found if not name.startswith("pg_") or name in ALL_ROWS}


def _groups(state: Snapshot, member: str) -> set[str]:
    return {
        str(fact.detail["role"])
        for fact in state.of("membership")
        if fact.detail["member"] == member and fact.detail.get("set") is not False
    }


def _others(states: list[Snapshot]) -> list[str]:
    """Roles of the database's own that something was granted to, but not those who may do all anyway."""
    mighty = {
        fact.key.name
        for fact in states[0].of("role")
        if fact.detail.get("superuser") or fact.detail.get("bypass_rls")
    }
    owners = {str(fact.detail.get("owner")) for state in states for fact in state.of("table", "schema")}
    granted = {
        str(fact.detail["grantee"])
        for state in states
        for fact in state.of("grant")
        if fact.detail.get("object_kind") in ("table", "column", "view", "matview")
    }
    known = {fact.key.name for state in states for fact in state.of("role")}
    left = (granted & known) - mighty - owners - {*API_ROLES, PASSING_ROLE}
    return sorted(role for role in left if not role.startswith("pg_"))[:MAX_OTHER_ROLES]
