"""A snapshot: what is true of one database at one moment, one fact per object."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: Changes when facts are read or written down differently: an older baseline is then refused.
FORMAT = 1


class Key(NamedTuple):
    """What a fact is about: ``Key("policy", "public", "orders.owner reads")``; ``schema`` may be ""."""

    kind: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.schema}.{self.name}" if self.schema else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One object and what is true of it; ``detail`` is JSON and the same text for the same truth."""

    key: Key
    detail: Mapping[str, Any]

    def digest(self) -> str:
        """SHA-256 of the fact."""
        text = json.dumps([*self.key, self.detail], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class Blind(NamedTuple):
    """Something that was not looked at, and why: ``Blind("cast public.x -> public.y", "not modelled")``."""

    what: str
    why: str


class Edge(NamedTuple):
    """``user`` depends on ``used``: a policy on a helper function, a view on a table."""

    user: Key
    used: Key


@dataclass(frozen=True)
class Snapshot:
    """Facts of one database, read in one transaction.

    ``edges`` say who depends on whom; ``blind`` says what could not be read or is not modelled.
    """

    server_version_num: int
    facts: Mapping[Key, Fact]
    edges: frozenset[Edge] = frozenset()
    blind: tuple[Blind, ...] = ()
    #: By section the digest that the server computed, to tell an unchanged section without reading it.
    digests: Mapping[str, str] = field(default_factory=dict)
    #: A hash of the database's name. What belongs to the database itself (its own settings and privileges) is
    #: not copied into a clone, and says nothing when two places are compared.
    place: str = ""

    def of(self, *kinds: str) -> Iterable[Fact]:
        """The facts of these kinds, in the order of their keys."""
        return (fact for key, fact in sorted(self.facts.items()) if key.kind in kinds)

    def get(self, kind: str, schema: str, name: str) -> Fact | None:
        """One fact, or None."""
        return self.facts.get(Key(kind, schema, name))
