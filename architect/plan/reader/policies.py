"""Access sentences become policies; what nobody spoke of stays closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from architect.plan import names
from architect.plan.model import (
    Command,
    Origin,
    Policy,
    Quote,
    ServiceOnly,
    Table,
)
from architect.plan.reader.assemble import Build
from architect.plan.reader.grants import policies_of
from architect.plan.reader.phrases import Key, singular
from architect.plan.reader.statements import Allows, Statement

_ALL = tuple(Command)
_BROAD = ("public_read", "authenticated_read")


@dataclass
class Rule:
    """A policy with the sentence it comes from."""

    policy: Policy
    said: Allows


def decide(made: Build, statements: Iterable[Statement]) -> None:
    """Give every table its policies; contradictions go to the safer reading and are asked about."""
    rules: dict[Key, list[Rule]] = {}
    closed: dict[Key, list[tuple[Command, Quote]]] = {}
    last: tuple[Key, ...] = ()
    for said in statements:
        if not isinstance(said, Allows):
            continue
        keys = (
            tuple(k for k in (_table_key(made, o, said) for o in said.objects) if k) if said.objects else last
        )
        last = keys or last
        for key in keys:
            if said.audience == "nobody" or (said.never and said.audience in ("public", "signed_in")):
                closed.setdefault(key, []).extend((Command(c), said.quote) for c in said.commands)
            elif not said.never:
                rules.setdefault(key, []).extend(Rule(p, said) for p in policies_of(made, key, said))
    for key in list(made.tables):
        table = made.tables[key]
        kept = _settle(made, table, rules.get(key, []), closed.get(key, []))
        table.policies = _named(table, kept, bool(closed.get(key)) and not kept, closed.get(key, []))


def _table_key(made: Build, key: Key, said: Allows) -> Key | None:
    """The table an access sentence means: its name, the beginning of it, or a person's "record"."""
    found = made.draft.resolve(key)
    if found in made.tables:
        return found
    base = tuple(singular(w) for w in key)
    if len(base) > 1 and base[-1] in ("record", "profile", "account", "data", "information"):
        return _table_key(made, base[:-1], said)
    for there in made.tables:
        if tuple(singular(w) for w in there[: len(base)]) == base and len(base) > 1:
            return there
    if said.only or said.audience in ("members", "nobody"):
        for table in made.tables.values():
            if table.column("_".join(key)) is not None:
                made.ask(
                    "Access to single columns cannot be expressed; shall this column move to a table of "
                    "its own?",
                    said.quote,
                )
                break
    return None


def _settle(
    made: Build, table: Table, rules: list[Rule], closed: list[tuple[Command, Quote]]
) -> list[Policy]:
    """The policies that stay when the narrower of two contradicting sentences wins."""
    shut = dict(closed)
    narrow = {
        Command(c): r.said
        for r in rules
        if r.said.only and r.policy.kind not in _BROAD
        for c in r.said.commands
    }
    kept: list[Policy] = []
    for rule in rules:
        commands: list[Command] = []
        for command in rule.policy.commands:
            reason = shut.get(command)
            if rule.policy.kind in _BROAD and command in narrow and _contradicts(rule, narrow[command]):
                reason = reason or narrow[command].quote
            if reason is None:
                commands.append(command)
            elif command in rule.said.commands:
                made.ask(
                    f"The spec opens and closes {table.name} ({command.value}); the safer reading was taken.",
                    rule.said.quote,
                )
        if commands:
            kept.append(rule.policy.model_copy(update={"commands": commands}))
    return kept


def _contradicts(rule: Rule, narrow: Allows) -> bool:
    """Whether the rows opened are rows that somebody else's sentence keeps to themselves."""
    return narrow.only


def _named(
    table: Table, kept: list[Policy], denied: bool, closed: list[tuple[Command, Quote]]
) -> list[Policy]:
    result: list[Policy] = []
    taken: set[str] = set()
    for policy in _united(kept)[:25]:
        verbs = "_".join(c.value for c in policy.commands) if len(policy.commands) < 4 else "all"
        name = names.unique(names.fit(f"{table.name}_{policy.kind}_{verbs}"), taken)
        taken.add(name)
        result.append(policy.model_copy(update={"name": name}))
    if denied and not result and {c for c, _ in closed} >= {Command.SELECT}:
        name = names.fit(f"{table.name}_service_only")
        result = [ServiceOnly(name=name, origin=Origin.SPEC, because=[closed[0][1]], commands=list(_ALL))]
    return result


def _united(kept: list[Policy]) -> list[Policy]:
    """Policies that differ in their commands only become one."""
    found: dict[str, Policy] = {}
    for policy in kept:
        body = policy.model_dump_json(exclude={"name", "because", "commands"})
        there = found.get(body)
        if there is None:
            found[body] = policy
            continue
        commands = [c for c in Command if c in there.commands or c in policy.commands]
        because = [*there.because, *(q for q in policy.because if q not in there.because)][:3]
        found[body] = there.model_copy(update={"commands": commands, "because": because})
    return list(found.values())


__all__ = ["decide"]
