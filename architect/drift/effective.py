"""Who really holds a right: API roles by name, through PUBLIC, through membership, and as owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from architect.catalog.facts.snapshot import Fact, Snapshot

#: The roles that PostgREST takes on for a request, whatever the server calls the rest.
API_ROLES = ("anon", "authenticated")
SERVICE_ROLE = "service_role"
AUTHENTICATOR = "authenticator"
PUBLIC = "public"
#: What a new project exposes when nothing is set.
EXPOSED = frozenset({"public", "graphql_public"})


@dataclass(frozen=True, slots=True)
class Reach:
    """An API role that comes by a right, and the roles on its way to it (none when it is its own)."""

    role: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.role} (through {' and '.join(self.path)})" if self.path else self.role


class Effective:
    """Rights in one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _parents(self) -> dict[str, list[str]]:
        parents = defaultdict(list)
        for fact in self.of("membership"):
            if fact.detail.get("inherit") or fact.detail.get("set") or fact.detail.get("admin"):
                parents[fact.detail["member"]].append(fact.detail["role"])
        return parents

    @cached_property
    def _by_kind(self) -> dict[str, list[Fact]]:
        kinds = defaultdict(list)
        for fact in self._snapshot.facts.values():
            kinds[fact.key.kind].append(fact)
        return kinds

    def of(self, *kinds: str) -> list[Fact]:
        """The facts of these kinds, in no order that matters."""
        return [fact for kind in kinds for fact in self._by_kind.get(kind, ())]

    @cached_property
    def _policies(self) -> dict[tuple[str, str], list[Fact]]:
        policies = defaultdict(list)
        for fact in self.of("policy"):
            policies[fact.key.schema, fact.detail["table"]].append(fact)
        return policies

    def policies(self, schema: str, table: str) -> list[Fact]:
        """The policies of one table."""
        return self._policies.get((schema, table), [])

    def memberships(self, role: str) -> dict[str, tuple[str, ...]]:
        """Every role that ``role`` can act as, with the way there: ``{"editors": ("editors",)}``."""
        ways: dict[str, tuple[str, ...]] = {}
        todo: list[tuple[str, tuple[str, ...]]] = [(role, ())]
        while todo:
            name, way = todo.pop()
            for parent in self._parents.get(name, ()):
                if parent not in ways and parent != role:
                    ways[parent] = (*way, parent)
                    todo.append((parent, ways[parent]))
        return ways

    @cached_property
    def api_roles(self) -> tuple[str, ...]:
        """``anon``, ``authenticated`` and what else ``authenticator`` turns into, but for roles above RLS."""
        others = [
            name
            for name in self._parents.get(AUTHENTICATOR, ())
            if name not in API_ROLES and name != SERVICE_ROLE and not self.above_rls(name)
        ]
        return (*API_ROLES, *(name for name in others if not name.startswith("supabase_")))

    @cached_property
    def _ways(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {role: self.memberships(role) for role in self.api_roles}

    def reach(self, role: str) -> list[Reach]:
        """The API roles that hold what is granted to ``role``."""
        if role == PUBLIC:
            return [Reach(name) for name in self.api_roles]
        found = [Reach(name) for name in self.api_roles if name == role]
        found += [
            Reach(name, ways[role]) for name, ways in self._ways.items() if role in ways and name != role
        ]
        return found

    def above_rls(self, role: str) -> bool:
        """Whether policies do not hold for ``role``."""
        fact = self._snapshot.get("role", "", role)
        return fact is not None and bool(fact.detail.get("bypass_rls") or fact.detail.get("superuser"))

    @cached_property
    def _grants(self) -> dict[tuple[str, str], list[Fact]]:
        grants = defaultdict(list)
        for fact in self.of("grant"):
            grants[fact.key.schema, fact.detail["object"]].append(fact)
        return grants

    def grants(self, schema: str, name: str, kinds: Iterable[str]) -> list[Fact]:
        """The grants on one object of one of ``kinds``."""
        return [f for f in self._grants.get((schema, name), ()) if f.detail["object_kind"] in kinds]

    def rights(self, schema: str, name: str, *kinds: str) -> dict[str, set[str]]:
        """What each API role may do with an object: ``{"anon": {"SELECT"}}``, rights on columns left out."""
        rights: dict[str, set[str]] = defaultdict(set)
        for fact in self.grants(schema, name, kinds):
            for reach in self.reach(fact.detail["grantee"]):
                rights[reach.role] |= set(fact.detail["privileges"])
        return dict(rights)

    @cached_property
    def exposed(self) -> frozenset[str]:
        """The schemas that the REST API serves."""
        for fact in self.of("role_setting", "database_setting", "api_setting"):
            if "db_schema" in fact.key.name and isinstance(value := fact.detail.get("value"), str):
                return schemas(value)
        return EXPOSED


GRANTABLE = " with grant option"


def held(privileges: Mapping[str, bool] | None) -> frozenset[str]:
    """``{"SELECT": True}`` -> ``{"SELECT", "SELECT with grant option"}``."""
    own = dict(privileges or {})
    return frozenset(own) | {name + GRANTABLE for name, grantable in own.items() if grantable}


def bare(privileges: Iterable[str]) -> frozenset[str]:
    """Names of privileges without their grant option."""
    return frozenset(p.removesuffix(GRANTABLE) for p in privileges)


def schemas(value: str) -> frozenset[str]:
    """``"public, storage"`` -> the two."""
    return frozenset(part.strip(' "') for part in value.split(",") if part.strip(' "'))
