"""Access of people with a role: those whom a column names, those of a table of people, staff."""

from __future__ import annotations

from architect.plan.model import (
    Command,
    CurrentUser,
    Origin,
    Owner,
    ParentOwner,
    Policy,
    Staff,
    Table,
)
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.permission import choices, people
from architect.plan.reader.sentence.statements import Allows
from architect.plan.reader.tables.assemble import Build
from architect.plan.reader.tables.draft import USER

#: Whoever works there; what they add is theirs ("employees can submit leave requests").
_EVERYBODY = ("employee", "staff", "worker", "personnel")


def by_role(made: Build, key: Key, said: Allows, commands: list[Command]) -> list[Policy]:
    """The policies that let the people whom ``said`` names into the table ``key``."""
    found: list[Policy] = []
    for who in said.who:
        policy = _one_role(made, key, who, said, commands)
        if policy is not None:
            found.append(policy)
    return found


def owner(table: Table, said: Allows, commands: list[Command], column: str) -> Policy:
    """Whoever stands in ``column``; rows are added in the own name."""
    there = table.column(column)
    if there and Command.INSERT in commands and there.default is None and column != "id":
        there.default = CurrentUser()
    return Owner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=with_read(commands), column=column
    )


def with_read(commands: list[Command]) -> list[Command]:
    """Whoever changes a row has to find it first."""
    if Command.SELECT not in commands and {Command.UPDATE, Command.DELETE} & set(commands):
        return [Command.SELECT, *commands]
    return list(commands)


def _one_role(made: Build, key: Key, who: Key, said: Allows, commands: list[Command]) -> Policy | None:
    table = made.tables[key]
    if (above := _above(made, key, who, said)) is not None:
        return _of_parent(made, table, above, who[-1], said, commands)
    person = made.draft.resolve(who)
    if person in made.tables and person != USER and len(who) <= len(person):
        return _person(made, key, person, said, commands)
    word = who[-1]
    if who == ("system",) or word in ("service", "system"):
        return None
    column = people.user_column(made, table, word)
    if column is None and (through := _role_column(made, table, word)):
        return _through(made, table, through, said, commands)
    parent = made.draft.resolve(said.within) if said.within else None
    if column is None and parent in made.tables and parent != key:
        return _of_parent(made, table, parent, word, said, commands)
    named = parent == key or (said.definite and parent is None and _of_row(who))
    named = named and not said.whole
    if column is None and (word in lex.GLOBAL_ROLES or said.whole) and not said.own and not named:
        return _staff(made, word, said, commands)
    if column is None and (named or _names_owner(word, said, commands)):
        column = people.add_user_column(made, table, word, said.quote)
    if column is None:
        made.ask(
            f"Who is meant by {' '.join(who)}? No column of {table.name} says; left closed.",
            said.quote,
            choices=choices.of_unknown(who, table.name, commands),
        )
        return None
    return owner(table, said, commands, column)


def _of_row(who: Key) -> bool:
    """Whether "the buyer", "the assigned agent" is somebody of the row, and not of the house."""
    return who[-1] not in lex.GLOBAL_ROLES or (len(who) > 1 and who[0].endswith(("ed", "ing", "ible")))


def _above(made: Build, key: Key, who: Key, said: Allows) -> Key | None:
    """The courses of "teachers can change the grades of their courses", where they hold the teacher."""
    above = made.draft.resolve(said.through) if said.through else None
    if above not in made.tables or above in (key, USER):
        return None
    linked = any(link.table == made.ids[above] for link in made.tables[key].foreign_keys)
    return above if linked and people.user_column(made, made.tables[above], who[-1]) else None


def _names_owner(word: str, said: Allows, commands: list[Command]) -> bool:
    """Whether ``word`` is what the owner of a row is called ("sellers can edit listings")."""
    if said.own or said.only or word in ("owner", "creator", "author"):
        return not said.any_row or said.own
    return word in lex.PERSON_ROLES and not said.any_row and commands != [Command.SELECT]


