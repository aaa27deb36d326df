"""Contradicting access sentences: the safer reading wins, and both are quoted in a question."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from architect.plan.model import Command, Origin, Policy, Quote, Table
from architect.plan.reader.permission import choices
from architect.plan.reader.sentence.statements import Allows
from architect.plan.reader.tables.assemble import Build

#: How many people a policy lets in, at a guess.
_WIDTH = {
    "public_read": 4, "authenticated_read": 3, "tenant": 2, "member": 2, "parent_member": 2, "staff": 1,
    "owner": 0, "insert_self": 0, "parent_owner": 0, "service_only": 0,
}  # fmt: skip
_MEMBERS = 2
_SIGNED_IN = 3
_PUBLIC = 4


@dataclass
class Rule:
    """A policy with the sentence it comes from."""

    policy: Policy
    said: Allows

    @property
    def width(self) -> int:
        """How many it lets in; roles among the members are fewer than all of them."""
        width = _WIDTH[self.policy.kind]
        return 1 if width == _MEMBERS and getattr(self.policy, "roles_in", []) else width


@dataclass
class Sayings:
    """All that the spec says about the access to one table."""

    rules: list[Rule] = field(default_factory=list)
    #: Sentences that take away.
    closings: list[Allows] = field(default_factory=list)


def settle(made: Build, table: Table, told: Sayings, answers: Container[int]) -> list[Policy]:
    """The policies that stay; what is said in one of the chunks ``answers`` wins over the rest."""
    kept: list[Policy] = []
    for rule in told.rules:
        commands: list[Command] = []
        for command in rule.policy.commands:
            against = _against(rule, command, told, answers)
            if against is None:
                commands.append(command)
            elif command in rule.said.commands and not _answered(command, told, answers):
                _ask(made, table, command, rule, against)
        kept.extend(_apart(rule, commands))
    return kept


def _apart(rule: Rule, commands: list[Command]) -> list[Policy]:
    """The policy of ``rule`` with those ``commands``; the reading that changing needs is our convention, so
    that it takes no template's readers away."""
    implied = [c for c in commands if c is Command.SELECT and c not in rule.said.commands]
    said = [c for c in commands if c not in implied]
    found = [rule.policy.model_copy(update={"commands": said})] if said else []
    if implied and said:
        found.append(rule.policy.model_copy(update={"commands": implied, "origin": Origin.CONVENTION}))
    return found


def _against(rule: Rule, command: Command, told: Sayings, answers: Container[int]) -> Allows | None:
    """The sentence that takes ``command`` away from ``rule``, if any."""
    answer = rule.said.quote.chunk_index in answers
    for said in told.closings:
        if command in said.commands and _shuts(said, rule) and not _yields(said, answer, answers):
            return said
    for other in told.rules:
        if (
            other.said.only
            and command in other.said.commands
            and not _yields(other.said, answer, answers)
            and _narrower(other, rule)
        ):
            return other.said
    return None


def _yields(said: Allows, answer: bool, answers: Container[int]) -> bool:
    """Whether ``said`` is of the spec where the other sentence is an answer."""
    return answer and said.quote.chunk_index not in answers


def _shuts(said: Allows, rule: Rule) -> bool:
    """Whether "X cannot", said of some people, takes from what ``rule`` gives."""
    if said.state and rule.said.state and said.state != rule.said.state:
        return False
    if said.audience == "nobody":
        return True
    if said.audience == "public":
        return rule.width >= (_PUBLIC if said.who else _SIGNED_IN)
    if rule.width >= _SIGNED_IN:
        return True
    same = any(one[-1] == other[-1] for one in said.who for other in rule.said.who)
    if said.others:
        return same and not rule.said.own and rule.width > 0
    if said.audience == "signed_in":
        return rule.width in (0, _MEMBERS) and not rule.said.only
    return same


def _narrower(narrow: Rule, rule: Rule) -> bool:
    """Whether "only these people" contradicts what ``rule`` gives to more."""
    if narrow.width >= rule.width or (narrow.said.quote == rule.said.quote and rule.said.only):
        return False
    if narrow.said.state and rule.said.state and narrow.said.state != rule.said.state:
        return False
    if rule.width >= _MEMBERS:
        return True
    return rule.said.only and not narrow.said.own and not rule.said.any_row


def _answered(command: Command, told: Sayings, answers: Container[int]) -> bool:
    said = [*told.closings, *(r.said for r in told.rules)]
    return any(s.quote.chunk_index in answers and command in s.commands for s in said)


def _ask(made: Build, table: Table, command: Command, rule: Rule, against: Allows) -> None:
    quotes: list[Quote] = [rule.said.quote, against.quote]
    made.ask(
        f"The spec opens and closes {table.name} ({command.value}); the safer reading was taken.",
        *quotes,
        choices=[choices.again(said, table.name, [command]) for said in (rule.said, against)],
    )
