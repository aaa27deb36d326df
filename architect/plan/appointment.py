"""Nobody appoints himself: tables that give rights to the people in them are not filled by those people.

A policy that trusts the rows of a table (``via``) is only as strong as the rules for writing that table. What
is left here lets staff, named roles of the same tenant and the owner of the tenant's row write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architect.plan.model import (
    Command,
    CreatorMembership,
    Member,
    OpenQuestion,
    ParentMember,
    ParentOwner,
    Plan,
    Policy,
    Staff,
    Table,
    Tenant,
)

_SELF = ("owner", "insert_self")
_VIA = (Member, ParentMember, Staff)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the policies of a plan take the rows of one table for."""

    table: Table
    #: Columns that say for which tenant a row counts.
    tenants: frozenset[str]
    #: Columns that say whose row it is, where a row counts whatever the tenant.
    staff: frozenset[str]
    #: Some of the people have more rights than others.
    roles: bool


def forbid_self_appointment(plan: Plan) -> None:
    """Take out of ``plan`` what would let a user make himself staff or a member, or change his own role.

    What goes is named in an open question.
    """
    _no_staff_of_own_making(plan)
    for table in plan.tables:
        trust = _trust(plan, table)
        if trust is None:
            continue
        kept = [left for policy in table.policies if (left := _without(policy, trust))]
        if kept != table.policies:
            table.policies = kept
            _ask(
                plan,
                f"Whoever is in {table.name} has more rights, so users cannot add themselves. Who adds them?",
                _who_adds(table),
            )


def _trust(plan: Plan, table: Table) -> Trust | None:
    """None for a table that gives no rights."""
    trusting = [p for t in plan.tables for p in t.policies if isinstance(p, _VIA) and p.via == table.id]
    if not trusting:
        return None
    return Trust(
        table,
        tenants=frozenset(p.tenant_column for p in trusting if isinstance(p, (Member, ParentMember))),
        staff=frozenset(p.user_column for p in trusting if isinstance(p, Staff)),
        roles=any(p.role_column for p in trusting) or table.column("role") is not None,
    )


def _without(policy: Policy, trust: Trust) -> Policy | None:
    """The policy without the commands by which a user would write rows that give him rights."""
    refused = _refused(policy, trust)
    commands = [c for c in policy.commands if c not in refused]
    if len(commands) == len(policy.commands):
        return policy
    return policy.model_copy(update={"commands": commands}) if commands else None


def _refused(policy: Policy, trust: Trust) -> set[Command]:
    writing = {Command.INSERT, Command.UPDATE}
    only_of_tenant = not trust.staff and trust.tenants == {getattr(policy, "column", None)}
    if policy.kind in _SELF:
        # A changed row of staff is still a row of theirs; of a member it may be one of another tenant.
        harmless = not trust.roles and not trust.tenants and trust.staff == {getattr(policy, "column", None)}
        return {Command.INSERT} if harmless else writing
    if isinstance(policy, (ParentOwner, Tenant)):
        return set() if only_of_tenant else writing
    if isinstance(policy, Staff):
        return writing if policy.via == trust.table.id and trust.roles and not policy.roles_in else set()
    if isinstance(policy, (Member, ParentMember)):
        if policy.column not in trust.tenants:
            return writing
        equals = policy.via == trust.table.id and not trust.roles
        return set() if policy.roles_in or equals else writing
    return set()


def _no_staff_of_own_making(plan: Plan) -> None:
    """Drop policies that trust anybody in a table which creating a tenant puts its creator in."""
    made = {t.via: table for table in plan.tables for t in table.triggers if isinstance(t, CreatorMembership)}
    for table in plan.tables:
        kept = [
            p
            for p in table.policies
            if not (isinstance(p, Staff) and p.via in made and _anybody_inserts(made[p.via]))
        ]
        if kept != table.policies:
            table.policies = kept
            _ask(plan, f"Anybody can come to be in the table that would open {table.name}. Who is staff?")


def _anybody_inserts(table: Table) -> bool:
    return any(Command.INSERT in p.commands and p.kind in _SELF for p in table.policies)


def _who_adds(table: Table) -> list[str]:
    people = table.name.replace("_", " ")
    told = [] if table.name in ("administrators", "admins") else [f"Administrators can create {people}."]
    return [*told, f"Nobody but the system can create {people}."]


def _ask(plan: Plan, question: str, choices: Sequence[str] = ()) -> None:
    if all(q.question != question for q in plan.open_questions):
        plan.open_questions.append(OpenQuestion(question=question, choices=list(choices)))