def _role_column(made: Build, table: Table, word: str) -> str | None:
    """A column called by the role that references people ("attending_doctor_id")."""
    for link in table.foreign_keys:
        if len(link.columns) == 1 and word in link.columns[0].split("_") and link.table in made.ids.values():
            return link.columns[0]
    return None


def _through(made: Build, table: Table, column: str, said: Allows, commands: list[Command]) -> Policy | None:
    parent = next((k for k, i in made.ids.items() if i == people.target_of(table, column)), None)
    if parent is None or made.ids[parent] == table.id:
        return None
    return _parent_owner(
        made, made.ids[parent], column, people.account(made, parent, said.quote), said, commands
    )


def _parent_owner(
    made: Build, parent: str, column: str, account: str, said: Allows, commands: list[Command]
) -> Policy:
    return ParentOwner(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=with_read(commands),
        column=column, table=parent, owner_column=account,
    )  # fmt: skip


def _of_parent(
    made: Build, table: Table, parent: Key, word: str, said: Allows, commands: list[Command]
) -> Policy | None:
    """ "The owner of a listing can change its photos"."""
    above = made.tables[parent]
    link = next((k for k in table.foreign_keys if k.table == above.id), None)
    if link is None:
        _ask_link(made, table, above, said)
        return None
    holder = people.user_column(made, above, word) or people.add_user_column(made, above, word, said.quote)
    return _parent_owner(made, above.id, link.columns[0], holder, said, commands) if holder else None


def _person(made: Build, key: Key, person: Key, said: Allows, commands: list[Command]) -> Policy | None:
    """People who are a table of their own: their rows, or any row where they work for the house."""
    table = made.tables[key]
    account = people.account(made, person, said.quote)
    link = next((k for k in table.foreign_keys if k.table == made.ids[person] and len(k.columns) == 1), None)
    if not said.own and not _only_theirs(made, table, person, said, commands, linked=link is not None):
        return _staff_of(made, person, account, said, commands)
    if key == person:
        return owner(table, said, commands, account)
    if link is None:
        _ask_link(made, table, made.tables[person], said)
        return None
    if made.ids[person] == made.users:
        return owner(table, said, commands, link.columns[0])
    return _parent_owner(made, made.ids[person], link.columns[0], account, said, commands)


def _only_theirs(
    made: Build, table: Table, person: Key, said: Allows, commands: list[Command], *, linked: bool
) -> bool:
    """Whether people are let to the rows that name them, although the sentence does not say "their own"."""
    if not linked or said.any_row or said.whole:
        return False
    if said.definite or (commands == [Command.INSERT] and person[-1] in _EVERYBODY):
        return True
    if person[-1] in lex.HOUSE_ROLES:
        return False
    if Command.SELECT in commands:
        group, things = choices.many(made.tables[person].name), choices.many(table.name)
        done = choices.verbs(commands)
        made.ask(
            f"May {group} {done} all {things}, or those that name them? Only those were opened.",
            said.quote,
            choices=[f"{group.capitalize()} can {done} {which} {things}." for which in ("their own", "all")],
        )
    return True


def _ask_link(made: Build, table: Table, above: Table, said: Allows) -> None:
    made.ask(
        f"{table.name} does not say to which of {above.name} a row belongs; left closed.",
        said.quote,
        choices=[
            f"Each {choices.single(table.name)} belongs to one {choices.single(above.name)}.",
            choices.nobody(table.name),
        ],
    )


def _staff(made: Build, word: str, said: Allows, commands: list[Command]) -> Policy:
    key = people.staff(made, word, said.quote)
    return _staff_of(made, key, people.account(made, key, said.quote), said, commands)


def _staff_of(made: Build, person: Key, account: str, said: Allows, commands: list[Command]) -> Policy:
    return Staff(
        name="p", origin=Origin.SPEC, because=[said.quote], commands=with_read(commands),
        via=made.ids[person], user_column=account,
    )  # fmt: skip
