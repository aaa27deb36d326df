"""Look-ups of policies that must see past the caller's own rights, as functions of the schema ``private``.

Each takes no argument, asks about the caller only and returns the keys the caller reaches, so that a policy
evaluates it once per statement. SECURITY DEFINER keeps a policy from selecting its own table (42P17).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from architect.plan.lookup import column_of, table_of
from architect.plan.model import Member, ParentMember, ParentOwner, Plan, Staff, Table
from architect.plan.names import singular
from architect.render.text import TYPES, NameBook, dollar_quoted, fill, table_name, text_array
from architect.sql import quote_identifier

HelpedPolicy = Member | ParentOwner | ParentMember | Staff


@dataclass(frozen=True, slots=True)
class Helper:
    #: Name within the schema private.
    name: str
    #: What it returns, as SQL: ``setof uuid`` or ``boolean``.
    returns: str
    body: str

    @property
    def qualified(self) -> str:
        return quote_identifier("private", self.name)

    def sql(self) -> str:
        return fill("create_helper", name=self.qualified, returns=self.returns, body=dollar_quoted(self.body))


class Helpers:
    """The helpers a plan needs; equal look-ups share one."""

    def __init__(self, plan: Plan, names: NameBook) -> None:
        self._plan = plan
        self._names = names
        self._by_body: dict[tuple[str, str], Helper] = {}
        for table in plan.tables:
            for policy in table.policies:
                if isinstance(policy, HelpedPolicy):
                    self._add(policy)

    def __iter__(self) -> Iterator[Helper]:
        return iter(self._by_body.values())

    def of(self, policy: HelpedPolicy) -> Helper:
        _, returns, body = self._describe(policy)
        return self._by_body[returns, body]

    def _add(self, policy: HelpedPolicy) -> None:
        name, returns, body = self._describe(policy)
        if (returns, body) not in self._by_body:
            self._by_body[returns, body] = Helper(self._names.give(name), returns, body)

    def _describe(self, policy: HelpedPolicy) -> tuple[str, str, str]:
        """Wished name, return type and body."""
        if isinstance(policy, Member):
            return self._member(policy)
        if isinstance(policy, ParentOwner):
            return self._parent_owner(policy)
        if isinstance(policy, ParentMember):
            return self._parent_member(policy)
        return self._staff(policy)

    def _member(self, policy: Member) -> tuple[str, str, str]:
        via = table_of(self._plan, policy.via)
        body = fill(
            "member_rows",
            tenant=quote_identifier(policy.tenant_column),
            via=table_name(via.name),
            user=quote_identifier(policy.user_column),
            roles=_roles(policy),
        )
        name = f"my_{via.name}_{policy.tenant_column}{_suffix(policy)}"
        return name, _setof(via, policy.tenant_column), body

    def _parent_owner(self, policy: ParentOwner) -> tuple[str, str, str]:
        parent = table_of(self._plan, policy.table)
        body = fill(
            "parent_rows",
            key=quote_identifier(policy.references),
            parent=table_name(parent.name),
            owner=quote_identifier(policy.owner_column),
        )
        name = f"my_{parent.name}_{policy.references}_by_{policy.owner_column}"
        return name, _setof(parent, policy.references), body

    def _parent_member(self, policy: ParentMember) -> tuple[str, str, str]:
        parent, via = table_of(self._plan, policy.table), table_of(self._plan, policy.via)
        body = fill(
            "parent_member_rows",
            key=quote_identifier(policy.references),
            parent=table_name(parent.name),
            parent_tenant=quote_identifier(policy.parent_tenant_column),
            via=table_name(via.name),
            tenant=quote_identifier(policy.tenant_column),
            user=quote_identifier(policy.user_column),
            roles=_roles(policy),
        )
        name = f"my_{parent.name}_{policy.references}_by_{via.name}{_suffix(policy)}"
        return name, _setof(parent, policy.references), body

    def _staff(self, policy: Staff) -> tuple[str, str, str]:
        via = table_of(self._plan, policy.via)
        body = fill(
            "staff_test",
            via=table_name(via.name),
            user=quote_identifier(policy.user_column),
            roles=_roles(policy),
        )
        return f"i_am_{singular(via.name)}{_suffix(policy)}", "boolean", body


def _setof(table: Table, column: str) -> str:
    return f"setof {TYPES[column_of(table, column).type]}"


def _roles(policy: Member | ParentMember | Staff) -> str:
    if policy.role_column is None or not policy.roles_in:
        return ""
    return f" and m.{quote_identifier(policy.role_column)} = any ({text_array(policy.roles_in)})"


def _suffix(policy: Member | ParentMember | Staff) -> str:
    """``_as_owner_or_admin``: readable where the roles are plain words, and left out where they are not."""
    words = [r for r in policy.roles_in if r.isascii() and r.isidentifier() and r.islower()]
    return f"_as_{'_or_'.join(words)}" if words and len(words) == len(policy.roles_in) else ""
