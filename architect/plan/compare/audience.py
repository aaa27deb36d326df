"""Who a policy lets in, in a form that tells whether one audience includes another.

Columns and tables are named, not numbered: two plans that were made apart call the same thing the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from architect.plan.model import (
    AuthenticatedRead,
    Command,
    InsertSelf,
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
from architect.plan.show.words import audience_words, table_name


@dataclass(frozen=True, slots=True)
class Audience:
    """The callers and rows that one policy lets through."""

    kind: str
    #: The columns and tables that decide, in the order of the policy's fields.
    by: tuple[str, ...] = ()
    #: Only these roles, each with the column that holds it; all of them when empty.
    roles: frozenset[tuple[str, str]] = frozenset()
    #: Only the rows where a column has a value.
    where: tuple[str, str] | None = None

    def includes(self, other: Audience) -> bool:
        """Whether everybody whom ``other`` lets in is let in by this one, too."""
        if self.where is not None:
            wide = self.kind == "public_read" and other.kind == "authenticated_read"
            return self.where == other.where and (self.kind == other.kind or wide)
        if self.kind == "public_read":
            return True
        if self.kind == "authenticated_read":
            return other.kind != "public_read"
        same = (self.kind, self.by) == (other.kind, other.by) and other.where is None
        return same and (not self.roles or (bool(other.roles) and other.roles <= self.roles))


def audiences(table: Table, plan: Plan) -> dict[Command, dict[Audience, str]]:
    """For each command who may do it, with the words for them."""
    found: dict[Command, dict[Audience, str]] = {command: {} for command in Command}
    for policy in table.policies:
        if policy.kind == "service_only":
            continue
        for command in policy.commands:
            found[Command(command)][_audience(policy, plan)] = audience_words(policy, plan)
    return found


def _audience(policy: Policy, plan: Plan) -> Audience:
    match policy:
        case PublicRead() | AuthenticatedRead():
            where = policy.where
            return Audience(policy.kind, where=(where.column, str(where.value)) if where else None)
        case Owner() | InsertSelf():
            return Audience("owner", (policy.column,))  # who may add rows of their own owns them
        case Tenant():
            return Audience(policy.kind, (policy.column, policy.claim))
        case ParentOwner():
            parent = table_name(plan, policy.table)
            return Audience(policy.kind, (policy.column, parent, policy.references, policy.owner_column))
        case Staff():
            return _seated(policy, plan)
        case Member():
            return _seated(policy, plan, policy.column, policy.tenant_column)
        case ParentMember():
            parent = table_name(plan, policy.table)
            by = (policy.column, parent, policy.references, policy.parent_tenant_column, policy.tenant_column)
            return _seated(policy, plan, *by)
        case ServiceOnly():
            raise ValueError("nobody is let in by a service_only policy")
    raise TypeError(f"unknown policy {policy!r}")


def _seated(policy: Staff | Member | ParentMember, plan: Plan, *by: str) -> Audience:
    """Those with a row in a membership table."""
    column = policy.role_column
    roles = frozenset((column, role) for role in policy.roles_in) if column else frozenset()
    return Audience(policy.kind, (*by, table_name(plan, policy.via), policy.user_column), roles)
