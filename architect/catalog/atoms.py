"""What a plan's policies look at, column by column: atoms that the seeded rows must make true and false."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from architect.catalog.values import literal, one_of
from architect.plan.model import (
    AUTH_USERS,
    AuthenticatedRead,
    CreatorMembership,
    ForeignKey,
    InsertSelf,
    Member,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    PublicRead,
    Staff,
    Table,
    Tenant,
)

#: A role nobody grants anything to, for role columns without a closed list.
UNLISTED_ROLE = "unlisted"


@dataclass
class Via:
    """A membership or staff table: who sits where, and with which role."""

    table: str
    user_column: str
    role_column: str | None = None
    #: Columns that hold the tenant; empty for a staff table.
    tenant_columns: set[str] = field(default_factory=set)
    #: The role sets that policies ask for; an empty set asks for no role at all.
    role_sets: list[frozenset[str]] = field(default_factory=list)
    #: The role a creator gets.
    creator_role: str | None = None

    def roles(self, table: Table) -> list[str]:
        """One role per way the policies treat roles, the most privileged first; none without roles."""
        if self.role_column is None:
            return []
        column = table.column(self.role_column)
        known = list(one_of(column)) if column else []
        named = sorted({r for roles in self.role_sets for r in roles})
        known += [r for r in named if r not in known]
        if column and not one_of(column):
            known.append(UNLISTED_ROLE)
        by_treatment: dict[tuple[bool, ...], str] = {}
        for role in sorted(known, key=lambda r: r != self.creator_role):
            by_treatment.setdefault(tuple(role in roles for roles in self.role_sets), role)
        return [by_treatment[key] for key in sorted(by_treatment, key=sum, reverse=True)]


class Atoms:
    """The atoms of every table of ``plan``, by table id and column."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.users: dict[str, set[str]] = defaultdict(set)
        self.tenants: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self.claims: dict[str, dict[str, str]] = defaultdict(dict)
        self.parents: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self.wheres: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self.vias: dict[str, Via] = {}
        for table in plan.tables:
            for policy in table.policies:
                self._read(table, policy)
            for trigger in table.triggers:
                if isinstance(trigger, CreatorMembership):
                    self._creator(table, trigger)

    def _read(self, table: Table, policy: Policy) -> None:
        match policy:
            case PublicRead() | AuthenticatedRead():
                if policy.where is not None:
                    wanted = self.wheres[table.id].setdefault(policy.where.column, [])
                    wanted.append(literal(policy.where.value))
            case Owner() | InsertSelf():
                self.users[table.id].add(policy.column)
            case Tenant():
                self.claims[table.id][policy.column] = policy.claim
            case Member():
                self.tenants[table.id][policy.column] = (policy.via, policy.tenant_column)
                self._via(policy.via, policy, policy.tenant_column)
            case ParentOwner():
                self.parents[table.id][policy.column] = (policy.table, policy.references)
                self.users[policy.table].add(policy.owner_column)
            case ParentMember():
                self.parents[table.id][policy.column] = (policy.table, policy.references)
                self.tenants[policy.table][policy.parent_tenant_column] = (policy.via, policy.tenant_column)
                self._via(policy.via, policy, policy.tenant_column)
            case Staff():
                self._via(policy.via, policy, None)

    def _via(self, table_id: str, policy: Member | ParentMember | Staff, tenant_column: str | None) -> None:
        via = self.vias.setdefault(table_id, Via(table_id, policy.user_column))
        via.role_column = via.role_column or policy.role_column
        if policy.role_column is not None:
            via.role_sets.append(frozenset(policy.roles_in))
        self.users[table_id].add(policy.user_column)
        if tenant_column is not None:
            via.tenant_columns.add(tenant_column)
            self.tenants[table_id][tenant_column] = (table_id, tenant_column)

    def _creator(self, table: Table, trigger: CreatorMembership) -> None:
        self.users[table.id].add(trigger.creator_column)
        if trigger.via in self.vias:
            self.vias[trigger.via].creator_role = trigger.role


def foreign_key(table: Table, column: str) -> ForeignKey | None:
    """The foreign key ``column`` takes part in, the widest one to a table of the plan first."""
    keys = [k for k in table.foreign_keys if column in k.columns]
    return min(keys, key=lambda k: (k.table == AUTH_USERS, -len(k.columns)), default=None)


def user_keyed(plan: Plan, table: Table) -> bool:
    """Whether rows of ``table`` are the users themselves: its key references auth.users, at any remove."""
    seen: set[str] = set()
    while table.id not in seen and len(table.primary_key) == 1:
        seen.add(table.id)
        key = foreign_key(table, table.primary_key[0])
        if key is None or len(key.columns) != 1:
            return False
        if key.table == AUTH_USERS:
            return True
        parent = plan.table(key.table)
        if parent is None or key.references != parent.primary_key:
            return False
        table = parent
    return False
