"""Which words of the spec ask for what, by the names that facts have: kept with the expectation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from architect.plan.model import (
    AuthenticatedRead,
    Command,
    InsertSelf,
    Item,
    Member,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    PublicRead,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
)
from architect.plan.names import fit


@dataclass(frozen=True, slots=True)
class Quoted:
    """The words that ask for one thing, and whom it is for."""

    #: (chunk, words), what says most about access first.
    quotes: list[tuple[int, str]]
    people: list[str]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """From the JSON of :func:`asked_for`."""
        quotes = [(int(q["chunkIndex"]), str(q["quote"])) for q in value.get("quotes", [])]
        return cls(quotes, [str(who) for who in value.get("people", [])])


def asked_for(plan: Plan) -> dict[str, dict[str, Any]]:
    """``{"policy public.orders.owner": {"quotes": [{"chunkIndex", "quote"}], "people": [...]}}``.

    ``access public.orders`` has the words of all policies of the table, those that hold back first.
    """
    asked: dict[str, dict[str, Any]] = {}
    for table in plan.tables:
        place = f"public.{table.name}"
        asked[f"table {place}"] = _entry([table], [_who(plan, p) for p in table.policies])
        by_access: list[Policy] = sorted(table.policies, key=_openness)
        asked[f"access {place}"] = _entry(by_access)
        asked |= {f"policy {place}.{name}": entry for name, entry in _by_policy(plan, table)}
        for column in table.columns:
            asked[f"column {place}.{column.name}"] = _entry([column])
    return {name: entry for name, entry in asked.items() if entry}


def _by_policy(plan: Plan, table: Table) -> Iterable[tuple[str, dict[str, Any]]]:
    """The policies of a table under the names they are created by: one for each command, whoever asked."""
    for command in Command:
        asking = [policy for policy in table.policies if command in policy.commands]
        asking.sort(key=_openness)
        entry = _entry(asking, [_who(plan, policy) for policy in asking])
        for name in (f"{table.name}_{command.value}", f"{table.name}_{command.value}_anon"):
            yield fit(name), entry
    closed = [policy for policy in table.policies if isinstance(policy, ServiceOnly)]
    yield fit(f"{table.name}_service_only"), _entry(closed, [_who(plan, policy) for policy in closed])


def _entry(items: Iterable[Item], people: Iterable[str] = ()) -> dict[str, Any]:
    quotes = [{"chunkIndex": q.chunk_index, "quote": q.quote} for item in items for q in item.because]
    found = {"quotes": quotes, "people": list(dict.fromkeys(people))}
    return {name: value for name, value in found.items() if value}


def _openness(policy: Policy) -> int:
    """Rules that hold back say more about what was lost than rules that let everybody in."""
    if isinstance(policy, PublicRead | AuthenticatedRead):
        return 2
    return 0 if Command.SELECT in policy.commands else 1


def _who(plan: Plan, policy: Policy) -> str:
    """Whom a policy is for, in words."""
    match policy:
        case PublicRead():
            return "everybody, signed in or not"
        case AuthenticatedRead():
            return "everybody who is signed in"
        case Owner() | InsertSelf():
            return f"whoever a row belongs to ({policy.column})"
        case ParentOwner():
            return f"the owner of the {_named(plan, policy.table)} behind a row"
        case Member() | ParentMember():
            return f"members of the same tenant, by {_named(plan, policy.via)}"
        case Tenant():
            return f"people of the same {policy.claim.removesuffix('_id')}"
        case Staff():
            return f"those who stand in {_named(plan, policy.via)}"
        case ServiceOnly():
            return "nobody but the service itself"
    raise TypeError(f"unknown policy {policy!r}")


def _named(plan: Plan, table_id: str) -> str:
    found: Table | None = plan.table(table_id)
    return found.name if found else table_id
