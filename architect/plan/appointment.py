"""Nobody appoints himself: tables that give rights to the people in them are not open to those people."""

from __future__ import annotations

from architect.plan.model import Command, OpenQuestion, Plan, Policy, Table

_SELF = ("owner", "insert_self")


def forbid_self_appointment(plan: Plan) -> None:
    """Take out of ``plan`` what would let a user make himself staff or a member, or change his own role.

    A policy that trusts the rows of a table (``via``) is only as strong as the rules for writing that table.
    """
    trusted = {
        p.via: p.role_column
        for t in plan.tables
        for p in t.policies
        if p.kind in ("staff", "member", "parent_member")
    }
    for table in plan.tables:
        if table.id not in trusted:
            continue
        roles = trusted[table.id] is not None or table.column("role") is not None
        kept = [left for policy in table.policies if (left := _without(policy, table, roles))]
        if kept != table.policies:
            table.policies = kept
            text = (
                f"Whoever is in {table.name} has more rights, so users cannot add themselves. Who adds them?"
            )
            plan.open_questions.append(OpenQuestion(question=text, choices=_choices(table)))


def _choices(table: Table) -> list[str]:
    people = table.name.replace("_", " ")
    told = [] if table.name in ("administrators", "admins") else [f"Administrators can create {people}."]
    return [*told, f"Nobody but the system can create {people}."]


def _without(policy: Policy, table: Table, roles: bool) -> Policy | None:
    """The policy without the commands by which a user would write his own row."""
    if policy.kind not in _SELF:
        return policy
    refused = {Command.INSERT, Command.UPDATE} if roles else {Command.INSERT}
    commands = [c for c in policy.commands if c not in refused]
    if len(commands) == len(policy.commands):
        return policy
    return policy.model_copy(update={"commands": commands}) if commands else None
