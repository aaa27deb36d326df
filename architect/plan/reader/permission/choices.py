"""Sentences that would answer a question, in words the reader understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from architect.plan import names
from architect.plan.model import Command
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.permission.claims import Claim, claims
from architect.plan.reader.permission.targets import targets
from architect.plan.reader.sentence.statements import Allows

if TYPE_CHECKING:
    from architect.plan.reader.permission.people import Membership

#: As many as a question offers.
MOST = 6
_VERBS = {"select": "see", "insert": "create", "update": "edit", "delete": "delete"}
_OPPOSITES = {"public": "private", "open": "closed", "active": "inactive", "published": "draft"}
_ALL = ("select", "insert", "update", "delete")


def verbs(commands: Iterable[Command | str]) -> str:
    """ "see, create and edit" for the commands."""
    plain = [_VERBS[str(Command(c).value)] for c in commands]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"


def many(table: str) -> str:
    """The things in ``table`` in words: "medical notes"."""
    return table.replace("_", " ")


def single(table: str) -> str:
    """One of them: "medical note"."""
    return many(names.singular(table))


def one(table: str) -> str:
    """One of them, with its article: "a medical note"."""
    word = single(table)
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def nobody(table: str, commands: Iterable[Command | str] = _ALL) -> str:
    """The sentence that closes ``table``."""
    return f"Nobody but the system can {verbs(commands)} {many(table)}."


def own(table: str, commands: Iterable[Command | str] = _ALL) -> str:
    """The sentence that opens to each user the own rows of ``table``."""
    return f"Users can {verbs(commands)} their own {many(table)}."


def of_state(said: Allows, table: str) -> list[str]:
    """What makes "active listings" clear: a flag, all of them, or none."""
    who = "Anyone" if said.audience == "public" else "Signed-in users"
    other = _OPPOSITES.get(said.state, f"not yet {said.state}")
    return [
        f"{one(table).capitalize()} is {said.state} or {other}.",
        f"{who} can see {many(table)}.",
        nobody(table, [Command.SELECT]),
    ]


def of_roles(members: Membership, table: str, commands: list[Command]) -> list[str]:
    """One sentence for each role that members can have."""
    group = " ".join(members.tenant)
    told = [
        f"{names.plural(role).capitalize()} of the {group} can {verbs(commands)} {many(table)}."
        for role in members.roles[:4]
    ]
    return [*told, nobody(table, commands)]


def of_unknown(who: Key, table: str, commands: list[Command]) -> list[str]:
    """Who "the planner" may be: whoever stands in the row, the administrators, nobody."""
    found = [f"Only the {' '.join(who)} of {one(table)} can {verbs(commands)} {many(table)}."]
    if Command.SELECT in commands:
        found.append(f"Signed-in users can see {many(table)}.")
    found.append(f"Administrators can {verbs(commands)} all {many(table)}.")
    return [*found, nobody(table, commands)]


def shut(claim: Claim) -> list[str]:
    """What closes the things that ``claim`` would have opened."""
    things = [names.plural("_".join(key)) for aim in targets(claim.target) for key in aim.objects]
    return [nobody(thing, claim.commands) for thing in things][:2]


def plainly(bare: str, told: list[Claim]) -> list[str]:
    """The sentence without its condition, where it stands on its own, and the one that keeps it closed."""
    found = [f"{bare[:1].upper()}{bare[1:]}."] if claims(bare) and len(bare) < 280 else []
    return [*found, *(shut(told[0]) if told else [])][:MOST]


def again(said: Allows, table: str, commands: Sequence[Command]) -> str:
    """``said`` in plain words, about one table and those commands only."""
    done = verbs(commands)
    things = many(table)
    if said.never or said.audience == "nobody":
        return _never(said, table, commands)
    front = "Only " if said.only else ""
    state = f"{said.state} " if said.state else ""
    whose = "their own " if said.own else "all " if said.any_row else ""
    who = _who(said, table)
    text = f"{front}{who} can {done} {whose}{state}{things}."
    return text[:1].upper() + text[1:]


def _never(said: Allows, table: str, commands: Sequence[Command]) -> str:
    done, things = verbs(commands), many(table)
    if said.audience == "nobody" or not said.who:
        return nobody(table, commands)
    people = "Anonymous visitors" if said.audience == "public" else _who(said, table).capitalize()
    return (
        f"{people} cannot {done} {'other ' + people.lower() + chr(39) + ' ' if said.others else ''}{things}."
    )


def _who(said: Allows, table: str) -> str:
    if said.audience == "public":
        return "anyone"
    if said.audience == "owner" or (said.own and not said.who):
        return "users" if said.own else f"the owner of {one(table)}"
    if said.audience == "signed_in":
        return "users" if said.never else "signed-in users"
    if said.definite and len(said.who) == 1:
        return f"the {' '.join(said.who[0])} of {one(table)}" if said.within is None else _plain_who(said)
    return _plain_who(said)


def _plain_who(said: Allows) -> str:
    names_of = [names.plural("_".join(key)).replace("_", " ") for key in said.who] or ["users"]
    who = " and ".join(names_of)
    return f"{who} of the {' '.join(said.within)}" if said.within else who
