"""One access sentence about one table becomes the policies that say it."""

from __future__ import annotations

from architect.plan.model import (
    AuthenticatedRead,
    ColumnEquals,
    Command,
    CurrentUser,
    InsertSelf,
    Member,
    OneOf,
    Origin,
    Owner,
    ParentMember,
    ParentOwner,
    Policy,
    PublicRead,
    Staff,
    Table,
)
from architect.plan.reader import lexicon as lex
from architect.plan.reader import people
from architect.plan.reader.assemble import Build
from architect.plan.reader.draft import USER
from architect.plan.reader.phrases import Key
from architect.plan.reader.statements import Allows


def policies_of(made: Build, key: Key, said: Allows) -> list[Policy]:
    """The policies by which ``said`` applies to the table ``key``; [] when it opens nothing."""
    table = made.tables[key]
    commands = [Command(c) for c in said.commands]
    policies: list[Policy] = []
    if said.audience in ("public", "signed_in") and not said.own:
        policies = _broad(made, table, said, commands)
    elif said.audience in ("owner", "signed_in"):
        column = people.user_column(made, table, "owner") or people.add_user_column(
            made, table, "user", said.quote
        )
        policies = [_owner(table, said, commands, column)] if column else []
    elif said.audience == "members":
        policies = _members(made, key, said, commands) or _by_role(made, key, said, commands)
    else:
        policies = _by_role(made, key, said, commands)
    return policies


def _broad(made: Build, table: Table, said: Allows, commands: list[Command]) -> list[Policy]:
    found: list[Policy] = []
    if Command.SELECT in commands:
        where = _where(table, said.state)
        if said.state and where is None:
            made.ask(
                f"No column of {table.name} says what is {said.state}; it stays closed until one does.",
                said.quote,
            )
        elif said.audience == "public":
            found.append(PublicRead(name="p", origin=Origin.SPEC, because=[said.quote], where=where))
        else:
            found.append(AuthenticatedRead(name="p", origin=Origin.SPEC, because=[said.quote], where=where))
    writes = [c for c in commands if c is not Command.SELECT]
    if writes and said.audience == "public":
        made.ask("Nobody who is not signed in can write; shall this need an account?", said.quote)
        return found
    if Command.INSERT in writes:
        column = people.user_column(made, table, "owner") or people.add_user_column(
            made, table, "user", said.quote
        )
        if column:
            found.append(InsertSelf(name="p", origin=Origin.SPEC, because=[said.quote], column=column))
    if set(writes) - {Command.INSERT}:
        made.ask(
            "Everybody who is signed in could change everything; whose rows are meant? Left closed.",
            said.quote,
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


def _owner(table: Table, said: Allows, commands: list[Command], column: str) -> Policy:
    there = table.column(column)
    if there and Command.INSERT in commands and there.default is None and column != "id":
        there.default = CurrentUser()
    return Owner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=_with_read(commands), column=column
    )


def _with_read(commands: list[Command]) -> list[Command]:
    """Whoever changes a row has to find it first."""
    if Command.SELECT not in commands and {Command.UPDATE, Command.DELETE} & set(commands):
        return [Command.SELECT, *commands]
    return list(commands)


