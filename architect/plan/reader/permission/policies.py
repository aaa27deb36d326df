"""Access sentences become policies; what nobody spoke of stays closed."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from architect.plan import names
from architect.plan.model import (
    Command,
    Origin,
    Policy,
    Quote,
    ServiceOnly,
    Table,
)
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, singular
from architect.plan.reader.permission import access
from architect.plan.reader.permission.grants import policies_of
from architect.plan.reader.permission.settle import Rule, Sayings, settle
from architect.plan.reader.sentence.statements import Allows, Audience, Statement
from architect.plan.reader.tables.assemble import Build
from architect.plan.reader.tables.draft import MEMBERSHIP, USER

_ALL = tuple(Command)
#: "Users can edit their profile": their row among the users.
_SELF = (("information",), ("profile",), ("account",), ("data",))


def decide(made: Build, statements: Iterable[Statement], answers: Container[int] = ()) -> None:
    """Give every table its policies; contradictions go to the safer reading and are asked about.

    ``answers``: the chunks whose sentences answer questions, and so win over the others.
    """
    statements = list(statements)
    made.groups = frozenset(
        key for s in statements if isinstance(s, Allows) and s.audience == "members" and s.within
        if (key := made.draft.resolve(s.within)) in made.tables
    )  # fmt: skip
    told: dict[Key, Sayings] = {}
    for said in statements:
        if not isinstance(said, Allows):
            continue
        for key, meant in _meant(made, said):
            _note(made, key, meant, told.setdefault(key, Sayings()))
    for key in list(made.tables):
        table, here = made.tables[key], told.get(key, Sayings())
        kept = settle(made, table, here, answers)
        closed = [(c, s.quote) for s in here.closings if s.audience == "nobody" for c in s.commands]
        table.policies = _named(table, kept, closed)


def understood(made: Build, sentence: str) -> bool:
    """Whether ``sentence``, where it is about access, is about a table there is."""
    quote = Quote(chunk_index=0, quote=sentence)
    told = [said for said in access.read(sentence, quote) if isinstance(said, Allows)]
    keys = [key for said in told for key in said.objects]
    return not told or any(made.draft.resolve(key) in made.tables or key in made.tables for key in keys)


def close_commands(made: Build, statements: Iterable[Statement]) -> None:
    """Note on each table what nobody may do, so that no template opens it again."""
    shut: dict[Key, dict[Command, Quote]] = {}
    for said in statements:
        if isinstance(said, Allows) and said.audience == "nobody" and not said.state:
            for key, _ in _meant(made, said):
                shut.setdefault(key, {}).update({Command(c): said.quote for c in said.commands})
    for key, closed in shut.items():
        table = made.tables[key]
        said_so = [p for p in table.policies if p.origin is Origin.SPEC]
        commands = [c for c in _ALL if c in closed and not any(c in p.commands for p in said_so)]
        if commands and not any(isinstance(p, ServiceOnly) for p in said_so):
            name = names.unique(names.fit(f"{table.name}_closed"), [p.name for p in table.policies])
            quotes = list({q.quote: q for q in closed.values()}.values())[:3]
            table.policies.append(
                ServiceOnly(name=name, origin=Origin.SPEC, because=quotes, commands=commands)
            )


def _note(made: Build, key: Key, said: Allows, told: Sayings) -> None:
    """Take down what ``said`` gives to people or takes from them."""
    if said.audience == "nobody" or said.never:
        told.closings.append(said)
    if said.never and said.others and "select" in said.commands:
        # "users cannot see other users' orders": their own they can
        audience: Audience = "role" if said.audience == "role" else "owner"
        said = replace(said, audience=audience, commands=("select",), own=True, others=False, never=False)
    if said.audience != "nobody" and not said.never:
        told.rules.extend(Rule(p, said) for p in policies_of(made, key, said))


def _meant(made: Build, said: Allows) -> list[tuple[Key, Allows]]:
    """The tables that ``said`` is about, each with what it says of it."""
    if not said.whole:
        found = [(key, named) for named in said.objects if (key := _table_key(made, named, said))]
        return [(key, _stated(key, named, said)) for key, named in found]
    broad = said.audience in ("public", "signed_in", "owner")
    return [
        (key, said) for key, table in made.tables.items()
        if table.origin is Origin.SPEC and not (broad and key in (USER, MEMBERSHIP))
    ]  # fmt: skip


def _stated(key: Key, named: Key, said: Allows) -> Allows:
    """ "Offered bicycles" are bicycles in a state; no word that says which rows is passed over."""
    base = tuple(singular(w) for w in named)
    extra = named[: -len(key)] if len(base) > len(key) and base[-len(key) :] == key else ()
    if said.state or not extra:
        return said
    broad = said.audience in ("public", "signed_in") and not said.own
    if broad or extra[-1] in lex.ADJECTIVES or extra[-1].endswith("ed"):
        return replace(said, state=" ".join(extra))
    return said


def _table_key(made: Build, key: Key, said: Allows) -> Key | None:
    """The table an access sentence means: its name, the beginning of it, or a person's "record"."""
    found = made.draft.resolve(key)
    if found in made.tables:
        return found
    base = tuple(singular(w) for w in key)
    if base in made.tables:
        return base
    if base in made.known:
        made.create(base, [said.quote], origin=Origin.SPEC)
        return base
    if base in _SELF and said.own and USER in made.tables:
        return USER
    if len(base) > 1 and base[-1] in ("record", "profile", "account", "data", "information"):
        return _table_key(made, base[:-1], said)
    for there in made.tables:
        if tuple(singular(w) for w in there[: len(base)]) == base and len(base) > 1:
            return there
    if said.only or said.audience in ("members", "nobody"):
        for table in made.tables.values():
            if table.column("_".join(key)) is not None:
                made.ask(
                    f"Access to single columns cannot be expressed; shall {'_'.join(key)} of {table.name} "
                    f"move to "
                    "a table of its own?",
                    said.quote,
                )
                break
    return None


def _named(table: Table, kept: list[Policy], closed: list[tuple[str, Quote]]) -> list[Policy]:
    result: list[Policy] = []
    taken: set[str] = set()
    for policy in _united(kept)[:25]:
        verbs = "_".join(c.value for c in policy.commands) if len(policy.commands) < 4 else "all"
        name = names.unique(names.fit(f"{table.name}_{policy.kind}_{verbs}"), taken)
        taken.add(name)
        result.append(policy.model_copy(update={"name": name}))
    if not result and any(c == Command.SELECT for c, _ in closed):
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


__all__ = ["close_commands", "decide", "understood"]
