"""One access sentence about one table becomes the policies that say it."""

from __future__ import annotations

from dataclasses import replace

from architect.plan.model import (
    AuthenticatedRead,
    ColumnEquals,
    Command,
    InsertSelf,
    Member,
    OneOf,
    Origin,
    ParentMember,
    Policy,
    PublicRead,
    Table,
)
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.permission import choices, people
from architect.plan.reader.permission.roles import by_role, owner, with_read
from architect.plan.reader.sentence.statements import Allows
from architect.plan.reader.tables.assemble import Build

_LEADERS = ("admin", "administrator", "owner", "manager", "member", "moderator", "leader")
_PLAIN_MEMBERS = ("member", "colleague", "user", "employee", "person", "people")


def policies_of(made: Build, key: Key, said: Allows) -> list[Policy]:
    """The policies by which ``said`` applies to the table ``key``; [] when it opens nothing."""
    table = made.tables[key]
    said = _of_group(made, said)
    commands = [Command(c) for c in said.commands]
    policies: list[Policy] = []
    if said.audience in ("public", "signed_in") and not said.own:
        policies = _broad(made, table, said, commands)
    elif said.audience in ("owner", "signed_in"):
        column = people.user_column(made, table, "owner") or people.add_user_column(
            made, table, "user", said.quote
        )
        policies = [owner(table, said, commands, column)] if column else []
    elif said.audience == "members":
        members = people.membership(made, said.within, said.quote)
        policies = (
            _members(made, key, said, commands, members) if members else by_role(made, key, said, commands)
        )
    else:
        policies = by_role(made, key, said, commands)
    broad = said.audience in ("public", "signed_in") and not said.own
    return policies if broad or not said.state else _in_any_state(made, table, said, policies)


def _in_any_state(made: Build, table: Table, said: Allows, policies: list[Policy]) -> list[Policy]:
    """What is left for "sellers can edit draft listings", since a policy for people knows no state: adding,
    and reading what is theirs."""
    kept: list[Policy] = []
    gone: list[Command] = []
    for policy in policies:
        theirs = policy.kind in ("owner", "parent_owner")
        left = [c for c in policy.commands if c is Command.INSERT or (theirs and c is Command.SELECT)]
        gone += [c for c in policy.commands if c not in left and c.value in said.commands and c not in gone]
        if left:
            kept.append(policy.model_copy(update={"commands": left}))
    if gone:
        things = choices.many(table.name)
        made.ask(
            f"No policy for people tells which {things} are {said.state}; left closed: "
            f"“{said.quote.quote[:300]}”",
            said.quote,
            choices=[
                choices.again(replace(said, state=""), table.name, gone),
                choices.nobody(table.name, gone),
            ],
        )
    return kept


def _of_group(made: Build, said: Allows) -> Allows:
    """ "Club admins" are members of the club, where people are members of clubs."""
    led = [who for who in said.who if len(who) > 1 and who[-1] in _LEADERS]
    group = made.draft.resolve(led[0][:-1]) if led else None
    if said.audience != "role" or len(said.who) > 1 or group not in made.groups:
        return said
    return replace(said, audience="members", who=(led[0][-1:],), within=group)


def _broad(made: Build, table: Table, said: Allows, commands: list[Command]) -> list[Policy]:
    found: list[Policy] = []
    if Command.SELECT in commands:
        where = _where(table, said.state)
        if said.state and where is None:
            made.ask(
                f"No column of {table.name} says what is {said.state}; it stays closed until one does.",
                said.quote,
                choices=choices.of_state(said, table.name),
            )
        elif said.audience == "public":
            found.append(PublicRead(name="p", origin=Origin.SPEC, because=[said.quote], where=where))
        else:
            found.append(AuthenticatedRead(name="p", origin=Origin.SPEC, because=[said.quote], where=where))
    return [*found, *_broad_writes(made, table, said, [c for c in commands if c is not Command.SELECT])]