def _members(made: Build, key: Key, said: Allows, commands: list[Command]) -> list[Policy]:
    members = people.membership(made, said.within, said.quote)
    if members is None:
        return []
    wanted = [w[-1] for w in said.who if w[-1] not in ("member", "colleague", "user")]
    roles = [r for r in members.roles if r in wanted or (r == "admin" and "administrator" in wanted)]
    if wanted and not roles:
        made.ask(
            f"There is no role {', '.join(wanted)} among {', '.join(members.roles)}; left closed.", said.quote
        )
        return []
    if said.own and Command.INSERT in commands:
        made.ask(
            "Members may add rows here, but that they do so in their own name is not enforced. Shall it be?",
            said.quote,
        )
    table = made.tables[key]
    if table.id == members.table.id and set(commands) - {Command.SELECT} and not roles:
        made.ask(
            "Members who can change memberships can promote themselves; who may? Left closed.", said.quote
        )
        commands = [c for c in commands if c is Command.SELECT]
        if not commands:
            return []
    common = {
        "name": "p", "origin": Origin.SPEC, "because": [said.quote], "commands": _with_read(commands),
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


def _by_role(made: Build, key: Key, said: Allows, commands: list[Command]) -> list[Policy]:
    found: list[Policy] = []
    for who in said.who:
        policy = _one_role(made, key, who, said, commands)
        if policy is not None:
            found.append(policy)
    return found


def _one_role(made: Build, key: Key, who: Key, said: Allows, commands: list[Command]) -> Policy | None:
    table = made.tables[key]
    person = made.draft.resolve(who)
    if person in made.tables and person != USER and len(who) <= len(person):
        return _person(made, key, person, said, commands)
    word = who[-1]
    if who == ("system",) or word in ("service", "system"):
        return None
    column = people.user_column(made, table, word)
    if column is None and (through := _role_column(made, table, word)):
        return _through(made, table, through, said, commands)
    if (
        column is None
        and said.within
        and (parent := made.draft.resolve(said.within)) in made.tables
        and parent != key
    ):
        return _of_parent(made, table, parent, word, said, commands)
    if column is None and word in lex.GLOBAL_ROLES and not said.own:
        return _staff(made, word, said, commands)
    if column is None and (word in lex.PERSON_ROLES or said.own or said.only or word in ("owner", "creator")):
        column = people.add_user_column(made, table, word, said.quote)
    if column is None:
        made.ask(f"Who is meant by {' '.join(who)}? No column of {table.name} says; left closed.", said.quote)
        return None
    return _owner(table, said, commands, column)


def _role_column(made: Build, table: Table, word: str) -> str | None:
    """A column called by the role that references people ("attending_doctor_id")."""
    for link in table.foreign_keys:
        if len(link.columns) == 1 and word in link.columns[0].split("_") and link.table in made.ids.values():
            return link.columns[0]
    return None


def _through(made: Build, table: Table, column: str, said: Allows, commands: list[Command]) -> Policy | None:
    parent = next(k for k, i in made.ids.items() if i == people.target_of(table, column))
    if made.ids[parent] == table.id:
        return None
    owner = people.account(made, parent, said.quote)
    return ParentOwner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=_with_read(commands),
        column=column, table=made.ids[parent], owner_column=owner,
    )  # fmt: skip


def _of_parent(
    made: Build, table: Table, parent: Key, word: str, said: Allows, commands: list[Command]
) -> Policy | None:
    """ "The owner of a listing can change its photos"."""
    above = made.tables[parent]
    link = next((k for k in table.foreign_keys if k.table == above.id), None)
    if link is None:
        made.ask(
            f"{table.name} does not say to which of {above.name} a row belongs; left closed.", said.quote
        )
        return None
    owner = people.user_column(made, above, word) or people.add_user_column(made, above, word, said.quote)
    if owner is None:
        return None
    return ParentOwner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=_with_read(commands),
        column=link.columns[0], table=above.id, owner_column=owner,
    )  # fmt: skip


def _person(made: Build, key: Key, person: Key, said: Allows, commands: list[Command]) -> Policy | None:
    """People who are a table of their own: their rows when it says "own", else any row."""
    table = made.tables[key]
    owner = people.account(made, person, said.quote)
    if not said.own:
        return _staff_of(made, person, owner, said, commands)
    if key == person:
        return _owner(table, said, commands, owner)
    link = next((k for k in table.foreign_keys if k.table == made.ids[person] and len(k.columns) == 1), None)
    if link is None:
        made.ask(
            f"{table.name} does not say to which of {made.tables[person].name} a row belongs; left closed.",
            said.quote,
        )
        return None
    if made.ids[person] == made.users:
        return _owner(table, said, commands, link.columns[0])
    return ParentOwner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=_with_read(commands),
        column=link.columns[0], table=made.ids[person], owner_column=owner,
    )  # fmt: skip


def _staff(made: Build, word: str, said: Allows, commands: list[Command]) -> Policy:
    key = people.staff(made, word, said.quote)
    return _staff_of(made, key, people.account(made, key, said.quote), said, commands)


def _staff_of(made: Build, person: Key, owner: str, said: Allows, commands: list[Command]) -> Policy:
    return Staff(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=_with_read(commands),
        via=made.ids[person], user_column=owner,
    )  # fmt: skip
