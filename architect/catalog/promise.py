"""What a plan's policies promise, evaluated in plain Python over the seeded world.

This is a second reading of the docstrings in ``architect.plan.model``. It shares no code with the renderer,
so that a mistake in one of them shows as a difference between the promised and the observed access matrix.
"""

from __future__ import annotations

from collections.abc import Iterable

from architect.catalog.identities import Identity
from architect.catalog.shape import Row, Values
from architect.catalog.values import literal
from architect.catalog.world import World
from architect.plan.model import (
    AuthenticatedRead,
    ColumnEquals,
    Command,
    InsertSelf,
    Member,
    Owner,
    ParentMember,
    ParentOwner,
    Policy,
    PublicRead,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
)


class Promise:
    """Answers for one plan and one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def privilege(self, table: Table, identity: Identity, command: Command) -> bool:
        """Whether the identity's role holds the table privilege at all."""
        if identity.role == "service_role":
            return True
        return any(_applies(p, identity, command) for p in table.policies)

    def passes(self, table: Table, identity: Identity, command: Command, values: Values) -> bool:
        """Whether some policy for ``command`` lets the identity at a row of ``values``."""
        if identity.role == "service_role":
            return True
        return any(self._holds(p, identity, values) for p in table.policies if _applies(p, identity, command))

    def owns(self, table: Table, identity: Identity, values: Values) -> bool:
        """Whether the row is the identity's own in the eyes of some policy, whatever the command."""
        kinds = (Owner, InsertSelf, ParentOwner)
        return any(isinstance(p, kinds) and self._holds(p, identity, values) for p in table.policies)

    def shares(self, table: Table, identity: Identity, values: Values) -> bool:
        """Whether the row belongs to a tenant of the identity in the eyes of some policy of its table."""
        kinds = (Member, ParentMember, Tenant)
        return any(isinstance(p, kinds) and self._holds(p, identity, values) for p in table.policies)

    def visible(self, table: Table, identity: Identity) -> list[Row]:
        """The seeded rows the identity may read."""
        return self._passing(table, identity, [Command.SELECT])

    def updatable(self, table: Table, identity: Identity) -> list[Row]:
        """The rows an update changes that also reads: select policies filter it too."""
        return self._passing(table, identity, [Command.SELECT, Command.UPDATE])

    def reachable(self, table: Table, identity: Identity, command: Command) -> list[Row]:
        """The rows an update or delete without a WHERE reaches: only the command's own policies filter it."""
        return self._passing(table, identity, [command])

    def _passing(self, table: Table, identity: Identity, commands: Iterable[Command]) -> list[Row]:
        return [
            row
            for row in self.world.rows[table.id]
            if all(self.passes(table, identity, command, row.values) for command in commands)
        ]

    def _holds(self, policy: Policy, identity: Identity, values: Values) -> bool:
        """Whether the condition of one policy is true for a row of ``values``."""
        match policy:
            case PublicRead() | AuthenticatedRead():
                return _equals(policy.where, values)
            case Owner() | InsertSelf():
                return _same(values[policy.column], identity.user)
            case Tenant():
                return _same(values[policy.column], identity.app_metadata.get(policy.claim))
            case Member():
                return self._sits(policy, policy.tenant_column, values[policy.column], identity)
            case ParentOwner():
                parents = self._referenced(policy.table, policy.references, values[policy.column])
                return any(_same(p.values[policy.owner_column], identity.user) for p in parents)
            case ParentMember():
                parents = self._referenced(policy.table, policy.references, values[policy.column])
                tenants = [p.values[policy.parent_tenant_column] for p in parents]
                return any(self._sits(policy, policy.tenant_column, t, identity) for t in tenants)
            case Staff():
                return self._sits(policy, None, None, identity)
            case ServiceOnly():
                return False
        raise TypeError(f"unknown policy {policy!r}")

    def _sits(
        self,
        policy: Member | ParentMember | Staff,
        column: str | None,
        tenant: str | None,
        identity: Identity,
    ) -> bool:
        """Whether the identity has a row in the membership table, for that tenant and in one of the roles."""
        return any(
            _same(seat.values[policy.user_column], identity.user)
            and (column is None or _same(seat.values[column], tenant))
            and (
                not policy.role_column
                or not policy.roles_in
                or seat.values[policy.role_column] in policy.roles_in
            )
            for seat in self.world.rows[policy.via]
        )

    def _referenced(self, table: str, column: str, wanted: str | None) -> list[Row]:
        return [r for r in self.world.rows[table] if _same(r.values[column], wanted)]


def _applies(policy: Policy, identity: Identity, command: Command) -> bool:
    if isinstance(policy, ServiceOnly):
        return False
    everybody = ("anon", "authenticated")
    roles = everybody if isinstance(policy, PublicRead) else ("authenticated",)
    return identity.role in roles and command in policy.commands


def _has_role(policy: Member | ParentMember | Staff, seat: Row) -> bool:
    if policy.role_column is None or not policy.roles_in:
        return True
    return seat.values[policy.role_column] in policy.roles_in


def _same(left: str | None, right: str | None) -> bool:
    """SQL equality as a condition sees it: null equals nothing."""
    return left is not None and left == right


def _equals(where: ColumnEquals | None, values: Values) -> bool:
    return where is None or _same(values[where.column], literal(where.value))