def _broad_writes(made: Build, table: Table, said: Allows, writes: list[Command]) -> list[Policy]:
    """Whoever is signed in adds rows in the own name; changing everybody's rows is asked about."""
    found: list[Policy] = []
    if writes and said.audience == "public":
        made.ask(
            f"Nobody who is not signed in can write; shall {choices.verbs(writes)} "
            f"{choices.many(table.name)} need "
            "an account?",
            said.quote,
            choices=[choices.own(table.name, writes), choices.nobody(table.name, writes)],
        )
        return found
    if Command.INSERT in writes:
        column = people.user_column(made, table, "owner") or people.add_user_column(
            made, table, "user", said.quote
        )
        if column:
            found.append(InsertSelf(name="p", origin=Origin.SPEC, because=[said.quote], column=column))
    if changes := [c for c in writes if c is not Command.INSERT]:
        made.ask(
            f"Everybody who is signed in could change all {choices.many(table.name)}; whose are meant? "
            f"Left closed.",
            said.quote,
            choices=[
                choices.own(table.name, changes),
                f"Administrators can {choices.verbs(changes)} all {choices.many(table.name)}.",
                choices.nobody(table.name, changes),
            ],
        )
    return found


def _where(table: Table, state: str) -> ColumnEquals | None:
    """The filter for "active listings": a value of a status column, or a flag of that name."""
    if not state:
        return None
    for column in table.columns:
        if any(isinstance(c, OneOf) and state in c.values for c in column.checks):
            return ColumnEquals(column=column.name, value=state)
        if column.type == "boolean" and column.name in (state, f"is_{state}"):
            return ColumnEquals(column=column.name, value=True)
    return None


def _members(
    made: Build, key: Key, said: Allows, commands: list[Command], members: people.Membership
) -> list[Policy]:
    table = made.tables[key]
    wanted = [w[-1] for w in said.who if w[-1] not in _PLAIN_MEMBERS]
    members = people.with_roles(members, wanted)
    roles = [r for r in members.roles if r in wanted or (r == "admin" and "administrator" in wanted)]
    if wanted and not roles:
        made.ask(
            f"There is no role {', '.join(wanted)} among {', '.join(members.roles)}; left closed for "
            f"{choices.many(table.name)}.",
            said.quote,
            choices=choices.of_roles(members, table.name, commands),
        )
        return []
    commands = _harmless(made, table, said, commands, members, roles)
    return _member_policy(made, table, said, commands, members, roles) if commands else []


def _harmless(
    made: Build,
    table: Table,
    said: Allows,
    commands: list[Command],
    members: people.Membership,
    roles: list[str],
) -> list[Command]:
    """The commands without those by which members would promote themselves; what is not enforced is asked."""
    if said.own and Command.INSERT in commands:
        things = choices.many(table.name)
        made.ask(
            f"Members may add {things}, but that they do so in their own name is not enforced. Shall it be?",
            said.quote,
            choices=[
                f"Members of the {' '.join(members.tenant)} can create {things}.",
                choices.nobody(table.name, [Command.INSERT]),
            ],
        )
    if table.id != members.table.id or roles or commands == [Command.SELECT]:
        return commands
    made.ask(
        "Members who can change memberships can promote themselves; who may? Left closed.",
        said.quote,
        choices=choices.of_roles(members, table.name, commands),
    )
    return [c for c in commands if c is Command.SELECT]


def _member_policy(
    made: Build,
    table: Table,
    said: Allows,
    commands: list[Command],
    members: people.Membership,
    roles: list[str],
) -> list[Policy]:
    common = {
        "name": "p", "origin": Origin.SPEC, "because": [said.quote], "commands": with_read(commands),
        "via": members.table.id, "tenant_column": members.tenant_column, "user_column": members.user_column,
        "role_column": members.role_column if roles else None, "roles_in": roles,
    }  # fmt: skip
    if found := _tenant_above(made, table, members):
        column, parent, above = found
        return [
            ParentMember.model_validate(
                {**common, "column": column, "table": parent, "parent_tenant_column": above}
            )
        ]
    column = people.tenant_column(made, table, members, said.quote)
    return [Member.model_validate({**common, "column": column})]


def _tenant_above(made: Build, table: Table, members: people.Membership) -> tuple[str, str, str] | None:
    """(column, table, its tenant column) when a table that each row references holds the tenant."""
    tenant = made.ids[members.tenant]
    if table.id == tenant or any(k.table == tenant for k in table.foreign_keys):
        return None
    for link in table.foreign_keys:
        column = table.column(link.columns[0])
        parent = next((t for t in made.tables.values() if t.id == link.table and t.id != table.id), None)
        above = (
            next((k.columns[0] for k in parent.foreign_keys if k.table == tenant), None) if parent else None
        )
        if parent and above and column and not column.nullable:
            return column.name, parent.id, above
    return None
