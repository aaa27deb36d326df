"""What a judge may ask about the two sides of a comparison besides the fact at hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.blast import Blast
from architect.drift.effective import API_ROLES, PUBLIC, Effective, Reach

#: Schemas that the platform makes and upgrades.
PLATFORM_SCHEMAS = frozenset(
    {"auth", "storage", "realtime", "_realtime", "vault", "extensions", "graphql", "graphql_public",
     "pgbouncer", "pgsodium", "pgsodium_masks", "supabase_functions", "supabase_migrations", "net", "cron",
     "_analytics"}
)  # fmt: skip


class World:
    """Expected and found, with the rights on both sides."""

    def __init__(self, expected: Snapshot, found: Snapshot) -> None:
        self.expected = expected
        self.found = found
        self.was = Effective(expected)
        self.now = Effective(found)

    @cached_property
    def blast(self) -> Blast:
        """Who depends on whom, on either side."""
        return Blast(self.expected, self.found)

    def reach(self, role: str) -> list[Reach]:
        """The API roles that hold now what ``role`` holds; expected ones count even where they are gone."""
        found = self.now.reach(role)
        if role in self.was.api_roles and all(reach.role != role for reach in found):
            found.append(Reach(role))
        return found

    def is_api(self, role: str) -> bool:
        """Whether requests come as ``role``."""
        return role in API_ROLES or role in self.was.api_roles or role in self.now.api_roles

    def table(self, schema: str, name: str) -> Fact | None:
        """A table as found, else as expected."""
        return self.found.get("table", schema, name) or self.expected.get("table", schema, name)

    def now_role(self, name: str) -> Mapping[str, Any]:
        """The attributes of a role as found, none when it is gone."""
        fact = self.found.get("role", "", name)
        return fact.detail if fact else {}

    def guarded(self, schema: str, name: str) -> bool:
        """Whether row level security is on."""
        fact = self.table(schema, name)
        return fact is not None and bool(fact.detail.get("rls"))

    def platform(self, key: Key) -> bool:
        """Whether the platform itself keeps this object: it stands in its schema and belongs to its role."""
        if key.schema not in PLATFORM_SCHEMAS:
            return False
        owner = self.owner(key)
        return owner is not None and owner.startswith("supabase_")

    def owner(self, key: Key) -> str | None:
        """The expected owner of an object, of the table it is part of, or else of its schema."""
        for side in (self.expected, self.found):
            fact = side.facts.get(key)
            table = fact.detail.get("table") if fact else None
            for there in (fact, side.get("table", key.schema, table) if isinstance(table, str) else None):
                if there is not None and isinstance(there.detail.get("owner"), str):
                    return str(there.detail["owner"])
        space = self.expected.get("schema", "", key.schema) or self.found.get("schema", "", key.schema)
        return str(space.detail["owner"]) if space is not None else None


def people(role: str) -> str:
    """A role in the words of somebody who never made one."""
    return {
        "anon": "everybody with the public key",
        "authenticated": "every signed-in user",
        PUBLIC: "every role, and so everybody with the public key",
        "service_role": "the server side (service_role)",
    }.get(role, f"role {role}")


def crowd(reaches: list[Reach]) -> str:
    """The widest of several API roles in plain words, with the way there."""
    if not reaches:
        return "nobody over the API"
    first = min(reaches, key=lambda r: (r.role != "anon", r.role != "authenticated", r.role))
    via = f" (through membership in {' and '.join(first.path)})" if first.path else ""
    return people(first.role) + via


def refused(text: str) -> str:
    """A sentence on what people can no longer do: it speaks of all of them."""
    return sentence(
        text.replace("every signed-in user ", "signed-in users ").replace("everybody ", "people ")
    )


def count(number: int, one: str, many: str) -> str:
    """``1 policy``, ``2 policies``."""
    return f"{number} {one if number == 1 else many}"


def sentence(text: str) -> str:
    """With a capital first letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
